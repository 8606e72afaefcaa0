"""Sentences of the core, in which `...` and commands are shown as what to type."""

import re

from handlers.blocks.card import Code, Line, Span

_TYPED = re.compile(
    r"`([^`\n]+)`"
    r"|(/cache [a-z]+(?: (?:sync|service|errors|nightly|previous|versions|--dry-run|\d+[mhdw])\b)*)"
)


def prose(text: str) -> Line:
    """Turn sentences into a line: backticks, and bare commands, become code spans."""
    spans: list[Span] = []
    end = 0
    for found in _TYPED.finditer(text):
        if found.start() > end:
            spans.append(text[end : found.start()])
        spans.append(Code(found[1] or found[2]))
        end = found.end()
    if text[end:]:
        spans.append(text[end:])
    return tuple(spans)


def sentence(*pieces: str) -> Line:
    """Join sentences by a space, passing over empty ones."""
    return prose(" ".join(piece for piece in pieces if piece))
