"""The hit rate with its sample, and the misses by reason."""

from core.inspection.hits import HitsReport
from handlers.blocks.card import Card, Mark, Moment, Note, Part, Table
from handlers.blocks.pictures import parts_of_trend
from handlers.blocks.quantities import percent, share, window


def card_of_hits(report: HitsReport) -> Card:
    """Render the hit rate; a window without startups is no data, neither 0 % nor 100 %."""
    asked = window(report.until - report.since)
    if report.rate is None:
        return Card(
            "Cache hits",
            Mark.INFO,
            (f"No data: nothing started with the shared volume in the last {asked}.",),
            (*parts_of_trend(report.trend), *_footnotes(report)),
        )
    told = share(report.hits, report.startups, "startup")
    parts: list[Part] = []
    if report.reasons:
        head = ("reason of the miss", "misses", "share")
        rows = tuple(
            (reason, str(number), percent(number, report.startups))
            for reason, number in report.reasons
        )
        parts.append(Table(head, rows))
    return Card(
        "Cache hits",
        Mark.INFO,
        (f"{told} found their models in the cache in the last {asked}.",),
        (*parts, *parts_of_trend(report.trend), *_footnotes(report)),
    )


def _footnotes(report: HitsReport) -> list[Part]:
    line = ("From ", Moment(report.since), " to ", Moment(report.until), ".")
    if report.complete:
        return [Note(line)]
    return [Note((*line, " There were too many startups to read: these are the newest."))]
