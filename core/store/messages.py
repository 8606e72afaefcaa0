"""The outbox: messages that have to be told, each edited in place until its last state is out.

`wanted` rises with every change of what a message tells; `told` is the number that the
channel has seen. A message whose numbers differ is stale. `claim` gives a stale message to
one teller at a time, so that an older state never overwrites a newer one.

A message may name a `parent`, another message's key: it is a reply in that one's thread, and is
told once that one is posted. People's answers have rank `ANSWER` and are told at once; an `ALERT`
waits for its channel's turn (`core.store.pace`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.call import Place
from core.store.database import Database
from core.store.pace import ALERT, ANSWER, hold, is_free, take_turn
from core.store.tables import channel_pace, messages

CLAIM = timedelta(seconds=45)
"""Longer than any single request to the chat may take; a dead teller's claim runs out."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the outbox.

    `ts` is empty until it is posted. `posting` is True where an earlier teller was about to
    post it and did not say how that ended: look before posting again. `claimed` is True
    while a teller has it. `content` is the message itself where it is kept, empty where it
    is rendered from what `key` names. `refused` is the code with which Slack did not take it
    in its channel; it is told on as soon as that has changed. `is_alert` tells what nobody asked
    for from an answer.
    """

    key: str
    place: Place
    ts: str
    content: str
    wanted: int
    told: int
    posting: bool
    claimed: bool
    troubles: int
    created_at: datetime
    refused: str = ""
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class MessageStore:
    """The `messages` table, as the teller `owner` sees it."""

    database: Database
    owner: str

    def put(self, key: str, place: Place, now: datetime, content: str = "") -> None:
        """Want a message told; a second put with the same key replaces what it says."""
        try:
            with self.database.begin() as connection:
                want_message(connection, key, place, now, content)
        except IntegrityError:  # another process wanted it at this moment; it is there now
            with self.database.begin() as connection:
                want_message(connection, key, place, now, content)

    def ensure(self, key: str, place: Place, now: datetime) -> None:
        """Want a message told unless it is wanted already."""
        if self.get(key) is None:
            self.put(key, place, now)

    def owners(self) -> frozenset[str]:
        """Return the tellers that have claimed messages, dead or alive."""
        query = select(messages.c.claimed_by).where(messages.c.claimed_by != "").distinct()
        with self.database.begin() as connection:
            return frozenset(row.claimed_by for row in connection.execute(query).all())

    def release(self, dead: frozenset[str]) -> None:
        """Give back what dead tellers had claimed."""
        with self.database.begin() as connection:
            connection.execute(
                update(messages)
                .where(messages.c.claimed_by.in_(dead))
                .values(claimed_by="", claimed_until=None)
            )

    def get(self, key: str) -> Told | None:
        """Read one message."""
        with self.database.begin() as connection:
            row = connection.execute(select(messages).where(messages.c.key == key)).first()
            return None if row is None else _told(connection, row)

    def stale(self, now: datetime, limit: int = 500) -> list[str]:
        """Return the keys of messages that somebody should tell now, answers first.

        Of the alerts only those whose turn it is: one for each channel that is free.
        """
        query = (
            select(messages.c.key, messages.c.channel_id, messages.c.rank)
            .outerjoin(channel_pace, channel_pace.c.channel_id == messages.c.channel_id)
            .where(_due(now), or_(messages.c.rank == ANSWER, is_free(now)))
            .order_by(messages.c.rank, messages.c.ts != "", messages.c.created_at)
        )
        keys: list[str] = []
        channels: set[str] = set()
        with self.database.begin() as connection:
            for row in connection.execute(query.limit(limit)).all():
                if row.rank == ANSWER or row.channel_id not in channels:
                    keys.append(row.key)
                if row.rank != ANSWER:
                    channels.add(row.channel_id)
        return keys

    def claim(self, key: str, now: datetime) -> Told | None:
        """Take a stale message for this teller; None where it is told, or not its turn."""
        with self.database.begin() as connection:
            wanted = connection.execute(
                select(messages.c.channel_id, messages.c.rank, messages.c.ts).where(
                    messages.c.key == key, _due(now)
                )
            ).first()
            if wanted is None:
                return None
            if (wanted.rank != ANSWER or not wanted.ts) and not take_turn(
                connection, wanted.channel_id, now, wanted.rank
            ):
                return None
            row = connection.execute(
                update(messages)
                .where(messages.c.key == key, _due(now))
                .values(claimed_by=self.owner, claimed_until=now + CLAIM)
                .returning(messages)
            ).first()
            return None if row is None else _told(connection, row)

    def hold(self, channel_id: str, until: datetime) -> None:
        """Let no alert into a channel before `until`, as Slack has asked to wait."""
        with self.database.begin() as connection:
            hold(connection, channel_id, until)

    def about_to_post(self, key: str, now: datetime) -> bool:
        """Record that posting begins: from here on the message may exist.

        False where the claim has run out and another teller has the message: posting it
        here, too, would double it.
        """
        return self._set(key, posting=True, claimed_until=now + CLAIM)

    def posted(self, key: str, ts: str) -> None:
        """Record the message's timestamp, its identity in the channel."""
        self._set(key, ts=ts, posting=False, refused="")

    def not_posted(self, key: str) -> None:
        """Record that posting was refused: the message does not exist."""
        self._set(key, posting=False)

    def refused(self, key: str, until: datetime, code: str) -> None:
        """Give back a message that its channel does not take, to be tried again at `until`."""
        self._set(
            key, claimed_by="", claimed_until=None, not_before=until, troubles=0, refused=code
        )

    def is_overtaken(self, told: Told) -> bool:
        """Whether a newer one of its series is wanted: a key that is the same up to the slash."""
        series = messages.c.key.startswith(told.key.rpartition("/")[0] + "/", autoescape=True)
        newer = series & (messages.c.created_at > told.created_at)
        with self.database.begin() as connection:
            return connection.execute(select(messages.c.key).where(newer)).first() is not None

    def lost(self, key: str) -> None:
        """Record that somebody deleted the message; it is to be posted anew."""
        self._set(key, ts="", posting=False, claimed_by="", claimed_until=None)

    def told(self, key: str, number: int, not_before: datetime) -> None:
        """Record what the channel has seen, and when the next edit may follow."""
        self._set(
            key, told=number, claimed_by="", claimed_until=None, not_before=not_before, troubles=0
        )

    def put_off(self, key: str, until: datetime, troubles: int) -> None:
        """Give the message back, to be tried again at `until`."""
        self._set(key, claimed_by="", claimed_until=None, not_before=until, troubles=troubles)

    def _set(self, key: str, **values: object) -> bool:
        with self.database.begin() as connection:
            changed = connection.execute(
                update(messages)
                .where(messages.c.key == key, messages.c.claimed_by == self.owner)
                .values(**values)
            )
        return changed.rowcount == 1


def touch(connection: Connection, key: str) -> None:
    """Mark a message as stale, in the transaction that changes what it tells."""
    connection.execute(
        update(messages).where(messages.c.key == key).values(wanted=messages.c.wanted + 1)
    )


def want_message(
    connection: Connection, key: str, place: Place, now: datetime, content: str
) -> None:
    """Want a message told, or told anew with another content, in somebody's transaction."""
    known = connection.execute(
        update(messages)
        .where(messages.c.key == key)
        .values(content=content, wanted=messages.c.wanted + 1)
    )
    if not known.rowcount:
        connection.execute(insert(messages).values(_new(key, place, now, content)))


def want_alert(
    connection: Connection, key: str, place: Place, now: datetime, parent: str = ""
) -> None:
    """Want an alert told, or told anew, in the transaction that changes what it tells."""
    known = connection.execute(select(messages.c.key).where(messages.c.key == key)).first()
    if known is not None:
        touch(connection, key)
        return
    row = _new(key, place, now, "") | {"rank": ALERT, "parent": parent}
    connection.execute(insert(messages).values(row))


def _new(key: str, place: Place, now: datetime, content: str) -> dict[str, object]:
    return {
        "key": key,
        "channel_id": place.channel_id,
        "thread_ts": place.thread_ts,
        "ts": "",
        "content": content,
        "wanted": 1,
        "told": 0,
        "posting": False,
        "claimed_by": "",
        "troubles": 0,
        "created_at": now,
    }


def _due(now: datetime) -> ColumnElement[bool]:
    return (
        (messages.c.told < messages.c.wanted)
        & or_(messages.c.claimed_until.is_(None), messages.c.claimed_until < now)
        & or_(messages.c.not_before.is_(None), messages.c.not_before <= now)
        & or_(messages.c.parent == "", _parent_is_posted())
    )


def _parent_is_posted() -> ColumnElement[bool]:
    parents = messages.alias("parents")
    return exists().where(and_(parents.c.key == messages.c.parent, parents.c.ts != ""))


def _told(connection: Connection, row: Row[tuple[object, ...]]) -> Told:
    thread_ts = row.thread_ts
    if row.parent:
        query = select(messages.c.ts).where(messages.c.key == row.parent)
        thread_ts = connection.execute(query).scalar() or ""
    return Told(
        key=row.key,
        place=Place(row.channel_id, thread_ts),
        ts=row.ts,
        content=row.content,
        wanted=row.wanted,
        told=row.told,
        posting=row.posting,
        claimed=bool(row.claimed_by),
        troubles=row.troubles,
        created_at=row.created_at,
        refused=row.refused,
        is_alert=row.rank == ALERT,
    )
