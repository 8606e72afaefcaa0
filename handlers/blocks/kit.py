"""The pieces of Block Kit that messages are made of, and the room that one message has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.blocks import limits
from handlers.blocks.escape import calm, units, visible

Block = dict[str, object]


@dataclass(frozen=True, slots=True)
class Room:
    """What is left in a message: blocks, and units of their JSON."""

    blocks: int
    units: int

    def less(self, used: Sequence[Block]) -> "Room":
        """Return what is left after these blocks."""
        return Room(self.blocks - len(used), self.units - sum(map(cost, used)))

    def holds(self, blocks: Sequence[Block]) -> bool:
        """Whether these blocks fit."""
        after = self.less(blocks)
        return after.blocks >= 0 and after.units >= 0

    def share(self, later: int, least_units: int) -> "Room":
        """Return what one part may take so that `later` parts still find a place."""
        return Room(
            max(self.blocks - later, self.blocks // 2),
            max(self.units - later * least_units, self.units // 2),
        )


def cost(block: object) -> int:
    """Measure a block, or a text in one, as JSON."""
    return units(json.dumps(block, ensure_ascii=False))


def marked(text: str) -> Block:
    """Make a mrkdwn text object. `verbatim`: else Slack turns `@here` and `#general` live.

    Source: docs.slack.dev/reference/block-kit/composition-objects/text-object
    """
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def unmarked(text: str, limit: int, instead: str = "\u2026") -> Block:
    """Make a plain_text object of foreign text, in which nothing can come to life."""
    shown = cut_plain(calm(text), limit)
    return {"type": "plain_text", "text": shown if visible(shown) else instead, "emoji": True}


def section(text: str) -> Block:
    """Make a section that Slack does not fold behind "see more"."""
    return {"type": "section", "text": marked(text), "expand": True}


def context(element: Block) -> Block:
    """Make a line of small print."""
    return {"type": "context", "elements": [element]}


NO_FILE = "F0000000000"
"""Stands for a file that is not there yet, as long as a real one."""


def image_block(file_id: str, alt: str) -> Block:
    """Show an uploaded file. Slack refuses one that it has not processed yet.

    Source: docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
    """
    shown = cut_plain(calm(alt), limits.ALT)
    text = shown if visible(shown) else "A chart"
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": text}


def cut_plain(text: str, limit: int) -> str:
    """Cut unescaped text to a limit, an ellipsis included."""
    if units(text) <= limit:
        return text
    kept = text[: limit - 1]
    while units(kept) > limit - 1:
        kept = kept[:-1]
    return f"{kept}\u2026"


def more_words(number: int) -> str:
    """Say honestly that something is missing."""
    return f"\u2026 and {number:,} more"
