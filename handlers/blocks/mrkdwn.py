"""Lines of a card as Slack's mrkdwn, cut to a limit without breaking what they hold."""

import re
from typing import assert_never

from handlers.blocks.card import Code, Line, Link, Mark, Moment, Person, Span, Strong
from handlers.blocks.escape import (
    ROOM_FOR_MISSING,
    calm,
    code,
    cut,
    esc,
    length,
    link,
    missing,
    one_line,
    units,
    visible,
)
from handlers.blocks.quantities import utc

SIGNS = {
    Mark.OK: "\u2705",
    Mark.WARNING: "\u26a0\ufe0f",
    Mark.FAILING: "\u274c",
    Mark.NOT_CONFIGURED: "\u26aa",
    Mark.UNKNOWN: "\u2753",
    Mark.WAITING: "\u23f3",
    Mark.RUNNING: "\U0001f504",
    Mark.DONE: "\u2705",
    Mark.FAILED: "\u274c",
    Mark.STOPPED: "\u23f9\ufe0f",
    Mark.SKIPPED: "\u2796",
    Mark.CONFIRMED: "\U0001f44d",
    Mark.CANCELLED: "\u23f9\ufe0f",
    Mark.EXPIRED: "\u231b",
    Mark.REPLACED: "\u27a1\ufe0f",
    Mark.INFO: "\u2139\ufe0f",
}

_MEMBER = re.compile(r"[UW][A-Z0-9]{1,30}")
_Piece = tuple[str, str, str]
"""Opening mark, escaped text that may be cut, closing mark."""


def word_of(mark: Mark) -> str:
    """Return the state in words; information has none, there is nothing to judge."""
    return "" if mark is Mark.INFO else mark.value


def mention(person: Person) -> str:
    """Mention a member by id; where that is no member's id, the plain name."""
    if _MEMBER.fullmatch(person.user_id):
        return f"<@{person.user_id}>"
    name = one_line(person.name or person.user_id)
    return esc(calm(name)) if visible(name) else "somebody"


def mrkdwn(line: Line, limit: int) -> str:
    """Write a line; what does not fit is left out and counted at its end.

    A line without visible characters is "".
    """
    pieces = [_piece(span) for span in line]
    whole = "".join("".join(piece) for piece in pieces)
    if not visible(whole):
        return ""
    return whole if units(whole) <= limit else _cut(pieces, limit - ROOM_FOR_MISSING)


def _cut(pieces: list[_Piece], room: int) -> str:
    written, left = "", sum(length(inner) for _, inner, _ in pieces)
    for before, inner, after in pieces:
        kept = cut(inner, max(0, room - units(before + after)), tail="")
        if kept:
            written += before + kept + after
            room -= units(before + kept + after)
            left -= length(kept)
        if kept != inner:
            break
    return f"{written} {missing(left)}"


def _piece(span: Span) -> _Piece:
    match span:
        case str():
            return "", esc(calm(span)), ""
        case Code(text):
            return "`", code(text), "`"
        case Strong(text):
            return _strong(text)
        case Person():
            return "", mention(span), ""
        case Link(url, label):
            return "", link(url, label), ""
        case Moment(at):
            shown = "{date_short_pretty} {time}"
            return "", f"<!date^{int(at.timestamp())}^{shown}|{utc(at)}>", ""
        case _:
            assert_never(span)


def _strong(text: str) -> _Piece:
    inner = esc(calm(one_line(text)).replace("*", "\u2217"))
    return ("*", inner, "*") if visible(inner) else ("", inner, "")
