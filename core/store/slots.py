"""Slots of schedules: one row each, so that whoever inserts it first is the one that does it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.schedules.schedule import ScheduleName, Slot, SlotId
from core.schedules.slots import KnownSlot, SlotState
from core.store.database import Database
from core.store.tables import schedules, slots
from core.store.tellings import Telling, keep_telling


@dataclass(frozen=True, slots=True)
class SlotStore:
    """The tables of slots and schedules, as the process `owner` sees them."""

    database: Database
    owner: str

    def begin(self, schedule: ScheduleName, line: str, now: datetime) -> datetime:
        """Keep a schedule's line; return since when it has had this one.

        Of processes that start together the first decides.
        """
        row = {"line": line, "since": now}
        this = schedules.c.name == schedule.value
        with self.database.begin() as connection:
            connection.execute(update(schedules).where(this, schedules.c.line != line).values(row))
            known: datetime | None = connection.execute(
                select(schedules.c.since).where(this)
            ).scalar()
        if known is not None:
            return known
        try:
            with self.database.begin() as connection:
                connection.execute(insert(schedules).values(name=schedule.value, **row))
        except IntegrityError:
            return self.begin(schedule, line, now)
        return now

    def since(self, schedule: ScheduleName) -> datetime | None:
        """Return since when a schedule has had its line; None where it was never begun."""
        query = select(schedules.c.since).where(schedules.c.name == schedule.value)
        with self.database.begin() as connection:
            found: datetime | None = connection.execute(query).scalar()
        return found

    def claim(self, slot: Slot, now: datetime) -> KnownSlot | None:
        """Take a slot for this process; None where it is known already."""
        known = KnownSlot(slot, SlotState.RUNNING, tries=1, begun_at=now)
        return known if self._insert(known, self.owner) else None

    def note(self, known: KnownSlot) -> bool:
        """Keep a slot that is not to be done; False where it is known already."""
        return self._insert(known, "")

    def latest(self, schedule: ScheduleName) -> KnownSlot | None:
        """Return the newest slot of a schedule."""
        found = self.recent(schedule, 1)
        return found[0] if found else None

    def recent(self, schedule: ScheduleName, limit: int) -> list[KnownSlot]:
        """Return the newest slots of a schedule, newest first."""
        query = (
            select(slots)
            .where(slots.c.schedule == schedule.value)
            .order_by(slots.c.due.desc())
            .limit(limit)
        )
        with self.database.begin() as connection:
            return [_load(row) for row in connection.execute(query).all()]

    def take_up(
        self, schedule: ScheduleName, now: datetime, in_hand: Collection[SlotId]
    ) -> KnownSlot | None:
        """Take the oldest slot that waits for another try; None where none does.

        One that this process has begun and has not in hand any more counts, too: its end
        could not be recorded.
        """
        forsaken = (
            (slots.c.state == SlotState.RUNNING.value)
            & (slots.c.owner == self.owner)
            & slots.c.id.not_in(in_hand)
        )
        waits = (slots.c.state == SlotState.WAITING.value) & or_(
            slots.c.not_before.is_(None), slots.c.not_before <= now
        )
        is_open = (slots.c.schedule == schedule.value) & or_(waits, forsaken)
        oldest = select(slots.c.id, slots.c.tries).where(is_open).order_by(slots.c.due).limit(1)
        with self.database.begin() as connection:
            found = connection.execute(oldest).first()
            if found is None:
                return None
            taken = connection.execute(
                update(slots)
                .where(slots.c.id == found.id, slots.c.tries == found.tries, is_open)
                .values(state=SlotState.RUNNING.value, owner=self.owner, tries=found.tries + 1)
                .returning(slots)
            ).first()
        return None if taken is None else _load(taken)

    def record(self, known: KnownSlot, now: datetime, telling: Telling | None = None) -> bool:
        """Record how a slot stands by now, with what is told of it; one that waits is given back.

        False, and nothing is told, where it is another process's by now.
        """
        with self.database.begin() as connection:
            changed = connection.execute(
                update(slots)
                .where(
                    slots.c.id == known.slot.id,
                    slots.c.owner == self.owner,
                    slots.c.state == SlotState.RUNNING.value,
                )
                .values(
                    state=known.state.value,
                    owner=self.owner if known.state.ended else "",
                    ended_at=known.ended_at,
                    not_before=known.not_before,
                    outcome=known.outcome,
                )
            )
            if changed.rowcount and telling is not None:
                keep_telling(connection, telling, now)
        return changed.rowcount == 1

    def owners(self) -> frozenset[str]:
        """Return the processes that have begun slots, dead or alive."""
        query = select(slots.c.owner).where(slots.c.state == SlotState.RUNNING.value).distinct()
        with self.database.begin() as connection:
            return frozenset(row.owner for row in connection.execute(query).all())

    def release(self, dead: frozenset[str]) -> None:
        """Give back what dead processes had begun."""
        with self.database.begin() as connection:
            connection.execute(
                update(slots)
                .where(slots.c.state == SlotState.RUNNING.value, slots.c.owner.in_(dead))
                .values(state=SlotState.WAITING.value, owner="", not_before=None)
            )

    def _insert(self, known: KnownSlot, owner: str) -> bool:
        row = {
            "id": known.slot.id,
            "schedule": known.slot.schedule.value,
            "due": known.slot.due,
            "state": known.state.value,
            "owner": owner,
            "tries": known.tries,
            "begun_at": known.begun_at,
            "ended_at": known.ended_at,
            "outcome": known.outcome,
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(slots).values(row))
        except IntegrityError:
            return False
        return True


def _load(row: Row[tuple[object, ...]]) -> KnownSlot:
    return KnownSlot(
        slot=Slot(ScheduleName(row.schedule), row.due),
        state=SlotState(row.state),
        tries=row.tries,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        not_before=row.not_before,
        outcome=row.outcome,
    )
