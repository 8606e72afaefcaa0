"""Requests as received: each kept once, until it is answered and after, as the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.call import Actor, Call, Door, Place
from core.store.database import Database
from core.store.tables import calls, operations, proposals


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One request with what came of it; `outcome` is empty where it is not answered yet.

    `became` is how the operation stands that it set going, or the plan that it asked for.
    """

    call: Call
    outcome: str
    operation_id: str
    answered_at: datetime | None
    became: str = ""


class CallStore:
    """The `calls` table. `owner` is the process that answers."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    def receive(self, call: Call) -> bool:
        """Keep a request; return False where the same request is there already."""
        row = {
            "request_id": call.request_id,
            "team_id": call.actor.team_id,
            "actor_id": call.actor.user_id,
            "actor_name": call.actor.name,
            "door": call.door.value,
            "channel_id": call.place.channel_id,
            "thread_ts": call.place.thread_ts,
            "words": call.words,
            "response_url": call.response_url,
            "received_at": call.at,
            "owner": self._owner,
            "outcome": "",
            "operation_id": "",
        }
        try:
            with self._database.begin() as connection:
                connection.execute(insert(calls).values(row))
        except IntegrityError:
            if not self._kept(call.request_id):
                raise  # it is not there already: something else is wrong with it
            return False
        return True

    def answered(self, request_id: str, at: datetime, outcome: str, operation_id: str = "") -> None:
        """Record what came of a request. `response_url`, a capability, is forgotten."""
        with self._database.begin() as connection:
            connection.execute(
                update(calls)
                .where(calls.c.request_id == request_id)
                .values(answered_at=at, outcome=outcome, operation_id=operation_id, response_url="")
            )

    def owners(self) -> frozenset[str]:
        """Return the processes that have requests to answer, dead or alive."""
        query = select(calls.c.owner).where(calls.c.answered_at.is_(None)).distinct()
        with self._database.begin() as connection:
            return frozenset(row.owner for row in connection.execute(query).all())

    def adopt_unanswered(self, dead: frozenset[str]) -> list[Call]:
        """Take over the requests whose owner is dead, oldest first.

        Each goes to one taker only, however many ask at once.
        """
        with self._database.begin() as connection:
            taken = connection.execute(
                update(calls)
                .where(calls.c.answered_at.is_(None), calls.c.owner.in_(dead))
                .values(owner=self._owner)
                .returning(calls)
            ).all()
        return sorted((_call(row) for row in taken), key=lambda call: call.at)

    def _kept(self, request_id: str) -> bool:
        query = select(calls.c.request_id).where(calls.c.request_id == request_id)
        with self._database.begin() as connection:
            return connection.execute(query).first() is not None

    def latest(self, limit: int) -> list[AuditEntry]:
        """Return the newest requests first."""
        query = select(calls).order_by(calls.c.received_at.desc()).limit(limit)
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return [
            AuditEntry(_call(row), row.outcome, row.operation_id, row.answered_at) for row in rows
        ]

    def audit(self, limit: int) -> list[AuditEntry]:
        """Return the newest requests first, each with how its operation or plan stands."""
        became = func.coalesce(operations.c.state, proposals.c.state, "")
        query = (
            select(calls, became.label("became"))
            .outerjoin(operations, operations.c.id == calls.c.operation_id)
            .outerjoin(proposals, proposals.c.id == calls.c.operation_id)
            .order_by(calls.c.received_at.desc())
            .limit(limit)
        )
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return [
            AuditEntry(_call(row), row.outcome, row.operation_id, row.answered_at, row.became)
            for row in rows
        ]


def _call(row: Row[tuple[object, ...]]) -> Call:
    return Call(
        request_id=row.request_id,
        actor=Actor(row.actor_id, row.team_id, row.actor_name),
        door=Door(row.door),
        place=Place(row.channel_id, row.thread_ts),
        words=row.words,
        at=row.received_at,
        response_url=row.response_url,
    )
