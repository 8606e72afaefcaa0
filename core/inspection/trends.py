"""Trends as read: from the cloud what it still knows, the rest from the saved daily samples.

Hits are not read from the log-based metrics: those count log lines, two for a hit and three
for a miss.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.desk import Desk
from core.inspection.hits import HitsReport, count_hits
from core.inspection.size import SizeReport, report_size
from core.parallel import PATIENCE, Known, ask
from core.series.samples import DAY, BytesHeld, Sample, begin_of, day_of
from core.series.trends import ByteTrend, HitTrend, byte_days, hit_days, measured_days, reached_on

_HIT_DAYS = 14
_LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of the last weeks, and what trends are measured by."""

    samples: tuple[Sample, ...]
    deployment: Deployment
    expectations: Expectations


def remember(desk: Desk, now: datetime) -> Memory:
    """Read the samples."""
    samples = desk.records.samples.since(day_of(now) - _LOOK_BACK)
    return Memory(tuple(samples), desk.deployment, desk.expectations)


def hits_by_day(reader: Reader, memory: Memory, since: datetime, now: datetime) -> HitsReport:
    """Count the startups in [since, now), with the last two weeks day by day.

    The logs are read once, from the beginning of today or earlier: the picture shows all of
    today, however short the window. A day that the reading does not cover comes by its sample.
    """
    today = day_of(now)
    startups = reader.startups(min(since, begin_of(today)), now)
    days = hit_days(startups, memory.samples, today - (_HIT_DAYS - 1) * DAY)
    trend = HitTrend(days, memory.expectations.hit_rate)
    return replace(count_hits(startups.after(since)), trend=trend)


def size_by_day(reader: Reader, memory: Memory, now: datetime) -> SizeReport:
    """Measure the bucket, with its bytes day by day."""
    report = report_size(reader, memory.deployment.capacity_bytes, now)
    return replace(report, trend=byte_trend(reader, memory, now, report.held))


def byte_trend(reader: Reader, memory: Memory, now: datetime, present: BytesHeld) -> ByteTrend:
    """Put Monitoring's daily bytes, the samples and what is there at present together."""
    today = day_of(now)
    asked = ask("stored bytes", reader.stored_bytes)
    measured = asked.reading(PATIENCE)
    known = {one.day: one.held for one in memory.samples if one.held is not None}
    if isinstance(measured, Known):
        known |= measured_days(measured.value)
    series = byte_days(known | {today: present}, today)
    capacity = memory.deployment.capacity_bytes
    reached = reached_on(series, capacity)
    return ByteTrend(series, capacity, memory.expectations.usage, reached)
