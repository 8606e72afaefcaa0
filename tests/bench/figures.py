"""A figure as measured, what was promised of it, and the table of all of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ratio` is measured over promised, at most 1 where it is kept.

    A figure that nothing was promised of has no `target` and is always `met`.
    """

    part: str
    what: str
    measured: str
    target: str = ""
    ratio: float | None = None
    met: bool = True

    @classmethod
    def count(cls, part: str, what: str, good: int, of: int) -> Self:
        """Make the figure of what has to be so in every single case."""
        measured, target = f"{good} of {of}", f"{of} of {of}"
        return cls(part, what, measured, target, good / of if of else 0.0, good == of > 0)


_HEAD = ("", "measured", "promised", "ratio", "")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines for a terminal, grouped by part in the given order."""
    rows = [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD))]
    lines = [_line(_HEAD, widths)]
    part = ""
    for figure, row in zip(figures, rows, strict=True):
        if figure.part != part:
            part = figure.part
            lines += ["", part]
        lines.append(_line(row, widths))
    return "\n".join(lines)


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the least value that `percent` of all do not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def milliseconds(seconds: float) -> str:
    """Write a time down."""
    return f"{seconds * 1000:.0f} ms"


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    judged = ("ok" if figure.met else "MISSED") if figure.target else ""
    return f"  {figure.what}", figure.measured, figure.target, ratio, judged


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
