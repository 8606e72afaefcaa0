"""Inventories: what a verified version consisted of, object by object.

The manifest lists no files, so only an inventory proves later that a version is complete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.cache.objects import MANIFEST, OLLAMA, SBERT, Generation, StoredObject, VersionKey


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """One object of a version. `crc32c` is base64 as Cloud Storage reports it."""

    name: str
    generation: Generation
    size_bytes: int
    crc32c: str
    link: str = ""

    @property
    def content(self) -> tuple[int, str, str]:
        """What a version of an object has to have in common with it."""
        return self.size_bytes, self.crc32c, self.link

    @property
    def key(self) -> VersionKey:
        """What names this version in its bucket."""
        return (self.name, self.generation)

    def is_live(self, live: Mapping[str, StoredObject]) -> bool:
        """Tell whether its content is live, under whatever generation."""
        return self.name in live and live[self.name].content == self.content


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every object of one version: the models and `manifest.json`, sorted by name."""

    version: str
    manifest_generation: Generation
    items: tuple[InventoryItem, ...]


def take_inventory(
    version: str, manifest_generation: Generation, live: Iterable[StoredObject]
) -> Inventory:
    """Record the live objects that make up `version`."""
    kept = (one for one in live if one.name == MANIFEST or one.name.startswith((OLLAMA, SBERT)))
    return Inventory(
        version,
        manifest_generation,
        tuple(
            InventoryItem(one.name, one.generation, *one.content)
            for one in sorted(kept, key=lambda one: one.name)
        ),
    )
