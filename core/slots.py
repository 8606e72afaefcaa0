"""Slots as they are known: who does what is due, and what became of it.

A slot is claimed by the process whose row is the first; the row of one whose process died is
taken up by another. A bot that was away catches up with the newest slot of each schedule and
keeps the older ones as missed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.schedules import GRACE, Schedule, ScheduleName, Slot, latest_due, skipped

_LONG_AGO = timedelta(days=5 * 365)


class SlotState(StrEnum):
    """Where a slot stands. BEFORE is the one that was past when the schedule was first seen."""

    BEFORE = "before"
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
    """A slot with what is recorded of it. `outcome` is what it came to, or why it failed.

    `tries` counts how often it was begun, `begun_at` is the first time of these.
    """

    slot: Slot
    cron: str
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

    def latest(self, schedule: ScheduleName) -> KnownSlot | None:
        """Return the newest slot of a schedule."""
        ...

    def claim(self, slot: Slot, cron: str, now: datetime) -> KnownSlot | None:
        """Take a slot; None where it is known already."""
        ...

    def note(self, known: KnownSlot) -> bool:
        """Keep a slot that is not to be done; False where it is known already."""
        ...

    def renew(self, slot: Slot, cron: str) -> None:
        """Keep that a slot's schedule has another cron line by now."""
        ...


def settle(schedule: Schedule, slots: Slots, now: datetime) -> None:
    """Begin a schedule that is new or has changed: what was due before is not caught up with.

    Otherwise a schedule that is moved to an earlier day would fire at once.
    """
    cron = line_of(schedule)
    last = slots.latest(schedule.name)
    if last is not None and last.cron == cron:
        return
    due = latest_due(schedule.calendar, now, now - _LONG_AGO) or now
    slot = Slot(schedule.name, due)
    if not slots.note(KnownSlot(slot, cron, SlotState.BEFORE)):
        slots.renew(slot, cron)


def take_due(schedule: Schedule, slots: Slots, now: datetime) -> KnownSlot | None:
    """Claim the newest slot that is due; keep older ones that nobody took as missed.

    None where nothing is due, or another process has it. The schedule has to be settled.
    """
    last = slots.latest(schedule.name)
    if last is None:
        return None
    since = last.slot.due
    due = latest_due(schedule.calendar, now, since)
    if due is None:
        return None
    missed = skipped(schedule.calendar, since, due)
    if now - due > GRACE:
        missed = [due, *missed]
    cron = line_of(schedule)
    for one in reversed(missed):
        slot = Slot(schedule.name, one)
        slots.note(KnownSlot(slot, cron, SlotState.MISSED, ended_at=now))
    return None if due in missed else slots.claim(Slot(schedule.name, due), cron, now)


def line_of(schedule: Schedule) -> str:
    """Return what decides the times of a schedule, to tell when it was changed."""
    return f"{schedule.cron} {schedule.zone.key}"
