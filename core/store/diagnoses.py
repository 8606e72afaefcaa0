"""Diagnoses that are wanted, made by one process each, and kept as they were concluded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from core.alerts.causes import Diagnosis
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident
from core.alerts.keys import diagnosis_key, is_storm
from core.call import Place
from core.store.database import Database
from core.store.incident_rows import known_incidents, load_incident
from core.store.messages import touch, want_alert
from core.store.tables import diagnoses, incidents

_DIAGNOSIS = TypeAdapter(Diagnosis)
_CLAIM = timedelta(seconds=30)
"""Longer than a diagnosis takes; that of a dead process is made anew by another."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A diagnosis to be made: of which incident, and of which time that it opened."""

    key: str
    incident: IncidentId
    opens: int


@dataclass(frozen=True, slots=True)
class DiagnosisStore:
    """The `diagnoses` table."""

    database: Database

    def waiting(self, now: datetime) -> int:
        """Count those that are wanted and that nobody makes."""
        query = select(func.count()).select_from(diagnoses).where(_waits(now))
        with self.database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def take(self, now: datetime) -> Wanted | None:
        """Take the oldest that is wanted and that nobody makes."""
        query = select(diagnoses.c.key).where(_waits(now)).order_by(diagnoses.c.wanted_at).limit(1)
        with self.database.begin() as connection:
            key = connection.execute(query).scalar()
            row = connection.execute(
                update(diagnoses)
                .where(diagnoses.c.key == key, _waits(now))
                .values(claimed_until=now + _CLAIM)
                .returning(diagnoses)
            ).first()
        return None if row is None else Wanted(row.key, IncidentId(row.incident_id), row.opens)

    def conclude(
        self, wanted: Wanted, diagnosis: Diagnosis, known: KnownIncident, now: datetime
    ) -> None:
        """Keep a conclusion and want it told in the incident's thread.

        One that was wanted anew meanwhile is not kept: it was made with less than is known.
        """
        with self.database.begin() as connection:
            kept = connection.execute(
                update(diagnoses)
                .where(diagnoses.c.key == wanted.key, diagnoses.c.claimed_until.is_not(None))
                .values(conclusion=_DIAGNOSIS.dump_json(diagnosis).decode())
            )
            if kept.rowcount == 0:
                return
            place = Place(known.channel_id, "" if known.thread else known.thread_ts)
            want_alert(connection, wanted.key, place, now, parent=known.thread)

    def drop(self, wanted: Wanted, now: datetime) -> None:
        """Forget one whose incident has moved on; in a storm's list the next one gets it."""
        itself = known_incidents().where(incidents.c.id == wanted.incident)
        with self.database.begin() as connection:
            connection.execute(delete(diagnoses).where(diagnoses.c.key == wanted.key))
            row = connection.execute(itself).first()
            if row is None or not is_storm(row.thread):
                return
            following = connection.execute(_open_alike(load_incident(row))).first()
            if following is not None:
                want_diagnosis(connection, load_incident(following), now)

    def get(self, key: str) -> tuple[Wanted, Diagnosis] | None:
        """Read what was concluded."""
        with self.database.begin() as connection:
            row = connection.execute(select(diagnoses).where(diagnoses.c.key == key)).first()
        if row is None or not row.conclusion:
            return None
        wanted = Wanted(row.key, IncidentId(row.incident_id), row.opens)
        return wanted, _DIAGNOSIS.validate_json(row.conclusion)


def _waits(now: datetime) -> ColumnElement[bool]:
    free = or_(diagnoses.c.claimed_until.is_(None), diagnoses.c.claimed_until < now)
    return (diagnoses.c.conclusion == "") & free


def want_diagnosis(connection: Connection, known: KnownIncident, now: datetime) -> None:
    """Want a diagnosis of an incident as it has opened, once; of a storm one of a kind."""
    key = diagnosis_key(known)
    if connection.execute(select(diagnoses.c.key).where(diagnoses.c.key == key)).first():
        return
    if is_storm(known.thread) and _another_has_one(connection, known):
        return
    row = {"key": key, "incident_id": known.id, "opens": known.opens, "wanted_at": now}
    connection.execute(insert(diagnoses).values(conclusion="", **row))


def _open_alike(known: KnownIncident) -> Select[tuple[object, ...]]:
    """Select what is open of the same kind in the same thread, in its order."""
    return (
        known_incidents()
        .where(
            incidents.c.thread == known.thread,
            incidents.c.subject == known.subject.value,
            incidents.c.state == IncidentState.OPEN.value,
        )
        .order_by(incidents.c.position)
    )


def _another_has_one(connection: Connection, known: KnownIncident) -> bool:
    """Whether one of the same kind, still as it was then, has or gets a diagnosis."""
    its_own = and_(
        diagnoses.c.incident_id == incidents.c.id, diagnoses.c.opens == incidents.c.opens
    )
    query = _open_alike(known).join(diagnoses, its_own).where(incidents.c.id != known.id)
    return connection.execute(query.limit(1)).first() is not None


def want_diagnosis_anew(connection: Connection, known: KnownIncident, now: datetime) -> None:
    """Want a diagnosis made again, where there was one: more is known of the incident now."""
    connection.execute(
        update(diagnoses)
        .where(diagnoses.c.key == diagnosis_key(known))
        .values(conclusion="", claimed_until=None, wanted_at=now)
    )


def touch_diagnoses(connection: Connection, incident: IncidentId) -> None:
    """Have what was concluded of an incident told anew: its buttons may be past."""
    query = select(diagnoses.c.key).where(diagnoses.c.incident_id == incident)
    for row in connection.execute(query).all():
        touch(connection, row.key)
