"""Cards as Slack messages: within every limit of Slack, whatever the card holds."""

from dataclasses import dataclass

from handlers.blocks import limits
from handlers.blocks.buttons import action_blocks
from handlers.blocks.card import Card, Part, Picture
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
class Placed:
    """A picture, and the number of blocks that come before it where no picture is shown."""

    at: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage and chat.update are given, always both of them.

    An edit by `text` alone would remove the blocks. The blocks stand for themselves: pictures
    are put between them by those who have uploaded them.
    """

    text: str
    blocks: list[Block]
    pictures: tuple[Placed, ...] = ()


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
    body, pictures = _body(card.parts, room.less([*top, *foot]))
    placed = tuple(Placed(len(top) + one.at, one.picture) for one in pictures)
    return Message(spoken(card), [*top, *body, *foot], placed)


def _body(parts: tuple[Part, ...], room: Room) -> tuple[list[Block], list[Placed]]:
    room = room.less([_unseen(len(parts))])
    body: list[Block] = []
    pictures: list[Placed] = []
    missing = 0
    for index, part in enumerate(parts):
        blocks = blocks_of(part, room.share(len(parts) - index - 1, _LEAST))
        missing += not blocks and bool(blocks_of(part, _WHOLE))
        room = room.less(blocks)
        if isinstance(part, Picture) and part.chart is not None:
            pictures += [Placed(len(body), part)] if blocks else []
            continue
        for nth, block in enumerate(blocks):
            body.append(_named(block, f"part-{index}-{nth}" if nth else f"part-{index}"))
    if missing:
        body.append(_named(_unseen(missing), "more-parts"))
    return body, pictures


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
