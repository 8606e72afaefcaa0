"""Schedules: what the bot does by the clock, and which of their times are due.

Each time of a schedule is a slot, named by the schedule and the nominal time, so that any
number of processes mean the same one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol
from zoneinfo import ZoneInfo

SlotId = NewType("SlotId", str)
"""Such as `weekly-report/2026-11-23T09:00Z`."""

SLOT_KEYS = "slot:"
"""How the keys of their messages begin."""

GRACE = timedelta(days=8)
"""A slot that is later than this is not caught up with, but missed."""

LATE = timedelta(minutes=1)
"""From here on what a slot tells says how late it is."""

REMEMBERED = 20
"""So many missed slots are kept, the newest; a bot that was away for months had more."""

_WINDOWS = tuple(
    timedelta(days=days) for days in (1 / 1_440, 1 / 24, 1, 8, 32, 366, 5 * 366)
)  # fmt: skip


class ScheduleName(StrEnum):
    """The schedules, as slots and settings name them."""

    WEEKLY_REPORT = "weekly-report"
    STALENESS_CHECK = "staleness-check"
    REMINDERS = "reminders"
    RETENTION = "retention"

    @property
    def heading(self) -> str:
        """The name that people read."""
        return self.value.replace("-", " ").capitalize()


class Calendar(Protocol):
    """The times of a schedule."""

    def after(self, moment: datetime, /) -> datetime | None:
        """Return the first time behind `moment`, in UTC; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule: its cron line and zone, and its times. Where it is off, `off` says why."""

    name: ScheduleName
    cron: str
    zone: ZoneInfo
    calendar: Calendar
    off: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One time of a schedule."""

    schedule: ScheduleName
    due: datetime

    @property
    def id(self) -> SlotId:
        """Its name, the same in every process."""
        form = "%Y-%m-%dT%H:%M:%SZ" if self.due.second else "%Y-%m-%dT%H:%MZ"
        return SlotId(f"{self.schedule}/{self.due.astimezone(UTC).strftime(form)}")

    def late(self, now: datetime) -> timedelta:
        """Return by how much `now` is later, nothing where it is in time."""
        late = now - self.due
        return late if late >= LATE else timedelta()


def slot_key(slot: SlotId) -> str:
    """Name the message that tells what came of a slot."""
    return f"{SLOT_KEYS}{slot}"


def latest_due(calendar: Calendar, now: datetime, since: datetime) -> datetime | None:
    """Return the last time in (since, now], None where there is none."""
    for window in _WINDOWS:
        begun = max(now - window, since)
        first = calendar.after(begun)
        if first is not None and first <= now:
            return _last(calendar, first, now)
        if begun == since:
            return None
    return None


def skipped(calendar: Calendar, since: datetime, due: datetime) -> list[datetime]:
    """Return the times between two, both left out: newest first, as many as are remembered."""
    return list(_backwards(calendar, since, due))


def _backwards(calendar: Calendar, since: datetime, due: datetime) -> Iterator[datetime]:
    for _ in range(REMEMBERED):
        before = latest_due(calendar, due - timedelta(microseconds=1), since)
        if before is None:
            return
        yield before
        due = before


def _last(calendar: Calendar, found: datetime, now: datetime) -> datetime:
    while (following := calendar.after(found)) is not None and following <= now:
        found = following
    return found
