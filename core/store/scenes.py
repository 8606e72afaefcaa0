"""What there is as an incident comes: threads gone quiet, and how many others come with it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, exists, func, or_, select

from core.alerts.incidents import IncidentState, KnownIncident, asked_for, place_elsewhere
from core.alerts.threads import STORM_LASTS, Rules, Scene
from core.store.incident_rows import known_incidents, load_incident
from core.store.tables import incidents

_MINUTE = timedelta(minutes=1)


def scene_of(connection: Connection, known: KnownIncident, rules: Rules) -> Scene:
    """Read what there is as an incident comes."""
    storms = (
        select(incidents.c.thread)
        .where(_heard_at() > known.heard_at - STORM_LASTS, incidents.c.thread.startswith("storm:"))
        .order_by(_heard_at().desc())
        .limit(1)
    )
    return Scene(
        quiet=_quiet(connection, known, rules),
        in_a_minute=_heard_with(connection, known),
        storm=connection.execute(storms).scalar() or "",
    )


def one_of_many(connection: Connection, known: KnownIncident, rules: Rules) -> bool:
    """Whether it came by itself, with a storm of other apps' alerts, and not the first of a kind.

    One diagnosis of a kind is enough then; whoever wants another one asks by the shortcut.
    """
    if asked_for(known.id):
        return False
    query = select(incidents.c.subject).where(
        incidents.c.id != known.id,
        incidents.c.id.startswith("channel:"),
        incidents.c.channel_id == place_elsewhere(known.id).channel_id,
        *_near(known),
    )
    subjects = connection.execute(query).scalars().all()
    return len(subjects) >= rules.storm and known.subject.value in subjects


def _quiet(connection: Connection, known: KnownIncident, rules: Rules) -> list[KnownIncident]:
    """Return those that closed lately in threads where nothing is open, itself first of all.

    It may go on in a storm's list, too, where it was before; others may not.
    """
    itself = incidents.c.id == known.id
    others = incidents.alias("others")
    busy = exists().where(
        others.c.thread == incidents.c.thread,
        others.c.state == IncidentState.OPEN.value,
        others.c.id != known.id,
    )
    query = (
        known_incidents()
        .where(
            incidents.c.closed_at >= known.began - rules.flap,
            or_(itself, incidents.c.state == IncidentState.CLOSED.value),
            or_(
                incidents.c.thread.startswith("incident:") & ~busy,
                incidents.c.thread.startswith("storm:") & itself,
            ),
        )
        .order_by(case((itself, 0), else_=1), incidents.c.closed_at.desc())
    )
    found = [load_incident(row) for row in connection.execute(query).all()]
    return [one for one in found if not one.notice.test]


def _heard_with(connection: Connection, known: KnownIncident) -> int:
    """Count those already told that were heard of within a minute of this one.

    What counts is when each was kept, not when it is told: the teller may have been away.
    """
    query = select(func.count()).where(
        incidents.c.id != known.id,
        incidents.c.thread != "",
        *_near(known),
    )
    return int(connection.execute(query).scalar_one())


def _near(known: KnownIncident) -> tuple[ColumnElement[bool], ...]:
    """Select what was heard of within a minute of it."""
    return (
        _heard_at() > known.heard_at - _MINUTE,
        _heard_at() < known.heard_at + _MINUTE,
    )


def _heard_at() -> ColumnElement[datetime]:
    """Select `KnownIncident.heard_at`."""
    is_open = incidents.c.state == IncidentState.OPEN.value
    return case((is_open, incidents.c.changed_at), else_=incidents.c.received_at)
