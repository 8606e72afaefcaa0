"""The pictures that messages show: each uploaded once, its file remembered with the message.

A picture belongs to a message's key and is named by the digest of what it shows, so that an
edit that shows the same again, and a process that starts again, find the file that is there.
What changes a picture's state marks its message as stale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, insert, or_, select, update

from core.store.database import Database
from core.store.messages import touch
from core.store.tables import messages, pictures

CLAIM = timedelta(seconds=60)
"""Longer than drawing and the requests of one try may take together."""


class PictureState(StrEnum):
    """How far a picture has come. A file that is SHARED is known to Slack and not yet ready."""

    WANTED = "wanted"
    SENDING = "sending"
    SHARED = "shared"
    READY = "ready"
    FAILED = "failed"


_UNDER_WAY = (PictureState.WANTED.value, PictureState.SENDING.value, PictureState.SHARED.value)


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture that a message wants. `chart` is what to draw, as JSON."""

    digest: str
    chart: str
    alt: str


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture of a message. `chart` is what to draw, as JSON; `problem` why it failed."""

    message_key: str
    digest: str
    chart: str
    alt: str
    state: PictureState
    file_id: str
    problem: str
    tries: int
    shared_at: datetime | None


@dataclass(frozen=True, slots=True)
class PictureStore:
    """The `pictures` table, as the process `owner` sees it."""

    database: Database
    owner: str

    def of(self, message_key: str) -> dict[str, KeptPicture]:
        """Return the pictures of a message by digest."""
        query = select(pictures).where(pictures.c.message_key == message_key)
        with self.database.begin() as connection:
            return {row.digest: _kept(row) for row in connection.execute(query).all()}

    def claim(self, now: datetime) -> KeptPicture | None:
        """Take the oldest picture that something can be done for; None where there is none.

        That counts as a try, unless `put_off` says otherwise. Before its message is posted,
        nothing is done for a picture.
        """
        due = select(pictures.c.message_key, pictures.c.digest).where(_due(now))
        with self.database.begin() as connection:
            first = connection.execute(due.order_by(pictures.c.created_at).limit(1)).first()
            if first is None:
                return None
            row = connection.execute(
                update(pictures)
                .where(
                    pictures.c.message_key == first.message_key,
                    pictures.c.digest == first.digest,
                    _due(now),
                )
                .values(
                    claimed_by=self.owner, claimed_until=now + CLAIM, tries=pictures.c.tries + 1
                )
                .returning(pictures)
            ).first()
        return None if row is None else _kept(row)

    def sending(self, picture: KeptPicture, file_id: str) -> bool:
        """Record the file that is about to be sent; False where another process has it by now."""
        return self._set(picture, state=PictureState.SENDING.value, file_id=file_id)

    def shared(self, picture: KeptPicture, now: datetime) -> None:
        """Record that Slack has the whole file and looks at it."""
        self._set(
            picture,
            state=PictureState.SHARED.value,
            shared_at=now,
            claimed_by="",
            claimed_until=None,
        )

    def put_off(self, picture: KeptPicture, until: datetime, *, counts: bool) -> None:
        """Give it back, to be looked at again at `until`; `counts` where that was in vain."""
        self._set(
            picture,
            claimed_by="",
            claimed_until=None,
            not_before=until,
            tries=picture.tries if counts else picture.tries - 1,
        )

    def settle(self, picture: KeptPicture, state: PictureState, problem: str = "") -> None:
        """Record that it can be shown, or never will be, and have its message say so."""
        with self.database.begin() as connection:
            changed = connection.execute(
                update(pictures)
                .where(self._mine(picture))
                .values(state=state.value, problem=problem, claimed_by="", claimed_until=None)
            )
            if changed.rowcount:
                touch(connection, picture.message_key)

    def owners(self) -> frozenset[str]:
        """Return the processes that have claimed pictures, dead or alive."""
        query = select(pictures.c.claimed_by).where(pictures.c.claimed_by != "").distinct()
        with self.database.begin() as connection:
            return frozenset(row.claimed_by for row in connection.execute(query).all())

    def release(self, dead: frozenset[str]) -> None:
        """Give back what dead processes had claimed."""
        with self.database.begin() as connection:
            connection.execute(
                update(pictures)
                .where(pictures.c.claimed_by.in_(dead))
                .values(claimed_by="", claimed_until=None)
            )

    def _set(self, picture: KeptPicture, **values: object) -> bool:
        with self.database.begin() as connection:
            changed = connection.execute(
                update(pictures).where(self._mine(picture)).values(**values)
            )
        return changed.rowcount == 1

    def _mine(self, picture: KeptPicture) -> ColumnElement[bool]:
        return (
            (pictures.c.message_key == picture.message_key)
            & (pictures.c.digest == picture.digest)
            & (pictures.c.claimed_by == self.owner)
        )


def want_pictures(
    connection: Connection, message_key: str, wanted: Sequence[WantedPicture], now: datetime
) -> None:
    """Want exactly these pictures of a message; those there already stay, others are dropped."""
    of_message = pictures.c.message_key == message_key
    digests = [one.digest for one in wanted]
    connection.execute(delete(pictures).where(of_message, pictures.c.digest.not_in(digests)))
    known = set(connection.execute(select(pictures.c.digest).where(of_message)).scalars())
    for digest, one in {one.digest: one for one in wanted}.items():
        if digest not in known:
            row = {
                "message_key": message_key,
                "digest": digest,
                "chart": one.chart,
                "alt": one.alt,
                "state": PictureState.WANTED.value,
                "created_at": now,
            }
            connection.execute(insert(pictures).values(row))


def _due(now: datetime) -> ColumnElement[bool]:
    return (
        pictures.c.state.in_(_UNDER_WAY)
        & or_(pictures.c.claimed_until.is_(None), pictures.c.claimed_until < now)
        & or_(pictures.c.not_before.is_(None), pictures.c.not_before <= now)
        & exists().where(messages.c.key == pictures.c.message_key, messages.c.ts != "")
    )


def _kept(row: Row[tuple[object, ...]]) -> KeptPicture:
    return KeptPicture(
        message_key=row.message_key,
        digest=row.digest,
        chart=row.chart,
        alt=row.alt,
        state=PictureState(row.state),
        file_id=row.file_id,
        problem=row.problem,
        tries=row.tries,
        shared_at=row.shared_at,
    )
