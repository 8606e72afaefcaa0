"""Deleting old rows: of everything that has ended, and nothing that is as young as what is open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, union_all

from core.alerts.incidents import IncidentState
from core.operations import OperationId, OperationState
from core.proposals import ProposalState
from core.schedules.slots import SlotState
from core.store.database import Database
from core.store.tables import (
    calls,
    diagnoses,
    incidents,
    messages,
    operations,
    pictures,
    proposals,
    samples,
    slots,
    steps,
)

_ENDED = [state.value for state in OperationState if state.finished]
_CLOSED = [state.value for state in SlotState if state.ended]
_OPEN_PROPOSAL, _OPEN_INCIDENT = ProposalState.OPEN.value, IncidentState.OPEN.value


@dataclass(frozen=True, slots=True)
class RetentionStore:
    """Every table that grows."""

    database: Database

    def oldest_open(self) -> datetime | None:
        """Return since when the oldest thing is open that is; what belongs to it is no older."""
        open_since = union_all(
            select(calls.c.received_at.label("at")).where(calls.c.answered_at.is_(None)),
            select(operations.c.created_at).where(operations.c.state.not_in(_ENDED)),
            select(proposals.c.created_at).where(proposals.c.state == _OPEN_PROPOSAL),
            select(incidents.c.received_at).where(incidents.c.state == _OPEN_INCIDENT),
            select(slots.c.due).where(slots.c.state.not_in(_CLOSED)),
        ).subquery()
        with self.database.begin() as connection:
            found: datetime | None = connection.execute(
                select(func.min(open_since.c.at, type_=calls.c.received_at.type))
            ).scalar_one()
        return found

    def forget(
        self, records: datetime, answers: datetime, spared: Collection[OperationId] = ()
    ) -> dict[str, int]:
        """Delete what had ended before `records`, and answers told before `answers`.

        `spared` are operations that stay however old they are. Returns how many rows went, by
        what they were. The newest slot of a schedule stays: what is due next is reckoned from it.
        """
        newest = select(func.max(slots.c.due)).group_by(slots.c.schedule)
        old = and_(
            operations.c.state.in_(_ENDED),
            operations.c.finished_at < records,
            operations.c.id.not_in(spared),
        )
        with self.database.begin() as connection:
            gone = diagnoses.c.incident_id.not_in(select(incidents.c.id))
            connection.execute(delete(diagnoses).where(gone))
            parts = select(operations.c.id).where(old)
            connection.execute(delete(steps).where(steps.c.operation_id.in_(parts)))
        return {
            "request": self._delete(
                calls, calls.c.answered_at.is_not(None) & (calls.c.received_at < records)
            ),
            "operation": self._delete(operations, old),
            "plan": self._delete(
                proposals,
                (proposals.c.state != _OPEN_PROPOSAL) & (proposals.c.created_at < records),
            ),
            "incident": self._delete(
                incidents,
                (incidents.c.state != _OPEN_INCIDENT) & (incidents.c.changed_at < records),
            ),
            "slot": self._delete(
                slots,
                slots.c.state.in_(_CLOSED) & (slots.c.due < records) & slots.c.due.not_in(newest),
            ),
            "message": self._delete(messages, _told(records, answers)),
            "diagnosis record": self._delete(diagnoses, diagnoses.c.wanted_at < records),
            "picture": self._delete(pictures, pictures.c.created_at < answers),
            "daily sample": self._delete(samples, samples.c.day < records.date()),
        }

    def _delete(self, table: Table, which: ColumnElement[bool]) -> int:
        with self.database.begin() as connection:
            return connection.execute(delete(table).where(which)).rowcount


def _told(records: datetime, answers: datetime) -> ColumnElement[bool]:
    """Find messages that are told, and that nothing edits any more at their age."""
    is_answer = or_(messages.c.key.startswith("call:"), messages.c.key.startswith("slot:"))
    return (messages.c.told >= messages.c.wanted) & or_(
        messages.c.created_at < records, is_answer & (messages.c.created_at < answers)
    )
