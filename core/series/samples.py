"""Daily samples: what a day was like, kept for as long as logs and metrics are not.

Google keeps logs for 30 days and bytes for six weeks, and what nobody configured it does not
keep at all. A sample has a part for each question; a part that could not be read is None, which
is no data and never zero.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from core.executions import Execution, ExecutionState
from core.signals import Startup, Startups

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HitCounts:
    """The startups of a day: hits, and misses by reason."""

    hits: int
    misses: Mapping[str, int] = field(default_factory=dict)

    @property
    def startups(self) -> int:
        """How many there were; 0 is a day on which nothing started."""
        return self.hits + sum(self.misses.values())

    @property
    def rate(self) -> float | None:
        """The hit rate from 0.0 to 1.0; None where nothing started, which is no data."""
        return self.hits / self.startups if self.startups else None


@dataclass(frozen=True, slots=True)
class BytesHeld:
    """What the bucket held, by kind; `soft_deleted` is None where it could not be listed."""

    live: int
    noncurrent: int
    soft_deleted: int | None

    @property
    def counted(self) -> int:
        """What counts against the capacity."""
        return self.live + self.noncurrent


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One finished execution of the sync job."""

    name: str
    at: datetime
    took: timedelta
    state: ExecutionState


@dataclass(frozen=True, slots=True)
class Sample:
    """One day of the cache, in UTC. `held` and `version` are those at the end of the day."""

    day: date
    hits: HitCounts | None = None
    held: BytesHeld | None = None
    version: str = ""
    syncs: tuple[SyncRun, ...] | None = None

    @property
    def whole(self) -> bool:
        """Whether every part is known."""
        return None not in (self.hits, self.held, self.syncs) and self.version != ""

    def joined(self, later: "Sample") -> "Sample":
        """Return it with the parts that only the later one knows."""
        return Sample(
            self.day,
            later.hits if self.hits is None else self.hits,
            later.held if self.held is None else self.held,
            self.version or later.version,
            later.syncs if self.syncs is None else self.syncs,
        )


def day_of(moment: datetime) -> date:
    """Return the day of a moment, in UTC."""
    return moment.astimezone(UTC).date()


def begin_of(day: date) -> datetime:
    """Return the first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)


def count_startups(rows: Iterable[Startup]) -> HitCounts:
    """Count startups; a miss without a reason counts as "unknown"."""
    listed = list(rows)
    missed = Counter(row.miss_reason or "unknown" for row in listed if not row.hit)
    return HitCounts(len(listed) - missed.total(), dict(missed))


def runs_of(executions: Iterable[Execution]) -> list[SyncRun]:
    """Return the finished executions, oldest first."""
    runs = [
        SyncRun(str(one.name), one.finished_at or one.created_at, _took(one), one.state)
        for one in executions
        if one.state.finished
    ]
    return sorted(runs, key=lambda run: run.at)


def _took(one: Execution) -> timedelta:
    return one.took(one.finished_at or one.created_at)


def covers(startups: Startups, day: date) -> bool:
    """Whether a reading holds all of a day; one cut short holds only its newest part."""
    return startups.known_since <= begin_of(day) and begin_of(day + DAY) <= startups.until
