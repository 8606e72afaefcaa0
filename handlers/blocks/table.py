"""A table as lines of a fixed-width face."""

import re
import unicodedata
from collections.abc import Sequence

from handlers.blocks.card import Table
from handlers.blocks.escape import one_line

CELL = 60
"""Columns of one cell; a longer value is cut."""

COLUMNS = 20
_GAP = "  "
_QUANTITY = re.compile(r"\d[\d,.]*(?: (?:%|[kMGTP]?B|bytes?|s|min|h|days?)\b.*)?(?<=[\w%)])")


def table_lines(table: Table) -> list[str]:
    """Return the head, a rule and the rows, aligned; columns of numbers to the right."""
    wanted = max([len(table.head), *(len(row) for row in table.rows)])
    number = min(wanted, COLUMNS)
    if not number:
        return []
    rows = [_cells(row, number) for row in (table.head, *table.rows)]
    widths = [max(_width(row[column]) for row in rows) for column in range(number)]
    right = [_numeric([row[column] for row in rows[1:]]) for column in range(number)]
    lines = [
        _GAP.join(map(_pad, row, widths, right)).rstrip()
        for row in (rows[0], ["-" * width for width in widths], *rows[1:])
    ]
    if more := wanted - number:
        lines[0] += f"{_GAP}\u2026 and {more} more columns"
    return lines


def _cells(row: Sequence[str], number: int) -> list[str]:
    cells = [_short(one_line(cell)) for cell in row[:number]]
    return cells + [""] * (number - len(cells))


def _short(cell: str) -> str:
    if _width(cell) <= CELL:
        return cell
    kept, room = "", CELL - 1
    for letter in cell:
        room -= _width(letter)
        if room < 0:
            break
        kept += letter
    return f"{kept}\u2026"


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(letter) else 2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


def _numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell not in ("", "-")]
    return bool(filled) and all(_QUANTITY.fullmatch(cell) for cell in filled)


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space
