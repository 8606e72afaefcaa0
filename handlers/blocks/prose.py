"""Sentences of the core, in which `...` and commands are shown as what to type.

Times become moments, so that all of a message's times have one form.
"""

import re
from datetime import UTC, datetime

from handlers.blocks.card import Code, Line, Moment, Span

_TYPED = re.compile(
    r"`([^`\n]+)`"
    r"|(/cache [a-z]+(?: (?:sync|service|errors|nightly|previous|versions|--dry-run|\d+[mhdw])\b)*)"
    r"|\b(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b"
)
_QUOTED = re.compile(r'"([^"\n]+)"')


def prose(text: str) -> Line:
    """Turn sentences into a line: backticks and bare commands become code, times moments."""
    spans: list[Span] = []
    end = 0
    for found in _TYPED.finditer(text):
        span = _moment(found[3]) if found[3] else Code(found[1] or found[2])
        if span is None:
            continue
        if found.start() > end:
            spans.append(text[end : found.start()])
        spans.append(span)
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


def _moment(written: str) -> Moment | None:
    """Read a time in UTC; None where the digits are no time."""
    try:
        return Moment(datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
    except ValueError:
        return None


def sentence(*pieces: str) -> Line:
    """Join sentences by a space, passing over empty ones."""
    return prose(" ".join(piece for piece in pieces if piece))
