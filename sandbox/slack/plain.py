"""Blocks as plain text: what Slack puts into `text` when an app sends blocks alone."""

from collections.abc import Iterable, Iterator

from sandbox.slack.wire import Json

_TEXT_FIELDS = ("text", "title", "subtitle", "body", "label", "caption", "alt_text")
_LIST_FIELDS = ("fields", "elements", "rows", "child_blocks", "tasks", "segments", "series")


def plain_of_blocks(blocks: Iterable[Json]) -> str:
    """Return the words of blocks, one block a line."""
    lines = (" ".join(_words(block)) for block in blocks)
    return "\n".join(line for line in lines if line)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, dict):
        for name in (*_TEXT_FIELDS, *_LIST_FIELDS):
            if name in value:
                yield from _words(value[name])
