"""When something was last looked at, so that a restart goes on from there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from core.store.database import Database
from core.store.tables import looks

ALERTS = "alerts"
"""What Monitoring says of incidents."""


@dataclass(frozen=True, slots=True)
class LookStore:
    """The `looks` table."""

    database: Database

    def last(self, name: str) -> datetime | None:
        """Return when it was last looked at; None where it never was."""
        query = select(looks.c.looked_at).where(looks.c.name == name)
        with self.database.begin() as connection:
            return connection.execute(query).scalar()

    def looked(self, name: str, at: datetime) -> None:
        """Note that it was looked at."""
        with self.database.begin() as connection:
            changed = connection.execute(
                update(looks).where(looks.c.name == name).values(looked_at=at)
            )
            if not changed.rowcount:
                connection.execute(insert(looks).values(name=name, looked_at=at))
