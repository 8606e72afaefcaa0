"""The outbox: messages that have to be told, each edited in place until its last state is out.

`wanted` rises with every change of what a message tells; `told` is the number that the
channel has seen. A message whose numbers differ is stale. `claim` gives a stale message to
one teller at a time, so that an older state never overwrites a newer one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.call import Place
from core.store.database import Database
from core.store.tables import messages

CLAIM = timedelta(seconds=45)
"""Longer than any single request to the chat may take; a dead teller's claim runs out."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the outbox.

    `ts` is empty until it is posted. `posting` is True where an earlier teller was about to
    post it and did not say how that ended: look before posting again. `claimed` is True
    while a teller has it. `content` is the message itself where it is kept, empty where it
    is rendered from what `key` names.
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


@dataclass(frozen=True, slots=True)
class MessageStore:
    """The `messages` table, as the teller `owner` sees it."""

    database: Database
    owner: str

    def put(self, key: str, place: Place, now: datetime, content: str = "", ts: str = "") -> None:
        """Want a message told; a second put with the same key replaces what it says."""
        row = {
            "key": key,
            "channel_id": place.channel_id,
            "thread_ts": place.thread_ts,
            "ts": ts,
            "content": content,
            "wanted": 1,
            "told": 0,
            "posting": False,
            "claimed_by": "",
            "troubles": 0,
            "created_at": now,
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(messages).values(row))
        except IntegrityError:
            with self.database.begin() as connection:
                connection.execute(
                    update(messages).where(messages.c.key == key).values(content=content)
                )
                touch(connection, key)

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
        return None if row is None else _told(row)

    def stale(self, now: datetime, limit: int = 50) -> list[str]:
        """Return the keys of messages that somebody should tell now, oldest first."""
        query = select(messages.c.key).where(_due(now)).order_by(messages.c.created_at)
        with self.database.begin() as connection:
            return [row.key for row in connection.execute(query.limit(limit)).all()]

    def claim(self, key: str, now: datetime) -> Told | None:
        """Take a stale message for this teller; None where another has it or it is told."""
        with self.database.begin() as connection:
            row = connection.execute(
                update(messages)
                .where(messages.c.key == key, _due(now))
                .values(claimed_by=self.owner, claimed_until=now + CLAIM)
                .returning(messages)
            ).first()
        return None if row is None else _told(row)

    def about_to_post(self, key: str, now: datetime) -> bool:
        """Record that posting begins: from here on the message may exist.

        False where the claim has run out and another teller has the message: posting it
        here, too, would double it.
        """
        return self._set(key, posting=True, claimed_until=now + CLAIM)

    def posted(self, key: str, ts: str) -> None:
        """Record the message's timestamp, its identity in the channel."""
        self._set(key, ts=ts, posting=False)

    def not_posted(self, key: str) -> None:
        """Record that posting was refused: the message does not exist."""
        self._set(key, posting=False)

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


def _due(now: datetime) -> ColumnElement[bool]:
    return (
        (messages.c.told < messages.c.wanted)
        & or_(messages.c.claimed_until.is_(None), messages.c.claimed_until < now)
        & or_(messages.c.not_before.is_(None), messages.c.not_before <= now)
    )


def _told(row: Row[tuple[object, ...]]) -> Told:
    return Told(
        key=row.key,
        place=Place(row.channel_id, row.thread_ts),
        ts=row.ts,
        content=row.content,
        wanted=row.wanted,
        told=row.told,
        posting=row.posting,
        claimed=bool(row.claimed_by),
        troubles=row.troubles,
        created_at=row.created_at,
    )
