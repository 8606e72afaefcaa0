"""Pictures in cards: a trend becomes one, or the sentence why there is none."""

from handlers.blocks.card import Part, Picture
from handlers.charts.findings import Chart, finding_of, nothing_of


def parts_of_trend(trend: Chart | None) -> tuple[Part, ...]:
    """Show a trend; nothing where none was asked for."""
    if trend is None:
        return ()
    finding = finding_of(trend)
    return (
        Picture(trend, f"{finding} Days are in UTC.")
        if finding
        else Picture(None, nothing_of(trend)),
    )
