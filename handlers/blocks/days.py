"""The numbers of a chart in words, for a message that has to do without its picture."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import assert_never

from core.quantities import duration_text, size_text
from core.series.samples import BytesHeld, HitCounts, SyncRun, day_of
from core.series.trends import ByteTrend, HitTrend, SyncTrend
from handlers.blocks.card import Bullets, Line, Paragraph, Part
from handlers.charts.findings import Chart, day_text, finding_of, rate_text, reason_text

_SHOWN = 7
"""Days, or runs: what a phone shows at a glance."""

_REASONS = 3


def parts_of_numbers(chart: Chart) -> tuple[Part, ...]:
    """Say what the picture would show: its finding, and its last days with the newest first."""
    match chart:
        case HitTrend(days):
            lines = _last_days([(one.day, _hits(one.counts)) for one in days])
        case ByteTrend(days):
            lines = _last_days([(one.day, _bytes(one.held)) for one in days])
        case SyncTrend(runs):
            lines = tuple(map(_run, reversed(runs[-_SHOWN:])))
        case _:
            assert_never(chart)
    return Paragraph((finding_of(chart),)), Bullets(lines)


def _last_days(days: list[tuple[date, str]]) -> tuple[Line, ...]:
    today = days[-1][0]
    return tuple(
        (f"{day_text(day)}{' so far' if day == today else ''}: {told}",)
        for day, told in reversed(days[-_SHOWN:])
    )


def _hits(counts: HitCounts | None) -> str:
    if counts is None:
        return "no data"
    if not counts.startups:
        return "nothing started"
    told = f"{rate_text(counts)} ({counts.hits:,} of {counts.startups:,})"
    return ", ".join([told, *_reasons(Counter(counts.misses).most_common())])


def _reasons(misses: list[tuple[str, int]]) -> Iterable[str]:
    """Name the most frequent reasons; the rest as one."""
    for reason, number in misses[:_REASONS]:
        yield f"{number:,} {reason_text(reason)}"
    if rest := sum(number for _, number in misses[_REASONS:]):
        yield f"{rest:,} for other reasons"


def _bytes(held: BytesHeld | None) -> str:
    if held is None:
        return "no data"
    told = f"{size_text(held.counted)}, of it {size_text(held.noncurrent)} noncurrent"
    if held.soft_deleted is None:
        return f"{told}; soft-deleted: not known"
    return f"{told}; {size_text(held.soft_deleted)} soft-deleted" if held.soft_deleted else told


def _run(run: SyncRun) -> Line:
    return (f"{day_text(day_of(run.at))}: {run.state.value}, {duration_text(run.took)}",)
