"""Calendars for tests: a fixed span between two times, from a fixed beginning."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.schedules.schedule import Schedule, ScheduleName
from tests.core.small_desk import NOW


@dataclass(frozen=True)
class Every:
    """A time every `span`, counted from `begin`."""

    span: timedelta
    begin: datetime = NOW

    def after(self, moment: datetime) -> datetime | None:
        """Return the first time behind `moment`."""
        return self.begin + ((moment - self.begin) // self.span + 1) * self.span


@dataclass(frozen=True)
class Never:
    """No time at all."""

    def after(self, _moment: datetime, /) -> None:
        """Return nothing, whatever the moment."""


def every(
    span: timedelta, name: ScheduleName = ScheduleName.WEEKLY_REPORT, cron: str = "every"
) -> Schedule:
    """Make a schedule that is due every `span` from the tests' now."""
    return Schedule(name, cron, ZoneInfo("Europe/Berlin"), Every(span))
