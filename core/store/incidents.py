"""Incidents as they are known: one row each, changed by every notice, never told twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.alerts.incident_notices import added, closed, first, is_late, is_repeat, opened_anew
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Subject
from core.store.database import Database
from core.store.diagnoses import want_diagnosis_anew
from core.store.incident_rows import NOTICE, known_incidents, load_incident
from core.store.messages import touch
from core.store.tables import incidents, messages_seen

About = Callable[[Notice], Subject]
"""Tells what an incident is about, by all that is known of it."""


@dataclass(frozen=True, slots=True)
class IncidentStore:
    """The `incidents` table."""

    database: Database

    def take(self, notice: Notice, about: About, now: datetime, message: str = "") -> bool:
        """Keep a notice; return whether it changed the incident's state or made it known.

        The same word again counts, and adds what was not told before; a close that comes before
        its open makes the incident known as closed, and the late open only adds to it.
        `message` is the id under which the notice was delivered: what comes a second time under
        the same id is not even counted.
        """
        try:
            return self._take(notice, about, now, message)
        except IntegrityError:
            # Another process has taken the first word of it, or the message, at this moment.
            return self._take(notice, about, now, message)

    def forget_messages(self, before: datetime) -> None:
        """Forget the ids of messages that came before then."""
        with self.database.begin() as connection:
            connection.execute(delete(messages_seen).where(messages_seen.c.at < before))

    def _take(self, notice: Notice, about: About, now: datetime, message: str) -> bool:
        with self.database.begin() as connection:
            if message and _seen(connection, message, now):
                return False
            return _taken(connection, notice, about, now)

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


def _seen(connection: Connection, message: str, now: datetime) -> bool:
    """Note a message's id; return whether it was noted before."""
    query = select(messages_seen.c.id).where(messages_seen.c.id == message)
    if connection.execute(query).first() is not None:
        return True
    connection.execute(insert(messages_seen).values(id=message, at=now))
    return False


def _taken(connection: Connection, notice: Notice, about: About, now: datetime) -> bool:
    is_it = incidents.c.id == notice.incident
    query = known_incidents().where(is_it).with_for_update(of=incidents)
    row = connection.execute(query).first()
    if row is not None:
        return _change(connection, load_incident(row), notice, about, now)
    told = first(notice)
    connection.execute(
        insert(incidents).values(
            id=notice.incident,
            received_at=now,
            opens=1,
            notices=1,
            repeats=0,
            **_told(told, about),
            **_changed(notice, now),
        )
    )
    return True


def _change(
    connection: Connection, known: KnownIncident, notice: Notice, about: About, now: datetime
) -> bool:
    """Keep what a notice says; the messages of the incident tell it."""
    values: dict[str, object] = {
        "notices": known.notices + 1,
        "repeats": known.repeats + is_repeat(notice, known),
    }
    changed = notice.state is not known.state and not is_late(notice, known, now)
    if not changed:
        told = added(known.notice, notice)
    elif notice.state is IncidentState.CLOSED:
        told = closed(known.notice, notice)
    else:
        told = opened_anew(known.notice, notice, now)
        values["opens"] = known.opens + 1
    values |= _told(told, about) | (_changed(notice, now) if changed else {})
    connection.execute(update(incidents).where(incidents.c.id == notice.incident).values(values))
    if known.thread:
        touch(connection, known.thread)
    still_open = not changed and known.state is IncidentState.OPEN
    if still_open and about(told) is not known.subject:
        want_diagnosis_anew(connection, known, now)
    return changed


def _told(told: Notice, about: About) -> dict[str, object]:
    return {"notice": NOTICE.dump_json(told).decode(), "subject": about(told).value}


def _changed(notice: Notice, now: datetime) -> dict[str, object]:
    """Return what a change of the state changes."""
    values: dict[str, object] = {"state": notice.state.value, "changed_at": now, "behind": True}
    if notice.state is IncidentState.CLOSED:
        values["closed_at"] = min(notice.closed_at or now, now)
    return values
