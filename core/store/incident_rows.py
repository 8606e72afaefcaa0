"""Rows of incidents, and how they are read: with the timestamp of each one's thread."""

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, select

from core.alerts.incidents import IncidentState, KnownIncident, Notice, Subject
from core.store.tables import incidents, messages

NOTICE = TypeAdapter(Notice)
"""How what was said is kept in a row."""


def known_incidents() -> Select[tuple[object, ...]]:
    """Select incidents, with the timestamp of the root message of each one's thread."""
    root = messages.alias("root")
    return select(incidents, root.c.ts.label("root_ts")).outerjoin(
        root, root.c.key == incidents.c.thread
    )


def load_incident(row: Row[tuple[object, ...]]) -> KnownIncident:
    """Read an incident as `known_incidents` selects it."""
    return KnownIncident(
        notice=NOTICE.validate_json(row.notice),
        subject=Subject(row.subject),
        state=IncidentState(row.state),
        received_at=row.received_at,
        changed_at=row.changed_at,
        opens=row.opens,
        opens_told=row.opens_told,
        opens_before=row.opens_before,
        notices=row.notices,
        repeats=row.repeats,
        channel_id=row.channel_id,
        thread_ts=row.thread_ts or row.root_ts or "",
        thread=row.thread,
        position=row.position,
    )
