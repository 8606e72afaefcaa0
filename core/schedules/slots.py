"""Slots as they are known: who does what is due, and what became of it.

A slot is claimed by the process whose row is the first; the row of one whose process died is
taken up by another. A bot that was away catches up with the newest slot of each schedule and
keeps the older ones as missed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.schedules.schedule import GRACE, Schedule, ScheduleName, Slot, latest_due, skipped

TRIES = 30
"""Beyond this a slot is given up; with the waits between them, after some four hours."""

_FRESH = timedelta(hours=1)
"""What a dead process had begun is done even if the next is due, when it is younger."""


class SlotState(StrEnum):
    """Where a slot stands."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (SlotState.RUNNING, SlotState.WAITING)


@dataclass(frozen=True, slots=True)
class KnownSlot:
    """A slot with what is recorded of it. `outcome` is what it came to, or why its last try failed.

    `tries` counts how often it was begun, `begun_at` is the first time of these. `outcome` is
    empty where none of them has come to an end.
    """

    slot: Slot
    state: SlotState
    tries: int = 0
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    not_before: datetime | None = None
    outcome: str = ""

    @property
    def late(self) -> timedelta:
        """By how much it came late, nothing where it was in time or did not come at all."""
        came = self.ended_at or self.begun_at
        return timedelta() if came is None or self.begun_at is None else self.slot.late(came)


class Slots(Protocol):
    """What is kept of slots, such as `core.store.slots.SlotStore`."""

    def begin(self, schedule: ScheduleName, line: str, now: datetime) -> datetime:
        """Keep a schedule's line; return since when it has had this one."""
        ...

    def latest(self, schedule: ScheduleName) -> KnownSlot | None:
        """Return the newest slot of a schedule."""
        ...

    def claim(self, slot: Slot, now: datetime) -> KnownSlot | None:
        """Take a slot; None where it is known already."""
        ...

    def note(self, known: KnownSlot) -> bool:
        """Keep a slot that is not to be done; False where it is known already."""
        ...


def settle(schedule: Schedule, slots: Slots, now: datetime) -> datetime:
    """Return from when on a schedule's times count: not those before it was new or changed.

    Otherwise a schedule that is moved to an earlier day, or switched on again, would fire at
    once.
    """
    return slots.begin(schedule.name, line_of(schedule), now)


def take_due(schedule: Schedule, slots: Slots, begun: datetime, now: datetime) -> KnownSlot | None:
    """Claim the newest slot that is due; keep older ones that nobody took as missed.

    `begun` is from when on the times of the schedule count. Whether it is too late by now for
    what was taken, `too_late` says.
    """
    last = slots.latest(schedule.name)
    since = begun if last is None else max(begun, last.slot.due)
    due = latest_due(schedule.calendar, now, since)
    if due is None:
        return None
    for one in reversed(skipped(schedule.calendar, since, due)):
        slots.note(KnownSlot(Slot(schedule.name, one), SlotState.MISSED, ended_at=now))
    return slots.claim(Slot(schedule.name, due), now)


def too_late(known: KnownSlot, schedule: Schedule, now: datetime) -> str:
    """Say why a slot that was taken is not done any more; empty where it is."""
    if schedule.off:
        return f"The schedule was switched off meanwhile: {schedule.off}"
    if now - known.slot.due > GRACE:
        return "I was away for too long."
    overtaken = latest_due(schedule.calendar, now, known.slot.due) is not None
    if overtaken and now - known.slot.due > _FRESH:
        return "I was away until the next one was due."
    return ""


def line_of(schedule: Schedule) -> str:
    """Return what decides the times of a schedule, to tell when it was changed."""
    return "off" if schedule.off else f"{schedule.cron} {schedule.zone.key}"
