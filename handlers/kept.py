"""Messages as they are kept in the database, and as they are told with what is ready by then."""

import hashlib
import json
from collections.abc import Callable, Mapping

from core.store.pictures import KeptPicture, PictureState
from handlers.blocks import limits
from handlers.blocks.kit import Block, context, image_block, unmarked
from handlers.blocks.slack import Message
from handlers.gallery import chart_to_json

_NUMBERS = "The numbers are all here."


def content_of(message: Message) -> str:
    """Write a message for the database; its pictures by their digests."""
    kept: dict[str, object] = {"text": message.text, "blocks": message.blocks}
    if message.pictures:
        digests = [digest for digest, _, _ in wanted_by(message)]
        places = [one.at for one in message.pictures]
        kept["pictures"] = [list(pair) for pair in zip(places, digests, strict=True)]
    return json.dumps(kept)


def wanted_by(message: Message) -> list[tuple[str, str, str]]:
    """Return the pictures that a message wants: digest, what to draw, and its words."""
    wanted = []
    for one in message.pictures:
        chart = "" if one.picture.chart is None else chart_to_json(one.picture.chart)
        digest = hashlib.sha256(f"{chart}\n{one.picture.alt}".encode()).hexdigest()
        wanted.append((digest, chart, one.picture.alt))
    return wanted


def shown(content: str, pictures: Callable[[], Mapping[str, KeptPicture]]) -> Message:
    """Read a kept message: with the pictures that are ready, and a word for those that failed."""
    kept = json.loads(content)
    blocks: list[Block] = list(kept["blocks"])
    places: list[tuple[int, str]] = [(at, digest) for at, digest in kept.get("pictures", ())]
    if not places:
        return Message(kept["text"], blocks)
    there = pictures()
    text = str(kept["text"])
    for number, (at, digest) in reversed(list(enumerate(places))):
        block = _block_of(there.get(digest))
        if block is not None:
            blocks.insert(at, {**block, "block_id": f"picture-{number}"})
    problems = [one.problem for one in there.values() if one.state is PictureState.FAILED]
    if problems:
        text = _with_problem(text, problems[0])
    return Message(text, blocks)


def without_pictures(message: Message) -> Message:
    """Return a message that shows none, and says so; the same message where it shows none."""
    blocks = [block for block in message.blocks if block["type"] != "image"]
    if len(blocks) == len(message.blocks):
        return message
    said = _remark("Slack does not show it")
    return Message(message.text, [*blocks, {**said, "block_id": "no-pictures"}])


def _block_of(picture: KeptPicture | None) -> Block | None:
    if picture is None:
        return None
    if picture.state is PictureState.READY:
        return image_block(picture.file_id, picture.alt)
    return _remark(picture.problem) if picture.state is PictureState.FAILED else None


def _remark(problem: str) -> Block:
    return context(unmarked(_sentence(problem), limits.CONTEXT))


def _sentence(problem: str) -> str:
    return f"The picture could not be shown: {problem}. {_NUMBERS}"


def _with_problem(text: str, problem: str) -> str:
    return f"{text}\n{_sentence(problem)}"
