"""The threads of incidents: each change of an incident wants its messages told, exactly once.

A change and the messages that tell of it are one transaction, which one process at a time makes:
whatever dies in between, nothing is told twice or not at all.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, select, text, update

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, place_elsewhere
from core.alerts.keys import flap_key, is_storm, page_key
from core.alerts.threads import Choice, Rules, Scene, choose, told_elsewhere, wants_diagnosis
from core.call import Place
from core.store.database import Database
from core.store.diagnoses import touch_diagnoses, want_diagnosis
from core.store.incident_rows import known_incidents, load_incident
from core.store.messages import touch, want_alert
from core.store.scenes import one_of_many, scene_of
from core.store.tables import incidents

_LOCK = 724051987


@dataclass(frozen=True, slots=True)
class ThreadStore:
    """The threads, out of the `incidents`, `messages` and `diagnoses` tables."""

    database: Database

    def behind(self, limit: int = 100) -> list[IncidentId]:
        """Return the incidents that have changed since they were told, oldest first."""
        query = (
            select(incidents.c.id)
            .where(incidents.c.behind)
            .order_by(incidents.c.changed_at)
            .limit(limit)
        )
        with self.database.begin() as connection:
            return [IncidentId(row.id) for row in connection.execute(query).all()]

    def follow(self, incident: IncidentId, rules: Rules, now: datetime) -> bool:
        """Want told what has changed of an incident; False where that was done already."""
        with self.database.begin() as connection:
            _one_at_a_time(connection)
            is_it = incidents.c.id == incident
            query = known_incidents().where(is_it, incidents.c.behind)
            row = connection.execute(query.with_for_update(of=incidents)).first()
            if row is None:
                return False
            known = load_incident(row)
            if told_elsewhere(known):
                _follow_elsewhere(connection, known, rules, now)
            elif rules.channel_id:
                scene = scene_of(connection, known, rules)
                _follow(connection, known, scene, rules, now)
            connection.execute(
                update(incidents).where(is_it).values(behind=False, opens_told=known.opens)
            )
        return True

    def members(self, thread: str) -> list[KnownIncident]:
        """Return the incidents of a thread in the order that they came into it."""
        query = (
            known_incidents()
            .where(incidents.c.thread == thread)
            .order_by(incidents.c.position, incidents.c.received_at)
        )
        with self.database.begin() as connection:
            return [load_incident(row) for row in connection.execute(query).all()]


def touch_roots(connection: Connection, since: datetime) -> None:
    """Have told anew the roots of what has closed since then: they say what was done meanwhile."""
    query = select(incidents.c.thread).where(
        incidents.c.changed_at >= since,
        incidents.c.state == IncidentState.CLOSED.value,
        incidents.c.thread != "",
    )
    for thread in sorted(connection.execute(query.distinct()).scalars().all()):
        touch(connection, thread)


def _one_at_a_time(connection: Connection) -> None:
    """Wait for another replica that chooses a thread; on SQLite there is no other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))


def _follow(
    connection: Connection, known: KnownIncident, scene: Scene, rules: Rules, now: datetime
) -> None:
    choice = choose(known, scene, rules)
    place = Place(rules.channel_id)
    known = _placed(connection, known, choice, rules)
    want_alert(connection, choice.thread, place, now)
    page = page_key(choice.thread, known.position)
    if page != choice.thread:
        want_alert(connection, page, place, now, parent=choice.thread)
    if choice.is_flap:
        note = flap_key(known, _openings(connection, known))
        want_alert(connection, note, place, now, parent=choice.thread)
    if wants_diagnosis(known):
        want_diagnosis(connection, known, now)
    touch_diagnoses(connection, known.id)


def _follow_elsewhere(
    connection: Connection, known: KnownIncident, rules: Rules, now: datetime
) -> None:
    place = place_elsewhere(known.id)
    connection.execute(
        update(incidents)
        .where(incidents.c.id == known.id)
        .values(channel_id=place.channel_id, thread_ts=place.thread_ts)
    )
    if wants_diagnosis(known) and not one_of_many(connection, known, rules):
        want_diagnosis(connection, known, now)
    touch_diagnoses(connection, known.id)


def _placed(
    connection: Connection, known: KnownIncident, choice: Choice, rules: Rules
) -> KnownIncident:
    """Put an incident into its thread, behind those that are in it; the old one tells no more."""
    if known.thread == choice.thread:
        return known
    for key in {known.thread, page_key(known.thread, known.position)} - {""}:
        touch(connection, key)
    query = select(func.max(incidents.c.position)).where(incidents.c.thread == choice.thread)
    last = connection.execute(query).scalar()
    placed = replace(
        known,
        thread=choice.thread,
        position=0 if last is None else last + 1,
        channel_id=rules.channel_id,
        opens_before=known.opens_told,
    )
    names = ("thread", "position", "channel_id", "opens_before")
    connection.execute(
        update(incidents)
        .where(incidents.c.id == known.id)
        .values({name: getattr(placed, name) for name in names})
    )
    return placed


def _openings(connection: Connection, known: KnownIncident) -> int:
    """Count how often the incidents of its thread have opened; in a list each is by itself."""
    if is_storm(known.thread):
        return known.openings
    openings = incidents.c.opens - incidents.c.opens_before
    query = select(func.sum(openings)).where(incidents.c.thread == known.thread)
    return int(connection.execute(query).scalar() or 0)
