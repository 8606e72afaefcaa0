"""Messages as they are kept in the database, and as they are told with what is ready by then."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import ValidationError

from core.call import Place
from core.store.pictures import KeptPicture, PictureState, WantedPicture
from core.store.tellings import Telling
from handlers.blocks import limits
from handlers.blocks.card import Paragraph, Part
from handlers.blocks.days import parts_of_numbers
from handlers.blocks.escape import esc, units
from handlers.blocks.kit import Block, Room, context, image_block, unmarked
from handlers.blocks.pictures import sentence_of_problems
from handlers.blocks.sections import blocks_of
from handlers.blocks.slack import Message
from handlers.blocks.text import spoken_parts
from handlers.gallery import chart_from_json, chart_to_json

_log = logging.getLogger(__name__)

_BLOCK_ID = 40
"""Units that the id of a block takes, at the most."""

Pictures = Callable[[], Mapping[str, KeptPicture]]
"""Reads the pictures of a message, by digest."""


def content_of(message: Message) -> str:
    """Write a message for the database; its pictures by their digests."""
    kept: dict[str, object] = {"text": message.text, "blocks": message.blocks}
    if message.pictures:
        digests = [one.digest for one in wanted_by(message)]
        places = [one.at for one in message.pictures]
        kept["pictures"] = [list(pair) for pair in zip(places, digests, strict=True)]
    return json.dumps(kept)


def telling_of(key: str, place: Place, message: Message) -> Telling:
    """Return a message as it is kept, told under `key`."""
    return Telling(key, place, content_of(message), wanted_by(message))


def wanted_by(message: Message) -> list[WantedPicture]:
    """Return the pictures that a message wants, each named by what it shows."""
    wanted = []
    for one in message.pictures:
        chart = "" if one.picture.chart is None else chart_to_json(one.picture.chart)
        digest = hashlib.sha256(f"{chart}\n{one.picture.alt}".encode()).hexdigest()
        wanted.append(WantedPicture(digest, chart, one.picture.alt))
    return wanted


def shown(content: str, pictures: Pictures) -> Message:
    """Read a kept message: with the pictures that are ready, else with their numbers."""
    kept = json.loads(content)
    blocks: list[Block] = list(kept["blocks"])
    places: list[tuple[int, str]] = [(at, digest) for at, digest in kept.get("pictures", ())]
    if not places:
        return Message(kept["text"], blocks)
    there = pictures()
    return _with_pictures(
        Message(kept["text"], blocks),
        [(at, there[digest]) for at, digest in places if digest in there],
    )


def without_pictures(content: str, pictures: Pictures) -> Message | None:
    """Read a kept message as if none of its pictures could be shown; None where it shows none."""

    def refused() -> Mapping[str, KeptPicture]:
        return {digest: _refused(one) for digest, one in pictures().items()}

    if not content or not any(one.state is PictureState.READY for one in pictures().values()):
        return None
    return shown(content, refused)


def _refused(picture: KeptPicture) -> KeptPicture:
    if picture.state is not PictureState.READY:
        return picture
    return replace(picture, state=PictureState.FAILED, problem="Slack does not show it")


def _with_pictures(message: Message, placed: list[tuple[int, KeptPicture]]) -> Message:
    """Put each picture where it belongs, and the numbers of those that failed as far as they fit.

    Why they failed is said once, before the first of them.
    """
    failed = [n for n, (_, one) in enumerate(placed) if one.state is PictureState.FAILED]
    added: list[list[Block]] = [
        [image_block(one.file_id, one.alt)] if one.state is PictureState.READY else []
        for _, one in placed
    ]
    if not failed:
        return Message(message.text, _inserted(message.blocks, placed, added))
    said = sentence_of_problems([placed[number][1].problem for number in failed], len(placed))
    added[failed[0]] = [context(unmarked(said, limits.CONTEXT))]
    room = Room(limits.BLOCKS, limits.MESSAGE).less(_inserted(message.blocks, placed, added))
    spoken: list[Part] = []
    for number in failed:
        for part in _numbers_of(placed[number][1]):
            blocks = blocks_of(part, Room(room.blocks, room.units - _BLOCK_ID))
            room = room.less(_inserted([], [(0, placed[number][1])], [blocks]))
            added[number] += blocks
            spoken.append(part)
    text = f"{message.text}\n{esc(said)}"
    lines = spoken_parts(spoken, limits.TEXT - units(text))
    return Message("\n".join([text, *lines]), _inserted(message.blocks, placed, added))


def _numbers_of(picture: KeptPicture) -> tuple[Part, ...]:
    try:
        return parts_of_numbers(chart_from_json(picture.chart))
    except ValidationError as exc:
        _log.warning("a chart of %s cannot be read: %s", picture.message_key, exc)
        return (Paragraph((picture.alt,)),)


def _inserted(
    blocks: list[Block], placed: list[tuple[int, KeptPicture]], added: list[list[Block]]
) -> list[Block]:
    whole = list(blocks)
    for number, (at, _) in reversed(list(enumerate(placed))):
        whole[at:at] = [
            {**block, "block_id": f"picture-{number}-{nth}" if nth else f"picture-{number}"}
            for nth, block in enumerate(added[number])
        ]
    return whole
