"""The bytes over time by kind, the capacity, and where the present slope leads."""

from datetime import timedelta

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core.quantities import size_text
from core.rates import wanted_text
from core.series.trends import ByteTrend
from handlers.charts.canvas import (
    BLUE,
    DASHES,
    FAINT,
    INK,
    ORANGE,
    SOFT,
    VERMILION,
    Look,
    label_days,
    legend,
    new_figure,
    plain,
    shade_gaps,
    write,
)
from handlers.charts.findings import far_day_text

_GB = 10**9
_LIVE = Look("live", BLUE, "")
_NONCURRENT = Look("noncurrent", ORANGE, "///")
_DROPPED = Look("soft-deleted (not counted)", FAINT, "...")
_DROPPED_UNKNOWN = Look("soft-deleted: not known", FAINT, "...")
_ROOM = 1.5
"""Times the capacity, or what is counted: soft-deleted bytes beyond that are told in words."""
_AHEAD = 10
"""Days that the slope is followed at the most, beyond the last measurement."""


def draw_bytes(trend: ByteTrend, title: str) -> Figure:
    """Draw a bar for each day that is known, and nothing for the others."""
    figure = new_figure(title)
    axes = figure.subplots()
    plain(axes)
    shade_gaps(axes, [n for n, one in enumerate(trend.days) if one.held is None])
    _draw_bars(axes, trend)
    ahead = _draw_slope(axes, trend)
    days = [one.day for one in trend.days]
    days += [days[-1] + timedelta(days=more) for more in range(1, ahead + 1)]
    label_days(axes, days)
    axes.set_xlim(-0.6, len(days) - 0.4)
    _draw_lines(axes, trend)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} GB")
    legend(figure, [_LIVE, _NONCURRENT, _DROPPED if _known_dropped(trend) else _DROPPED_UNKNOWN])
    return figure


def _known_dropped(trend: ByteTrend) -> bool:
    return any(one.held and one.held.soft_deleted is not None for one in trend.days)


def _draw_bars(axes: Axes, trend: ByteTrend) -> None:
    for place, one in enumerate(trend.days):
        if one.held is None:
            continue
        floor = 0.0
        kinds = (
            (_LIVE, one.held.live),
            (_NONCURRENT, one.held.noncurrent),
            (_DROPPED, one.held.soft_deleted or 0),
        )
        for look, size_bytes in kinds:
            axes.bar(
                place,
                size_bytes / _GB,
                0.8,
                floor,
                color=look.colour,
                hatch=look.hatch,
                edgecolor=INK,
                linewidth=0.7,
                zorder=2,
            )
            floor += size_bytes / _GB
        if one.held.soft_deleted is None and _known_dropped(trend):
            axes.annotate(
                "?",
                (place, floor),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=12,
                color=SOFT,
                style="italic",
                zorder=3,
            )


def _draw_lines(axes: Axes, trend: ByteTrend) -> None:
    """Draw what it is held to; the axis reaches as far as both lines can still be told apart."""
    capacity = trend.capacity_bytes / _GB
    held = [one.held for one in trend.days if one.held is not None]
    highest = max(one.counted + (one.soft_deleted or 0) for one in held) / _GB
    wanted = max(capacity, *(one.counted / _GB for one in held))
    top = min(max(capacity, highest) * 1.14, wanted * _ROOM)
    axes.set_ylim(0, top)
    if highest > top:
        dropped = max(one.soft_deleted or 0 for one in held)
        said = f"\u2191 up to {size_text(dropped)} soft-deleted"
        write(axes, said, (1, 1), xycoords="axes fraction", ha="right", va="top", color=INK)
    for level, style, said, offset in (
        (capacity, "-", f"capacity {capacity:g} GB", 3),
        (capacity * trend.usage, DASHES, wanted_text(trend.usage), -3),
    ):
        axes.axhline(level, color=VERMILION, linewidth=2.2, linestyle=style, zorder=3)
        write(
            axes,
            said,
            (0.005, level),
            xycoords=axes.get_yaxis_transform(),
            xytext=(0, offset),
            ha="left",
            va="bottom" if offset > 0 else "top",
            color="#A33F00",
        )


def _draw_slope(axes: Axes, trend: ByteTrend) -> int:
    """Draw the way to the capacity as far as there is room; return the days that it takes."""
    if trend.reached_on is None:
        return 0
    known = [(place, one) for place, one in enumerate(trend.days) if one.held is not None]
    place, last = known[-1]
    left = (trend.reached_on - last.day).days
    ahead = min(max(left, 1), _AHEAD)
    if last.held is None:
        return 0
    begun, full = last.held.counted / _GB, trend.capacity_bytes / _GB
    reached = begun + (full - begun) * ahead / max(left, 1)
    axes.annotate(
        "",
        (place + ahead, reached),
        (place, begun),
        arrowprops={"arrowstyle": "-|>", "linewidth": 2.4, "color": INK, "linestyle": ":"},
        zorder=4,
    )
    beyond = "\u2192 " if left > ahead else ""
    write(
        axes,
        f"{beyond}full {far_day_text(trend.reached_on, last.day)}",
        (place + ahead, reached),
        xytext=(0, 6),
        ha="right",
        va="bottom",
        color=INK,
    )
    return ahead
