"""The bytes over time by kind, the capacity, and where the present slope leads."""

from datetime import timedelta

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core.rates import wanted_text
from core.trends import ByteTrend
from handlers.charts.canvas import (
    BLUE,
    DASHES,
    FAINT,
    GROUND,
    INK,
    ORANGE,
    VERMILION,
    Look,
    label_days,
    legend,
    new_figure,
    plain,
    shade_gaps,
)
from handlers.charts.findings import far_day_text

_GB = 10**9
_LIVE = Look("live", BLUE, "")
_NONCURRENT = Look("noncurrent", ORANGE, "///")
_DROPPED = Look("soft-deleted (not counted)", FAINT, "...")
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
    legend(figure, [_LIVE, _NONCURRENT, _DROPPED])
    return figure


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


def _draw_lines(axes: Axes, trend: ByteTrend) -> None:
    capacity = trend.capacity_bytes / _GB
    tops = [
        one.held.counted + (one.held.soft_deleted or 0)
        for one in trend.days
        if one.held is not None
    ]
    axes.set_ylim(0, max(capacity, max(tops) / _GB) * 1.14)
    warned = capacity * trend.usage
    for level, style, said in (
        (capacity, "-", f"capacity {capacity:g} GB"),
        (warned, DASHES, wanted_text(trend.usage)),
    ):
        axes.axhline(level, color=VERMILION, linewidth=2.2, linestyle=style, zorder=3)
        axes.text(
            0.005,
            level,
            said,
            transform=axes.get_yaxis_transform(),
            ha="left",
            va="bottom",
            fontsize=12.5,
            fontweight="bold",
            color="#A33F00",
            bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
            zorder=4,
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
    axes.annotate(
        f"full {far_day_text(trend.reached_on, last.day)}",
        (place + ahead, reached),
        xytext=(0, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=12.5,
        fontweight="bold",
        color=INK,
        zorder=5,
    )
    return ahead
