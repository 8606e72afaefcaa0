"""Drawing: a chart to the PNG that is uploaded. Importing this imports matplotlib."""

from typing import assert_never

from core.trends import ByteTrend, HitTrend, SyncTrend
from handlers.charts.canvas import as_png
from handlers.charts.findings import Chart, finding_of
from handlers.charts.hit_rate import draw_hits
from handlers.charts.stored_bytes import draw_bytes
from handlers.charts.sync_durations import draw_syncs


def draw(chart: Chart) -> bytes:
    """Draw it with its finding as its title. It has to have something to show."""
    title = finding_of(chart)
    match chart:
        case HitTrend():
            figure = draw_hits(chart, title)
        case ByteTrend():
            figure = draw_bytes(chart, title)
        case SyncTrend():
            figure = draw_syncs(chart, title)
        case _:
            assert_never(chart)
    return as_png(figure)
