"""Drawing: a chart to the PNG that is uploaded. Importing this imports matplotlib."""

from typing import assert_never

from matplotlib.figure import Figure

from core.series.trends import ByteTrend, HitTrend, SyncTrend
from handlers.charts.canvas import as_png
from handlers.charts.findings import Chart, finding_of
from handlers.charts.hit_rate import draw_hits
from handlers.charts.stored_bytes import draw_bytes
from handlers.charts.sync_durations import draw_syncs


def draw(chart: Chart) -> bytes:
    """Draw it as a PNG. It has to have something to show."""
    return as_png(figure_of(chart))


def figure_of(chart: Chart) -> Figure:
    """Draw it with its finding as its title."""
    title = finding_of(chart)
    match chart:
        case HitTrend():
            return draw_hits(chart, title)
        case ByteTrend():
            return draw_bytes(chart, title)
        case SyncTrend():
            return draw_syncs(chart, title)
        case _:
            assert_never(chart)
