"""Trends as read: from the cloud what it still knows, the rest from the saved daily samples.

Hits are not read from the log-based metrics: those count log lines, two for a hit and three
for a miss.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.desk import Desk
from core.parallel import PATIENCE, Known, ask
from core.samples import DAY, BytesHeld, Sample, day_of
from core.trends import ByteTrend, HitTrend, byte_days, hit_days, measured_days, reached_on

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


def hit_trend(reader: Reader, memory: Memory, since: datetime, now: datetime) -> HitTrend:
    """Count each day by the startups in [since, now) where they cover it, else by its sample."""
    first = day_of(now) - (_HIT_DAYS - 1) * DAY
    startups = reader.startups(since, now)
    days = hit_days(startups, memory.samples, first)
    return HitTrend(days, memory.expectations.hit_rate)


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
