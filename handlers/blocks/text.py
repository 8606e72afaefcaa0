"""Cards as plain text: for terminals, and as the text that notifications and screen readers get.

Slack reads the top-level text aloud and not the blocks, so it carries the whole meaning.
Source: docs.slack.dev/reference/methods/chat.postMessage (accessibility considerations)
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from handlers.blocks import limits
from handlers.blocks.card import (
    Bullets,
    Card,
    Code,
    Facts,
    Line,
    Link,
    Moment,
    Note,
    Paragraph,
    Part,
    Person,
    Picture,
    Preformatted,
    Progress,
    Row,
    Rows,
    Span,
    Strong,
    Table,
)
from handlers.blocks.escape import EMPTY, cut, esc, one_line, plain, units, visible, web_address
from handlers.blocks.mrkdwn import mention, word_of
from handlers.blocks.quantities import utc
from handlers.blocks.sections import percent_of
from handlers.blocks.table import table_lines

_FIXED = "  "
"""How lines begin that are not wrapped: tables and foreign text."""

_NEXT = "    Next: "

_TAIL = 30
_WORTH_CUTTING = 80

Write = Callable[[Span], str]


def to_text(card: Card, width: int = 100) -> str:
    """Write a card for a terminal: words for states, no markup, no control sequences.

    Pictures are left out: they show nothing that the numbers do not say.
    """
    parts = tuple(part for part in card.parts if not isinstance(part, Picture))
    return "\n".join(_wrapped(_lines(replace(card, parts=parts), _span), width))


def spoken(card: Card, limit: int = limits.TEXT) -> str:
    """Write a card as a message's top-level text: escaped, never empty, at most `limit` units.

    What does not fit is left out from the end and counted.
    """
    lines = [line for line in _lines(card, _escaped_span) if line]
    if not card.buttons:
        return "\n".join(_capped(lines, limit))
    labels = ", ".join(esc(one_line(button.label)) for button in card.buttons)
    buttons = cut(f"Buttons: {labels}", limit // 4)
    return "\n".join([*_capped(lines, limit - units(buttons) - 1), buttons])


def spoken_parts(parts: Sequence[Part], limit: int) -> list[str]:
    """Write parts as lines for a message's top-level text, escaped, in at most `limit` units."""
    lines = [line for part in parts for line in _part(part, _escaped_span) if line]
    return list(_capped(lines, limit))


def title_of(card: Card) -> str:
    """Return the title; where there is none, the state."""
    title = one_line(card.title)
    return title if visible(title) else card.mark.value


def _lines(card: Card, write: Write) -> Iterator[str]:
    word = word_of(card.mark)
    yield write(title_of(card)) + (f": {word}" if word else "")
    yield from _text(card.headline, write)
    for part in card.parts:
        if lines := list(_part(part, write)):
            yield ""
            yield from lines


def _part(part: Part, write: Write) -> Iterator[str]:
    match part:
        case Paragraph(line) | Note(line):
            yield from _text(line, write)
        case Bullets(lines):
            yield from (f"- {_joined(line, write)}" for line in lines)
        case Facts(pairs):
            yield from (_fact(label, line, write) for label, line in pairs)
        case Rows(rows):
            yield from (text for row in rows for text in _row(row, write))
        case Table():
            yield from (_FIXED + write(line) for line in table_lines(part))
        case Preformatted(text):
            yield from (_FIXED + write(line) for line in _foreign_lines(text))
        case Progress(ratio, caption, told):
            yield f"{told or f'{percent_of(ratio)} %'}: {write(one_line(caption))}"
        case Picture(chart, alt):
            yield ("Picture: " if chart else "") + write(one_line(alt))
        case _:
            assert_never(part)


def _foreign_lines(text: str) -> list[str]:
    return (plain(text).rstrip("\n") if visible(text) else EMPTY).split("\n")


def _fact(label: str, line: Line, write: Write) -> str:
    return f"{write(one_line(label))}: {_joined(line, write) or EMPTY}"


def _row(row: Row, write: Write) -> Iterator[str]:
    word = word_of(row.mark)
    why = _joined(row.line, write)
    title = write(one_line(row.title))
    yield (f"[{word}] " if word else "- ") + (f"{title}: {why}" if why else title)
    if next_step := _joined(row.next_step, write):
        yield _NEXT + next_step


def _text(line: Line, write: Write) -> list[str]:
    text = "".join(map(write, line))
    return text.split("\n") if visible(text) else []


def _joined(line: Line, write: Write) -> str:
    return one_line("".join(map(write, line)))


def _span(span: Span) -> str:
    match span:
        case str():
            return plain(span)
        case Code(text) | Strong(text):
            return one_line(text) or EMPTY
        case Person(user_id, name):
            return one_line(name or user_id) or "somebody"
        case Link(url, label):
            address = web_address(url)
            return f"{one_line(label)} ({address})" if address else one_line(label)
        case Moment(at):
            return utc(at)
        case _:
            assert_never(span)


def _escaped_span(span: Span) -> str:
    return mention(span) if isinstance(span, Person) else esc(_span(span))


def _wrapped(lines: Iterator[str], width: int) -> Iterator[str]:
    for line in lines:
        if line.startswith(_FIXED) and not line.startswith(_NEXT):
            yield line.rstrip()
        else:
            yield from _fold(line, width) or [""]


def _fold(line: str, width: int) -> list[str]:
    indent = "    " if line.startswith(("[", "- ", _NEXT)) else ""
    return textwrap.wrap(line, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)


def _capped(lines: Sequence[str], limit: int) -> Iterator[str]:
    room = limit - _TAIL
    for index, line in enumerate(lines):
        if units(line) + 1 > room:
            left = len(lines) - index
            if room > _WORTH_CUTTING:
                yield cut(line, room - 1)
                left -= 1
            if left:
                yield f"\u2026 and {left:,} more lines"
            return
        room -= units(line) + 1
        yield line
