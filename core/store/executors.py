"""The processes alive on a shared database: each beats, the silent ones are dead.

Every comparison uses the database's own clock, so the replicas' clocks need not agree.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from core.store.database import Database
from core.store.tables import Moment, executors


@dataclass(frozen=True, slots=True)
class ExecutorStore:
    """The `executors` table."""

    database: Database

    def beat(self, executor: str) -> None:
        """Say that this process is alive."""
        with self.database.begin() as connection:
            seen = connection.execute(
                update(executors).where(executors.c.id == executor).values(seen_at=func.now())
            )
            if not seen.rowcount:
                connection.execute(insert(executors).values(id=executor, seen_at=func.now()))

    def living(self, silent_for: timedelta) -> frozenset[str]:
        """Return the processes that beat within the last `silent_for`."""
        with self.database.begin() as connection:
            now = connection.execute(select(func.now(type_=Moment()))).scalar_one()
            rows = connection.execute(
                select(executors.c.id).where(executors.c.seen_at > now - silent_for)
            ).all()
        return frozenset(row.id for row in rows)

    def leave(self, executor: str) -> None:
        """Remove this process, so that others take over at once."""
        with self.database.begin() as connection:
            connection.execute(delete(executors).where(executors.c.id == executor))
