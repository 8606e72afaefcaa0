"""The hit rate by day against what is wanted, and under it the misses by reason."""

from collections import Counter
from collections.abc import Mapping
from math import nan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core.rates import wanted_text
from core.series.trends import HitTrend
from handlers.charts.canvas import (
    BLUE,
    DASHES,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Look,
    Wanted,
    label_days,
    legend,
    new_figure,
    plain,
    say_idle,
    shade_gaps,
    write,
)
from handlers.charts.findings import fall_of, rate_text, reason_text

_LOOKS = ((VERMILION, "///"), (SKY, "..."), (PURPLE, "xxx"), (ORANGE, "\\\\\\"))
_OTHER = "other reasons"
_EACH = 6
"""Days; with more of them only the last says its number, and that of the fall or the lowest."""


def draw_hits(trend: HitTrend, title: str) -> Figure:
    """Draw both, one over the other, by the same days."""
    figure = new_figure(title)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for axes in (above, below):
        plain(axes)
        shade_gaps(axes, [n for n, one in enumerate(trend.days) if one.counts is None])
    _draw_rate(above, trend)
    looks = _draw_misses(below, trend)
    say_idle(below, [n for n, one in enumerate(trend.days) if one.idle], len(trend.days))
    label_days(below, [one.day for one in trend.days])
    below.set_xlim(-0.6, len(trend.days) - 0.4)
    legend(figure, [Wanted(f"wanted {wanted_text(trend.target)}", INK), *looks])
    return figure


def _draw_rate(axes: Axes, trend: HitTrend) -> None:
    rates = [
        nan if one.counts is None or one.counts.rate is None else one.counts.rate * 100
        for one in trend.days
    ]
    axes.plot(rates, color=BLUE, linewidth=3, marker="o", markersize=8, clip_on=False, zorder=3)
    target = trend.target * 100
    axes.axhline(target, color=INK, linewidth=1.8, linestyle=DASHES)
    low = min(rate for rate in rates if rate == rate)  # noqa: PLR0124 - nan is not itself
    axes.set_ylim(max(0, min(low, target) - 22), 108)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} %" if value <= 100 else "")
    axes.set_ylabel("hit rate", fontsize=13, color=INK)
    _write_rates(axes, trend, rates)


def _write_rates(axes: Axes, trend: HitTrend, rates: list[float]) -> None:
    known = [place for place, rate in enumerate(rates) if rate == rate]  # noqa: PLR0124 - nan is not itself
    fell, last = fall_of(trend), known[-1]
    told = min(known, key=lambda place: (trend.days[place].day != fell, rates[place]))
    for place in known if len(rates) <= _EACH else {told, last}:
        counts = trend.days[place].counts
        if counts is None:
            continue
        beside = len(rates) > _EACH and place == last - 1
        write(
            axes,
            rate_text(counts),
            (place, rates[place]),
            xytext=(-9, 0) if beside else (0, -9),
            ha="right" if beside else "center",
            va="center" if beside else "top",
            color=BLUE,
        )


def _draw_misses(axes: Axes, trend: HitTrend) -> list[Look]:
    total: Counter[str] = Counter()
    for one in trend.days:
        total.update(one.counts.misses if one.counts else {})
    named = [reason for reason, _ in total.most_common(len(_LOOKS))]
    if len(total) > len(_LOOKS):
        named[-1] = _OTHER
    looks: list[Look] = []
    floor = [0] * len(trend.days)
    for reason, (colour, hatch) in zip(named, _LOOKS, strict=False):
        heights = [
            _missed(one.counts.misses if one.counts else {}, reason, named) for one in trend.days
        ]
        look = Look(f"{sum(heights):,} {reason_text(reason)}", colour, hatch)
        axes.bar(
            range(len(heights)),
            heights,
            0.72,
            floor,
            color=colour,
            hatch=hatch,
            edgecolor=INK,
            linewidth=0.8,
            zorder=2,
        )
        floor = [low + more for low, more in zip(floor, heights, strict=True)]
        looks.append(look)
    axes.set_ylim(0, max(*floor, 1) * 1.15)
    axes.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.set_ylabel("misses", fontsize=13, color=INK)
    return looks


def _missed(misses: Mapping[str, int], reason: str, named: list[str]) -> int:
    if reason != _OTHER:
        return misses.get(reason, 0)
    return sum(number for one, number in misses.items() if one not in named)
