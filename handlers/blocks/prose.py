"""Sentences of the core, in which `...` and commands are shown as what to type."""

import re

from handlers.blocks.card import Code, Line, Span

_TYPED = re.compile(
    r"`([^`\n]+)`"
    r"|(/cache [a-z]+(?: (?:sync|service|errors|nightly|previous|versions|--dry-run|\d+[mhdw])\b)*)"
)
_QUOTED = re.compile(r'"([^"\n]+)"')


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


def echoing(text: str) -> Line:
    """Do the same, with what stands in double quotes, somebody's own words, as code in them.

    There each letter stays what it is, to be copied; elsewhere some are replaced by look-alikes.
    """
    spans: list[Span] = []
    end = 0
    for found in _QUOTED.finditer(text):
        spans += [*prose(text[end : found.start(1)]), Code(found[1])]
        end = found.end(1)
    return (*spans, *prose(text[end:]))


def sentence(*pieces: str) -> Line:
    """Join sentences by a space, passing over empty ones."""
    return prose(" ".join(piece for piece in pieces if piece))
