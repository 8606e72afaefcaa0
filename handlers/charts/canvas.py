"""The canvas that every chart is drawn on: a card of its own, in big type, readable anywhere.

Slack shows a picture on white or on near-black, scaled down to a phone's width. So the card has
its own solid ground and frame, the type is large, and no state is told by colour alone: colours
are Okabe and Ito's, which colour-blind people can tell apart, and each has a hatch of its own.

Figures are made and saved without pyplot, which keeps state that threads would share.
Source: matplotlib.org/stable/gallery/user_interfaces/web_application_server_sgskip.html
"""

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from handlers.charts.findings import day_text

INK, SOFT, FAINT = "#1D1C1D", "#5E5D60", "#DAD7D1"
GROUND = "#FCFBF8"
BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
DASHES = (0, (5, 3))
WIDTH, HEIGHT, DOTS = 6.0, 5.0, 200
_TITLE_COLUMNS = 46
_DAY_LABELS = 5
_IDLE = 4
"""A quarter of the axis holds "no startups"."""

_TOGETHER = re.compile(r"(?<=\d) (?=\S)")
"""Between a number and its unit no line ends."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of thing is filled; the hatch tells it apart where colours cannot."""

    label: str
    colour: str
    hatch: str

    def patch(self) -> Patch:
        """Return its entry in a legend."""
        return Patch(facecolor=self.colour, edgecolor=INK, hatch=self.hatch, label=self.label)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A level to keep to, drawn as a dashed line."""

    label: str
    colour: str

    def patch(self) -> Line2D:
        """Return its entry in a legend."""
        return Line2D([], [], color=self.colour, linewidth=1.8, linestyle=DASHES, label=self.label)


def new_figure(title: str) -> Figure:
    """Make an empty card with its finding on top."""
    layout = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, facecolor=GROUND, layout=layout)
    FigureCanvasAgg(figure)
    figure.suptitle(
        textwrap.fill(_TOGETHER.sub("\u00a0", title), _TITLE_COLUMNS),
        x=0.035,
        ha="left",
        fontsize=14.5,
        fontweight="bold",
        color=INK,
        parse_math=False,
    )
    frame = Rectangle((0, 0), 1, 1, transform=figure.transFigure, fill=False)
    frame.set(edgecolor=FAINT, linewidth=4)
    figure.add_artist(frame)
    return figure


def plain(axes: Axes) -> None:
    """Take away what is not data: box and ticks; keep light lines to read values by."""
    axes.set_facecolor(GROUND)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(SOFT)
    axes.tick_params(colors=INK, labelsize=13, length=0, pad=5)
    axes.grid(axis="y", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)


def label_days(axes: Axes, days: Sequence[date]) -> None:
    """Write a few of the days under the axis, the last one always among them.

    A day that has several places is written under the first of them.
    """
    step = -(-len(days) // _DAY_LABELS)
    firsts = [place for place, day in enumerate(days) if not place or days[place - 1] != day]
    places: list[int] = []
    for place in reversed(firsts):
        if not places or places[-1] - place >= step:
            places.append(place)
    axes.set_xticks(places, [day_text(days[place]) for place in places])
    axes.set_xlabel("days in UTC", loc="right", fontsize=11, color=SOFT, labelpad=3)


def shade_gaps(axes: Axes, unknown: Sequence[int]) -> None:
    """Mark the places of which nothing is known; a gap is not a zero."""
    for first, last in _stretches(unknown):
        axes.axvspan(first - 0.5, last + 0.5, facecolor="#EFECE6", edgecolor="none", zorder=0)
        _say_softly(axes, (first + last) / 2, "no data" if last - first >= 2 else "?")


def say_idle(axes: Axes, idle: Sequence[int], places: int) -> None:
    """Say of which of the `places` it is known that nothing started, in words that fit there."""
    for first, last in _stretches(idle):
        wide = (last - first + 1) * _IDLE >= places
        _say_softly(axes, (first + last) / 2, "no startups" if wide else "idle")


def _say_softly(axes: Axes, place: float, text: str) -> None:
    axes.text(
        place,
        0.25,
        text,
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="center",
        fontsize=12,
        color=SOFT,
        style="italic",
    )


def write(axes: Axes, text: str, place: tuple[float, float], **looks: Any) -> None:
    """Write beside a place, on a ground of its own, so that no line strikes it through.

    `looks` are those of an annotation of matplotlib.
    """
    usual: dict[str, Any] = {
        "xytext": (0, 0),
        "textcoords": "offset points",
        "ha": "center",
        "fontsize": 12.5,
        "fontweight": "bold",
        "bbox": {"facecolor": GROUND, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        "zorder": 5,
    }
    axes.annotate(text, place, **usual | looks)


def legend(figure: Figure, looks: Sequence[Look | Wanted]) -> None:
    """Name the looks under the chart."""
    drawn = figure.legend(
        handles=[look.patch() for look in looks],
        loc="outside lower left",
        ncols=2 if any(len(look.label) > 14 for look in looks) else 3,
        frameon=False,
        fontsize=12,
        handlelength=1.8,
        handleheight=1.1,
        columnspacing=1.4,
    )
    for text in drawn.get_texts():
        text.set(color=INK, parse_math=False)


def as_png(figure: Figure) -> bytes:
    """Save it; the same chart is the same bytes."""
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=GROUND, metadata={"Software": None})
    return out.getvalue()


def _stretches(places: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found
