"""Messages as they are kept in the database, and as they are told with what is ready by then."""

import hashlib
import json
from collections.abc import Callable, Mapping

from core.call import Place
from core.store.pictures import KeptPicture, PictureState, WantedPicture
from core.store.tellings import Telling
from handlers.blocks import limits
from handlers.blocks.kit import Block, context, image_block, unmarked
from handlers.blocks.slack import Message
from handlers.gallery import chart_to_json

_NUMBERS = "The numbers are all here."


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


def shown(content: str, pictures: Callable[[], Mapping[str, KeptPicture]]) -> Message:
    """Read a kept message: with the pictures that are ready, and a word for those that failed."""
    kept = json.loads(content)
    blocks: list[Block] = list(kept["blocks"])
    places: list[tuple[int, str]] = [(at, digest) for at, digest in kept.get("pictures", ())]
    if not places:
        return Message(kept["text"], blocks)
    there = pictures()
    problems = []
    for number, (at, digest) in reversed(list(enumerate(places))):
        picture = there.get(digest)
        if picture is None:
            continue
        if picture.state is PictureState.FAILED:
            which = "The picture" if len(places) == 1 else f"Picture {number + 1} of {len(places)}"
            problems.append(_sentence(picture.problem, which))
        block = _block_of(picture)
        if block is not None:
            blocks.insert(at, {**block, "block_id": f"picture-{number}"})
    return Message("\n".join([str(kept["text"]), *reversed(problems)]), blocks)


def without_pictures(message: Message) -> Message:
    """Return a message that shows none, and says so; the same message where it shows none."""
    blocks = [block for block in message.blocks if block["type"] != "image"]
    if len(blocks) == len(message.blocks):
        return message
    said = _remark("Slack does not show it")
    return Message(message.text, [*blocks, {**said, "block_id": "no-pictures"}])


def _block_of(picture: KeptPicture) -> Block | None:
    if picture.state is PictureState.READY:
        return image_block(picture.file_id, picture.alt)
    return _remark(picture.problem) if picture.state is PictureState.FAILED else None


def _remark(problem: str) -> Block:
    return context(unmarked(_sentence(problem), limits.CONTEXT))


def _sentence(problem: str, which: str = "The picture") -> str:
    return f"{which} could not be shown: {problem}. {_NUMBERS}"
