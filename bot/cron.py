"""Cron lines: read strictly, with cron's own numbering of weekdays, and safe over clock changes.

APScheduler's trigger counts weekdays from Monday, cron from Sunday, so numbers become names.
Source: apscheduler.readthedocs.io/en/3.x/modules/triggers/cron.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = ("second", "minute", "hour", "day", "month", "day_of_week")
_PART = re.compile(r"(?:\*|([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?)(?:/([1-9]))?")
_TICK = timedelta(microseconds=1)
_NEARBY = timedelta(hours=3)
"""More than any clock change moves."""

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line as it was written, in one space each: known to be right, or empty for "off"."""

    text: str = ""

    def __bool__(self) -> bool:
        """Whether there is a schedule at all."""
        return bool(self.text)


def read_cron(text: str) -> Cron:
    """Read five fields, or six with seconds in front.

    Raises:
        ValueError: it is no cron line, or one whose time never comes.
    """
    cron = Cron(" ".join(text.lower().split()))
    if cron:
        if _trigger(cron.text).get_next_fire_time(None, _SOME_DAY) is None:
            raise ValueError("its time never comes")
        _, _, _, day, _, weekday = _fields(cron.text)
        if not (day.startswith("*") or weekday.startswith("*")):
            raise ValueError(
                "it names a day of the month and a weekday; cron takes these as either, "
                "so write * for one of them"
            )
    return cron


@dataclass(frozen=True, slots=True)
class CronCalendar:
    """The times of a cron line on the clocks of a zone.

    A line that names its hours is due once for each of its times on the clock: where the clock
    goes back and shows a time twice, the first counts; where it skips a time, that is made up
    for right after. A line of every hour is due as often as the clock shows its time.

    `trigger` counts on a clock that never jumps. Left to itself, APScheduler 3.11 leaves out
    midnight on the day after a clock change, and fires twice in an hour that comes twice.
    """

    trigger: CronTrigger
    zone: ZoneInfo
    by_the_hour: bool

    def after(self, moment: datetime) -> datetime | None:
        """Return the first time behind `moment`, in UTC; None where there is none."""
        best: datetime | None = None
        limit: datetime | None = None
        for shown in self._shown(self._clock(moment) - self._margin(moment)):
            if limit is not None and shown > limit:
                break
            for at in self._moments(shown):
                if at > moment and (best is None or at < best):
                    best, limit = at, shown + self._margin(at)
            if shown == limit:
                break
        return best

    def _shown(self, begin: datetime) -> Iterator[datetime]:
        """Yield what the clock shows when the line is due, behind `begin`."""
        while True:
            found = self.trigger.get_next_fire_time(None, (begin + _TICK).replace(tzinfo=UTC))
            if found is None:
                return
            begin = found.replace(tzinfo=None)
            yield begin

    def _moments(self, shown: datetime) -> list[datetime]:
        """Return when the clock shows this: mostly once."""
        first, second = (
            shown.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if self.by_the_hour:
            return [at for at in dict.fromkeys((first, second)) if self._clock(at) == shown]
        return [first]

    def _clock(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _margin(self, moment: datetime) -> timedelta:
        """Return how far around to look: nothing, unless the clock changes nearby."""
        before, after = moment - _NEARBY, moment + _NEARBY
        changes = (
            before.astimezone(self.zone).utcoffset() != after.astimezone(self.zone).utcoffset()
        )
        return _NEARBY if changes else timedelta()


def calendar_of(cron: Cron, zone: ZoneInfo) -> CronCalendar:
    """Return the times of a cron line in a zone; those of an empty one are never asked for."""
    text = cron.text or "0 0 * * *"
    hour = _fields(text)[2]
    return CronCalendar(_trigger(text), zone, hour.startswith("*"))


def _trigger(text: str) -> CronTrigger:
    fields = _fields(text)
    values = dict(zip(_NAMES, (*fields[:5], _weekdays(fields[5])), strict=True))
    return CronTrigger(**values, timezone=UTC)


def _fields(text: str) -> list[str]:
    fields = text.split()
    if len(fields) not in (5, 6):
        raise ValueError(f"it has {len(fields)} fields, not 5")
    return fields if len(fields) == 6 else ["0", *fields]


def _weekdays(field: str) -> str:
    """Write weekdays as names: 0 and 7 are Sunday, and a range may pass over the weekend."""
    if field == "*":
        return field
    days = {day for part in field.split(",") for day in _days(part)}
    return ",".join(_WEEKDAYS[day] for day in sorted(days))


def _days(part: str) -> list[int]:
    found = _PART.fullmatch(part)
    if not found:
        raise ValueError(f'"{part[:20]}" is no weekday')
    first, last, step = found.groups()
    begin = _day(first or "0")
    end = _day(last) if last is not None else (begin if first and not step else 6)
    end += 7 * (end < begin)
    return [day % 7 for day in range(begin, end + 1, int(step or 1))]


def _day(word: str) -> int:
    if word.isdigit():
        return int(word) % 7
    if word not in _WEEKDAYS:
        raise ValueError(f'"{word}" is no weekday')
    return _WEEKDAYS.index(word)
