"""Incidents as they are known: one row each, changed by every notice, never told twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Subject
from core.store.database import Database
from core.store.tables import incidents

_NOTICE = TypeAdapter(Notice)


@dataclass(frozen=True, slots=True)
class IncidentStore:
    """The `incidents` table."""

    database: Database

    def take(self, notice: Notice, subject: Subject, now: datetime) -> bool:
        """Keep a notice; return whether it changed the incident's state or made it known.

        The same word again only counts; a close that comes before its open makes the incident
        known as closed, and the late open is then only counted.
        """
        row = {
            "id": notice.incident,
            "state": notice.state.value,
            "subject": subject.value,
            "notice": _NOTICE.dump_json(notice).decode(),
            "received_at": now,
            "changed_at": now,
            "opens": 1,
            "notices": 1,
            "channel_id": "",
            "thread_ts": "",
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(incidents).values(row))
        except IntegrityError:
            with self.database.begin() as connection:
                return _change(connection, notice, now)
        return True

    def get(self, incident: IncidentId) -> KnownIncident | None:
        """Read one."""
        query = select(incidents).where(incidents.c.id == incident)
        with self.database.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else _load(row)

    def open(self) -> list[KnownIncident]:
        """Return those that are open, oldest first."""
        query = (
            select(incidents)
            .where(incidents.c.state == IncidentState.OPEN.value)
            .order_by(incidents.c.received_at)
        )
        with self.database.begin() as connection:
            return [_load(row) for row in connection.execute(query).all()]

    def changed_since(self, moment: datetime) -> list[KnownIncident]:
        """Return those whose state changed since then, newest change first."""
        query = (
            select(incidents)
            .where(incidents.c.changed_at >= moment)
            .order_by(incidents.c.changed_at.desc())
        )
        with self.database.begin() as connection:
            return [_load(row) for row in connection.execute(query).all()]


def _change(connection: Connection, notice: Notice, now: datetime) -> bool:
    is_it = incidents.c.id == notice.incident
    known = _load(connection.execute(select(incidents).where(is_it).with_for_update()).one())
    changed = notice.state is not known.state and not _late(notice, known)
    values: dict[str, object] = {"notices": known.notices + 1}
    if changed:
        values |= {
            "state": notice.state.value,
            "notice": _NOTICE.dump_json(notice).decode(),
            "changed_at": now,
            "opens": known.opens + (notice.state is IncidentState.OPEN),
        }
    connection.execute(update(incidents).where(is_it).values(values))
    return changed


def _late(notice: Notice, known: KnownIncident) -> bool:
    """Whether an open is the one whose close was heard of already."""
    begun, ended = notice.opened_at, known.notice.closed_at
    return notice.state is IncidentState.OPEN and (
        begun is None or ended is None or begun <= ended - timedelta(seconds=1)
    )


def _load(row: Row[tuple[object, ...]]) -> KnownIncident:
    return KnownIncident(
        notice=_NOTICE.validate_json(row.notice),
        subject=Subject(row.subject),
        state=IncidentState(row.state),
        received_at=row.received_at,
        changed_at=row.changed_at,
        opens=row.opens,
        notices=row.notices,
        channel_id=row.channel_id,
        thread_ts=row.thread_ts,
    )
