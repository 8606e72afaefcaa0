"""Saved inventories: every object of a version that a sync has proven complete."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from core.cache.inventory import Inventory
from core.store.database import Database
from core.store.tables import inventories

_INVENTORY = TypeAdapter(Inventory)


@dataclass(frozen=True, slots=True)
class InventoryStore:
    """The `inventories` table, for one bucket."""

    database: Database
    bucket: str

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Keep an inventory; one of the same version that is kept already stays.

        The first was taken from what had just been proven. Later the version may have lost a
        file that nobody looks for, and only the first one tells.
        """
        row = {
            "bucket": self.bucket,
            "version": inventory.version,
            "manifest_generation": str(inventory.manifest_generation),
            "objects": _INVENTORY.dump_json(inventory).decode(),
            "saved_at": at,
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(inventories).values(row))
        except IntegrityError:
            if not self.has(inventory.version):
                raise

    def has(self, version: str) -> bool:
        """Whether there is one of that version."""
        query = select(inventories.c.version).where(
            inventories.c.bucket == self.bucket, inventories.c.version == version
        )
        with self.database.begin() as connection:
            return connection.execute(query).first() is not None

    def get(self, version: str) -> Inventory | None:
        """Return the inventory of a version, None where there is none."""
        query = select(inventories.c.objects).where(
            inventories.c.bucket == self.bucket, inventories.c.version == version
        )
        with self.database.begin() as connection:
            kept = connection.execute(query).scalar()
        return None if kept is None else _INVENTORY.validate_json(kept)

    def all(self) -> dict[str, Inventory]:
        """Return every inventory by version."""
        query = select(inventories.c.version, inventories.c.objects).where(
            inventories.c.bucket == self.bucket
        )
        with self.database.begin() as connection:
            rows = connection.execute(query).all()
        return {row.version: _INVENTORY.validate_json(row.objects) for row in rows}
