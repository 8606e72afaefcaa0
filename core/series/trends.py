"""Trends: how the hit rate, the bytes and the syncs went, day by day; no data is a gap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.executions import Execution
from core.series.samples import (
    DAY,
    BytesHeld,
    HitCounts,
    Sample,
    SyncRun,
    begin_of,
    count_startups,
    day_of,
    runs_of,
)
from core.signals import Startups, StoredBytes

_BYTE_DAYS = 30
_SLOPE_DAYS = 14
_FEWEST = 3
"""Days with a measurement; fewer make no slope."""

_FARTHEST = timedelta(days=180)
"""What lies further ahead is no forecast: a slope of two weeks does not reach that far."""
_TYPES = _LIVE, _NONCURRENT, _SOFT_DELETED = "live", "noncurrent", "soft"
"""How Monitoring's labels of the kinds begin."""


@dataclass(frozen=True, slots=True)
class HitDay:
    """A day with its startups; None where nobody knows of them."""

    day: date
    counts: HitCounts | None

    @property
    def idle(self) -> bool:
        """Whether it is known that nothing started."""
        return self.counts is not None and not self.counts.startups


@dataclass(frozen=True, slots=True)
class HitTrend:
    """The startups of consecutive days up to today, which is not over; `target` is a rate."""

    days: tuple[HitDay, ...]
    target: float


@dataclass(frozen=True, slots=True)
class ByteDay:
    """A day with what the bucket held; None where nobody knows."""

    day: date
    held: BytesHeld | None


@dataclass(frozen=True, slots=True)
class ByteTrend:
    """The bytes of consecutive days up to today.

    `usage` is the share of the capacity from which on it is too much. `reached_on` is the day
    on which the capacity is reached at the present slope; None where it does not grow, or
    not within half a year.
    """

    days: tuple[ByteDay, ...]
    capacity_bytes: int
    usage: float
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class SyncTrend:
    """The finished executions, oldest first."""

    runs: tuple[SyncRun, ...]


def hit_days(startups: Startups, samples: Iterable[Sample], first: date) -> tuple[HitDay, ...]:
    """Return every day from `first` to the end of the reading."""
    kept = {one.day: one.hits for one in samples}
    today = day_of(startups.until)
    return tuple(
        HitDay(day, _counted(startups, day) or kept.get(day)) for day in days(first, today)
    )


def days(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both of them."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def _counted(startups: Startups, day: date) -> HitCounts | None:
    """Count a day that was read from its beginning; today counts as far as it has come."""
    if startups.known_since > begin_of(day):
        return None
    return count_startups(row for row in startups.rows if day_of(row.at) == day)


def byte_days(known: Mapping[date, BytesHeld], today: date) -> tuple[ByteDay, ...]:
    """Return every day from the first known one to today, of the last thirty."""
    first = max(min(known), today - (_BYTE_DAYS - 1) * DAY)
    return tuple(ByteDay(day, known.get(day)) for day in days(first, today))


def measured_days(samples: Sequence[StoredBytes]) -> Mapping[date, BytesHeld]:
    """Return Monitoring's bytes of the days of which it has all that counts.

    A series that is not there is no data and not zero.
    """
    found: dict[date, BytesHeld] = {}
    for one in samples:
        kinds: dict[str, int] = {}
        for label, size_bytes in one.by_type.items():
            kind = next((name for name in _TYPES if label.lower().startswith(name)), "")
            kinds[kind] = kinds.get(kind, 0) + size_bytes
        if _LIVE in kinds and _NONCURRENT in kinds:
            held = BytesHeld(kinds[_LIVE], kinds[_NONCURRENT], kinds.get(_SOFT_DELETED))
            found[day_of(one.measured_at)] = held
    return found


def reached_on(series: Sequence[ByteDay], capacity_bytes: int) -> date | None:
    """Follow the straight line through the last two weeks to the capacity."""
    known = [one for one in series[-_SLOPE_DAYS:] if one.held is not None]
    if len(known) < _FEWEST:
        return None
    last = known[-1].day
    points = [((one.day - last).days, one.held.counted) for one in known if one.held]
    middle = sum(x for x, _ in points) / len(points)
    level = sum(y for _, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - level) for x, y in points) / spread
    left = capacity_bytes - points[-1][1]
    if slope <= 0 or left <= 0 or left / slope > _FARTHEST / DAY:
        return None
    return last + timedelta(days=int(left / slope))


def sync_trend(executions: Iterable[Execution]) -> SyncTrend:
    """Return how long the finished executions took."""
    return SyncTrend(tuple(runs_of(executions)))
