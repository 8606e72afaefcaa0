"""Cards as Slack messages: within every limit of Slack, whatever the card holds."""

from dataclasses import dataclass

from handlers.blocks import limits
from handlers.blocks.buttons import action_blocks
from handlers.blocks.card import Card, Part
from handlers.blocks.escape import units
from handlers.blocks.kit import Block, Room, context, cut_plain, more_words, section, unmarked
from handlers.blocks.mrkdwn import SIGNS, mrkdwn, word_of
from handlers.blocks.sections import blocks_of
from handlers.blocks.text import spoken, title_of

_HEADLINE = 1_500
_ACTION_BLOCKS = 5
_WHOLE = Room(limits.BLOCKS, limits.MESSAGE)
_LEAST = 400
"""Units that each later part is kept, so that one long part does not push out the rest."""

_BLOCK_IDS = 1_500
"""Units that the ids of fifty blocks may take."""


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage and chat.update are given, always both of them.

    An edit by `text` alone would remove the blocks.
    """

    text: str
    blocks: list[Block]


def to_slack(card: Card) -> Message:
    """Render a card. Block ids follow the parts, so an edited message keeps them."""
    room = Room(limits.BLOCKS, limits.MESSAGE - _BLOCK_IDS)
    top = [_named(_header(card), "title")]
    if headline := mrkdwn(card.headline, _HEADLINE):
        top.append(_named(section(headline), "headline"))
    buttons, missing = action_blocks(card.buttons, Room(_ACTION_BLOCKS, room.units // 3))
    foot = [_named(block, f"buttons-{index}") for index, block in enumerate(buttons)]
    if missing:
        foot.append(_named(_remark(f"{more_words(missing)} buttons"), "more-buttons"))
    return Message(spoken(card), [*top, *_body(card.parts, room.less([*top, *foot])), *foot])


def _body(parts: tuple[Part, ...], room: Room) -> list[Block]:
    room = room.less([_unseen(len(parts))])
    body: list[Block] = []
    missing = 0
    for index, part in enumerate(parts):
        blocks = blocks_of(part, room.share(len(parts) - index - 1, _LEAST))
        missing += not blocks and bool(blocks_of(part, _WHOLE))
        room = room.less(blocks)
        for nth, block in enumerate(blocks):
            body.append(_named(block, f"part-{index}-{nth}" if nth else f"part-{index}"))
    return [*body, _named(_unseen(missing), "more-parts")] if missing else body


def _unseen(parts: int) -> Block:
    return _remark(f"{more_words(parts)} parts that do not fit into one message")


def _header(card: Card) -> Block:
    sign, word = SIGNS[card.mark], word_of(card.mark)
    state = f": {word}" if word else ""
    title = cut_plain(title_of(card), limits.HEADER - units(f"{sign} {state}"))
    return {"type": "header", "text": unmarked(f"{sign} {title}{state}", limits.HEADER)}


def _remark(text: str) -> Block:
    return context(unmarked(text, limits.CONTEXT))


def _named(block: Block, block_id: str) -> Block:
    return {**block, "block_id": block_id}
