"""`/cache schedule`: what the bot does by the clock: last, next and missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.desk import Desk
from core.schedules.schedule import Schedule, latest_due, slot_key
from core.schedules.slots import KnownSlot, SlotState

_LOOKED_AT = 25


class Delivery(StrEnum):
    """What became of the message that tells of a slot."""

    NONE = "none"
    POSTED = "posted"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule. `last` is its newest slot that was done, or is being tried.

    `missed` are those that nobody did since the last good one before the newest. `left_out` is
    a time that was past already when the schedule got its times, where nothing has been due
    since. `next_due` is None where the schedule is off.
    """

    schedule: Schedule
    last: KnownSlot | None
    delivery: Delivery
    missed: tuple[KnownSlot, ...]
    next_due: datetime | None
    left_out: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleReport:
    """All schedules."""

    at: datetime
    rows: tuple[ScheduleRow, ...]


def report_schedule(desk: Desk, now: datetime) -> ScheduleReport:
    """Read what is recorded of each schedule, and reckon what comes next."""
    return ScheduleReport(now, tuple(_row(one, desk, now) for one in desk.schedules))


def _row(schedule: Schedule, desk: Desk, now: datetime) -> ScheduleRow:
    known = desk.records.slots.recent(schedule.name, _LOOKED_AT)
    last = next((one for one in known if one.state is not SlotState.MISSED), None)
    return ScheduleRow(
        schedule=schedule,
        last=last,
        delivery=Delivery.NONE if last is None else _delivery(last, desk),
        missed=tuple(_missed(known)),
        next_due=None if schedule.off else schedule.calendar.after(now),
        left_out=_left_out(schedule, known, desk),
    )


def _missed(known: Sequence[KnownSlot]) -> Iterator[KnownSlot]:
    for one in known:
        if one.state is SlotState.MISSED:
            yield one
        elif one.state is SlotState.DONE and one is not known[0]:
            return


def _left_out(schedule: Schedule, known: Sequence[KnownSlot], desk: Desk) -> datetime | None:
    """Return the last time that lies between the newest slot and the times as they are now."""
    since = desk.records.slots.since(schedule.name)
    if schedule.off or since is None or not known or known[0].slot.due >= since:
        return None
    return latest_due(schedule.calendar, since, known[0].slot.due)


def _delivery(known: KnownSlot, desk: Desk) -> Delivery:
    told = desk.records.messages.get(slot_key(known.slot.id))
    if told is None:
        return Delivery.NONE
    if told.ts:
        return Delivery.POSTED
    is_open = told.told < told.wanted and not told.refused
    return Delivery.WAITING if is_open else Delivery.REFUSED
