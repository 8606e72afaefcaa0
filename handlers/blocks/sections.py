"""Parts of a card as blocks, packed into the room that they are given.

Everything is section, context and header: rich_text never appears, because chat.update
refuses (`block_mismatch`) to replace rich_text by other blocks, and any message of the bot
may be edited later. Foreign text letter for letter is therefore fenced mrkdwn, escaped.
Source: docs.slack.dev/reference/methods/chat.update
"""

import math
from collections.abc import Sequence
from typing import assert_never

from handlers.blocks import limits
from handlers.blocks.card import (
    Bullets,
    Facts,
    Line,
    Note,
    Paragraph,
    Part,
    Picture,
    Preformatted,
    Progress,
    Row,
    Rows,
    Strong,
    Table,
)
from handlers.blocks.escape import EMPTY, cut_counted, fenced, units, visible
from handlers.blocks.kit import (
    NO_FILE,
    Block,
    Room,
    context,
    cost,
    image_block,
    marked,
    more_words,
    section,
    unmarked,
)
from handlers.blocks.mrkdwn import SIGNS, mrkdwn, word_of
from handlers.blocks.table import table_lines

BAR = 20
_FULL, _LEFT = "\u2588", "\u2591"
_LINE = 1_200
_TITLE = 200
_FENCED_LINE = 600
_TAIL = 60
_FRAME = 150
"""What a section costs as JSON beside its text."""


def blocks_of(part: Part, room: Room) -> list[Block]:
    """Turn a part into blocks within `room`; [] where it has nothing to show or cannot fit.

    A part with more entries than fit ends in "... and N more".
    """
    match part:
        case Facts(pairs):
            return _fields([_field(label, line) for label, line in pairs], room)
        case Note(line):
            blocks = [context(element)] if (element := _small_print(line)) else []
            return blocks if room.holds(blocks) else []
        case Table() | Preformatted():
            return _packed(_fixed_lines(part), room, fence=True)
        case Picture(chart, alt):
            shown = [context(unmarked(alt, _LINE)) if chart is None else image_block(NO_FILE, alt)]
            return shown if room.holds(shown) else []
        case Paragraph() | Bullets() | Rows() | Progress():
            return _packed([text for text in _texts(part) if text], room)
        case _:
            assert_never(part)


def percent_of(ratio: float) -> int:
    """Return whole percent from 0 to 999, rounded down, so that only all of it reads 100."""
    if not math.isfinite(ratio):
        return 0
    return math.floor(round(min(9.99, max(0.0, ratio)) * 100, 6))


def _texts(part: Paragraph | Bullets | Rows | Progress) -> list[str]:
    match part:
        case Paragraph(line):
            return [mrkdwn(line, limits.SECTION - _TAIL)]
        case Bullets(lines):
            written = [mrkdwn(line, _LINE) for line in lines]
            return [f"\u2022 {text}" for text in written if text]
        case Rows(rows):
            return [_row(row) for row in rows]
        case Progress():
            return [_progress(part)]
        case _:
            assert_never(part)


def _fixed_lines(part: Table | Preformatted) -> list[str]:
    if isinstance(part, Table):
        lines = [fenced(line) for line in table_lines(part)]
    else:
        lines = fenced(part.text if visible(part.text) else EMPTY).rstrip("\n").split("\n")
    return [cut_counted(line, _FENCED_LINE) for line in lines]


def _row(row: Row) -> str:
    title = mrkdwn((Strong(row.title),), _TITLE)
    word = word_of(row.mark)
    head = " ".join(
        piece for piece in (SIGNS[row.mark], title, f"({word})" if word else "") if piece
    )
    why = mrkdwn(row.line, _LINE)
    next_step = mrkdwn(row.next_step, _LINE)
    text = f"{head}: {why}" if why else head
    return f"{text}\n\u2192 {next_step}\n" if next_step else text


def _progress(progress: Progress) -> str:
    percent = percent_of(progress.ratio)
    full = min(percent, 100) * BAR // 100
    bar = _FULL * full + _LEFT * (BAR - full)
    caption = mrkdwn((progress.caption,), _LINE)
    return f"{bar} {progress.share or f'{percent} %'}" + (f"\n{caption}" if caption else "")


def _small_print(line: Line) -> Block | None:
    """Where the line is all text it becomes plain_text, in which nothing is markup."""
    texts = [span for span in line if isinstance(span, str)]
    if len(texts) == len(line):
        text = "".join(texts)
        return unmarked(text, _LINE) if visible(text) else None
    text = mrkdwn(line, _LINE)
    return marked(text) if text else None


def _field(label: str, line: Line) -> Block:
    shown = mrkdwn((Strong(label),), _TITLE)
    value = mrkdwn(line, limits.FIELD - _TITLE - 1) or EMPTY
    return marked(f"{shown}\n{value}" if shown else value)


def _fields(fields: Sequence[Block], room: Room) -> list[Block]:
    whole = _in_tens(fields)
    if room.holds(whole):
        return whole
    left = room.units - cost(section(more_words(len(fields))))
    kept: list[Block] = []
    for field in fields[: (room.blocks - 1) * limits.FIELDS]:
        left -= cost(field) + (_FRAME if len(kept) % limits.FIELDS == 0 else 2)
        if left < 0:
            break
        kept.append(field)
    more = section(more_words(len(fields) - len(kept)))
    return [*_in_tens(kept), more] if kept else []


def _in_tens(fields: Sequence[Block]) -> list[Block]:
    return [
        {"type": "section", "fields": list(fields[start : start + limits.FIELDS])}
        for start in range(0, len(fields), limits.FIELDS)
    ]


def _packed(texts: Sequence[str], room: Room, *, fence: bool = False) -> list[Block]:
    """Join texts by newlines into as few sections as possible."""
    packed: list[list[str]] = []
    left, length = room.units - _FRAME, 0
    for text in texts:
        length += units(text) + 1
        opens = not packed or length > limits.SECTION - _TAIL
        left -= cost(text) + (_FRAME if opens else 0)
        if left < 0 or (opens and len(packed) == room.blocks):
            break
        if opens:
            packed.append([text])
            length = units(text) + 1
        else:
            packed[-1].append(text)
    more = len(texts) - sum(map(len, packed))
    return [section(_framed(lines, fence, more if lines is packed[-1] else 0)) for lines in packed]


def _framed(lines: Sequence[str], fence: bool, more: int) -> str:
    text = "\n".join(lines)
    text = f"```\n{text}\n```" if fence else text.rstrip("\n")
    return f"{text}\n{more_words(more)}" if more else text
