"""Saved inventories: every object of a version that a sync has proven complete."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from core.inventory import Inventory
from core.store.database import Database
from core.store.tables import inventories

_INVENTORY = TypeAdapter(Inventory)


@dataclass(frozen=True, slots=True)
class InventoryStore:
    """The `inventories` table, for one bucket."""

    database: Database
    bucket: str

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Keep an inventory; saving the same version again replaces it."""
        key = (inventories.c.bucket == self.bucket) & (inventories.c.version == inventory.version)
        with self.database.begin() as connection:
            connection.execute(delete(inventories).where(key))
            connection.execute(
                insert(inventories).values(
                    bucket=self.bucket,
                    version=inventory.version,
                    manifest_generation=str(inventory.manifest_generation),
                    objects=_INVENTORY.dump_json(inventory).decode(),
                    saved_at=at,
                )
            )

    def has(self, version: str) -> bool:
        """Whether there is one of that version."""
        query = select(inventories.c.version).where(
            inventories.c.bucket == self.bucket, inventories.c.version == version
        )
        with self.database.begin() as connection:
            return connection.execute(query).first() is not None

    def all(self) -> dict[str, Inventory]:
        """Return every inventory by version."""
        query = select(inventories.c.version, inventories.c.objects).where(
            inventories.c.bucket == self.bucket
        )
        with self.database.begin() as connection:
            rows = connection.execute(query).all()
        return {row.version: _INVENTORY.validate_json(row.objects) for row in rows}
