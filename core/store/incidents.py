"""Incidents as they are known: one row each, changed by every notice, never told twice."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Subject
from core.store.database import Database
from core.store.messages import touch
from core.store.tables import incidents, messages, messages_seen

_NOTICE = TypeAdapter(Notice)
_TOLD = (
    "condition",
    "summary",
    "severity",
    "threshold",
    "observed",
    "url",
    "documentation",
    "service",
    "opened_at",
)


@dataclass(frozen=True, slots=True)
class IncidentStore:
    """The `incidents` table."""

    database: Database

    def take(self, notice: Notice, subject: Subject, now: datetime, message: str = "") -> bool:
        """Keep a notice; return whether it changed the incident's state or made it known.

        The same word again only counts; a close that comes before its open makes the incident
        known as closed, and the late open is then only counted. `message` is the id under which
        the notice was delivered: what comes a second time under the same id is not even counted.
        """
        try:
            return self._take(notice, subject, now, message)
        except IntegrityError:
            # Another process has taken the first word of it, or the message, at this moment.
            return self._take(notice, subject, now, message)

    def forget_messages(self, before: datetime) -> None:
        """Forget the ids of messages that came before then."""
        with self.database.begin() as connection:
            connection.execute(delete(messages_seen).where(messages_seen.c.at < before))

    def _take(self, notice: Notice, subject: Subject, now: datetime, message: str) -> bool:
        with self.database.begin() as connection:
            if message and _seen(connection, message, now):
                return False
            return _taken(connection, notice, subject, now)

    def get(self, incident: IncidentId) -> KnownIncident | None:
        """Read one."""
        query = known_incidents().where(incidents.c.id == incident)
        with self.database.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else load_incident(row)

    def open(self) -> list[KnownIncident]:
        """Return those that are open, oldest first."""
        query = (
            known_incidents()
            .where(incidents.c.state == IncidentState.OPEN.value)
            .order_by(incidents.c.received_at)
        )
        with self.database.begin() as connection:
            return [load_incident(row) for row in connection.execute(query).all()]

    def changed_since(self, moment: datetime) -> list[KnownIncident]:
        """Return those whose state changed since then, newest change first."""
        query = (
            known_incidents()
            .where(incidents.c.changed_at >= moment)
            .order_by(incidents.c.changed_at.desc())
        )
        with self.database.begin() as connection:
            return [load_incident(row) for row in connection.execute(query).all()]


def known_incidents() -> Select[tuple[object, ...]]:
    """Select incidents, with the timestamp of the root message of each one's thread."""
    root = messages.alias("root")
    return select(incidents, root.c.ts.label("root_ts")).outerjoin(
        root, root.c.key == incidents.c.thread
    )


def load_incident(row: Row[tuple[object, ...]]) -> KnownIncident:
    """Read an incident as `known_incidents` selects it."""
    return KnownIncident(
        notice=_NOTICE.validate_json(row.notice),
        subject=Subject(row.subject),
        state=IncidentState(row.state),
        received_at=row.received_at,
        changed_at=row.changed_at,
        opens=row.opens,
        notices=row.notices,
        channel_id=row.channel_id,
        thread_ts=row.thread_ts or row.root_ts or "",
        thread=row.thread,
        position=row.position,
    )


def _seen(connection: Connection, message: str, now: datetime) -> bool:
    """Note a message's id; return whether it was noted before."""
    query = select(messages_seen.c.id).where(messages_seen.c.id == message)
    if connection.execute(query).first() is not None:
        return True
    connection.execute(insert(messages_seen).values(id=message, at=now))
    return False


def _taken(connection: Connection, notice: Notice, subject: Subject, now: datetime) -> bool:
    is_it = incidents.c.id == notice.incident
    query = known_incidents().where(is_it).with_for_update(of=incidents)
    row = connection.execute(query).first()
    if row is not None:
        return _change(connection, load_incident(row), notice, now)
    connection.execute(
        insert(incidents).values(
            id=notice.incident,
            state=notice.state.value,
            subject=subject.value,
            notice=_NOTICE.dump_json(notice).decode(),
            received_at=now,
            changed_at=now,
            opens=1,
            notices=1,
            behind=True,
            closed_at=now if notice.state is IncidentState.CLOSED else None,
        )
    )
    return True


def _change(connection: Connection, known: KnownIncident, notice: Notice, now: datetime) -> bool:
    """Count a notice, and keep it where it changes the state; the thread's root tells both."""
    changed = notice.state is not known.state and not _late(notice, known)
    values: dict[str, object] = {"notices": known.notices + 1}
    if changed:
        values |= {
            "state": notice.state.value,
            "notice": _NOTICE.dump_json(_with_what_was_told(notice, known.notice)).decode(),
            "changed_at": now,
            "opens": known.opens + (notice.state is IncidentState.OPEN),
            "behind": True,
        }
        if notice.state is IncidentState.CLOSED:
            values["closed_at"] = now
    connection.execute(update(incidents).where(incidents.c.id == notice.incident).values(values))
    if known.thread:
        touch(connection, known.thread)
    return changed


def _with_what_was_told(notice: Notice, before: Notice) -> Notice:
    """Let a close that says less, such as one found out later, keep what the open has told."""
    if notice.state is IncidentState.OPEN:
        return notice
    told = {name: getattr(before, name) for name in _TOLD if not getattr(notice, name)}
    return replace(notice, **told)


def _late(notice: Notice, known: KnownIncident) -> bool:
    """Whether an open is the one whose close was heard of already."""
    begun, ended = notice.opened_at, known.notice.closed_at
    return notice.state is IncidentState.OPEN and (
        begun is None or ended is None or begun <= ended - timedelta(seconds=1)
    )
