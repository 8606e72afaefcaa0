"""How long each sync took, with those that failed marked by a cross and a hatch."""

from datetime import timedelta

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core.executions import ExecutionState
from core.series.samples import day_of
from core.series.trends import SyncTrend
from handlers.charts.canvas import (
    FAINT,
    GREEN,
    INK,
    VERMILION,
    Look,
    label_days,
    legend,
    new_figure,
    plain,
)
from handlers.charts.findings import SHOWN_RUNS

_LOOKS = {
    ExecutionState.SUCCEEDED: Look("succeeded", GREEN, ""),
    ExecutionState.FAILED: Look("failed \u2717", VERMILION, "///"),
    ExecutionState.CANCELLED: Look("cancelled \u2013", FAINT, "..."),
}
_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)
_SIGNS = {ExecutionState.FAILED: "\u2717", ExecutionState.CANCELLED: "\u2013"}


def draw_syncs(trend: SyncTrend, title: str) -> Figure:
    """Draw a bar for each execution, oldest first."""
    runs = trend.runs[-SHOWN_RUNS:]
    longest = max(run.took for run in runs)
    unit, word = (_MINUTE, "min") if longest > 2 * _MINUTE else (_SECOND, "s")
    figure = new_figure(title)
    axes = figure.subplots()
    plain(axes)
    for place, run in enumerate(runs):
        look = _LOOKS[run.state]
        took = run.took / unit
        axes.bar(
            place,
            took,
            0.74,
            color=look.colour,
            hatch=look.hatch,
            edgecolor=INK,
            linewidth=0.8,
            zorder=2,
        )
        axes.text(
            place,
            took,
            _SIGNS.get(run.state, ""),
            ha="center",
            va="bottom",
            fontsize=17,
            fontweight="bold",
            color=INK,
        )
    label_days(axes, [day_of(run.at) for run in runs])
    axes.set_xlim(-0.6, max(len(runs), 4) - 0.4)
    axes.set_ylim(0, max(longest / unit, 1) * 1.18)
    axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} {word}")
    seen = [look for state, look in _LOOKS.items() if any(run.state is state for run in runs)]
    legend(figure, seen)
    return figure
