"""`/cache hits`: the hit rate by one event for each startup, and the misses by reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from core.cloud import Reader
from core.series.trends import HitTrend
from core.signals import Startups


@dataclass(frozen=True, slots=True)
class HitsReport:
    """Hits and misses of the startups in [since, until), counted from the same rows.

    `reasons` counts the misses by reason, the most frequent first. `complete` is False where
    only the newest part of the window could be read. `trend` is there for pictures.
    """

    since: datetime
    until: datetime
    startups: int
    hits: int
    reasons: tuple[tuple[str, int], ...]
    complete: bool
    trend: HitTrend | None = None

    @property
    def misses(self) -> int:
        """How many startups missed."""
        return self.startups - self.hits

    @property
    def rate(self) -> float | None:
        """The hit rate from 0.0 to 1.0; None where nothing started, which is no data."""
        return self.hits / self.startups if self.startups else None


def report_hits(reader: Reader, since: datetime, until: datetime) -> HitsReport:
    """Read the startups of the window, in one request where possible."""
    return count_hits(reader.startups(since, until))


def count_hits(startups: Startups) -> HitsReport:
    """Count the startups; a miss without a reason counts as "unknown"."""
    missed = [row.miss_reason or "unknown" for row in startups.rows if not row.hit]
    reasons = sorted(Counter(missed).items(), key=lambda item: (-item[1], item[0]))
    return HitsReport(
        since=startups.since,
        until=startups.until,
        startups=len(startups.rows),
        hits=len(startups.rows) - len(missed),
        reasons=tuple(reasons),
        complete=startups.complete,
    )
