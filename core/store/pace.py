"""The pace of channels: one alert at a time in each, and people's answers before any alert.

Slack takes about one message a second in a channel and tolerates short bursts over it. People
get the bursts: an answer never waits, and the alerts fall back by as much. The turns are rows,
so that replicas share one pace.
Source: docs.slack.dev/apis/web-api/rate-limits
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.store.tables import channel_pace

ANSWER, ALERT = 0, 1
"""The ranks of messages: what a person waits for, and what the bot tells by itself."""

TURN = timedelta(seconds=1.2)
"""How long a channel is taken by one message; edits count, of which Slack takes 50 a minute."""


def take_turn(connection: Connection, channel_id: str, now: datetime, rank: int) -> bool:
    """Take a channel's turn; False where an alert has to wait for it."""
    is_it = channel_pace.c.channel_id == channel_id
    taken = connection.execute(
        update(channel_pace).where(is_it, channel_pace.c.free_at <= now).values(free_at=now + TURN)
    )
    if taken.rowcount:
        return True
    query = select(channel_pace.c.free_at).where(is_it).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        return _open(connection, channel_id, now + TURN) or rank == ANSWER
    if rank == ANSWER:
        hold(connection, channel_id, row.free_at + TURN)
    return rank == ANSWER


def hold(connection: Connection, channel_id: str, until: datetime) -> None:
    """Let no alert into a channel before `until`."""
    is_it = channel_pace.c.channel_id == channel_id
    known = connection.execute(select(channel_pace.c.channel_id).where(is_it)).first()
    if known is None:
        _open(connection, channel_id, until)
    later = channel_pace.c.free_at < until
    connection.execute(update(channel_pace).where(is_it, later).values(free_at=until))


def is_free(now: datetime) -> ColumnElement[bool]:
    """Whether a channel, outer-joined to something, lets an alert in now."""
    return or_(channel_pace.c.free_at.is_(None), channel_pace.c.free_at <= now)


def _open(connection: Connection, channel_id: str, free_at: datetime) -> bool:
    """Note a channel for the first time; False where somebody else has just done so."""
    try:
        with connection.begin_nested():
            connection.execute(insert(channel_pace).values(channel_id=channel_id, free_at=free_at))
    except IntegrityError:
        return False
    return True
