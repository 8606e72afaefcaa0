"""What is left of the newest complete version, and whether it is known to be whole.

It is proven by the inventory that was saved for it, or, where all of it can still be read, by the
check that a version to roll back to has to pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.cache.consistency import Evidence, read_manifest, read_model_facts
from core.cache.inventory import Inventory, InventoryItem
from core.cache.last_version import LastVersion, last_version, missing_of
from core.cache.manifest import Manifest, parse_done
from core.cache.objects import DONE, MANIFEST, StoredObject, live_by_name
from core.cache.restorable import judge_set
from core.cloud import Reader
from core.errors import CloudError, PermissionDenied, Rejected
from core.running import running_sync


@dataclass(frozen=True, slots=True)
class Salvage:
    """The objects to make live again, and the proof that they make the version whole.

    `missing` is empty where nothing is worth restoring; `version` is all of the version.
    `unlisted` is why the soft-deleted versions, among which a newer one may be, are not known.
    """

    missing: tuple[StoredObject, ...] = ()
    proven: bool = False
    version: tuple[StoredObject, ...] = ()
    unlisted: CloudError | None = None

    @property
    def items(self) -> tuple[InventoryItem, ...]:
        """The version's objects as a plan carries them, in the order in which they come back."""
        return tuple(InventoryItem(one.name, one.generation, *one.content) for one in self.version)


def salvage_of(reader: Reader, inventories: Mapping[str, Inventory]) -> Salvage:
    """Look what could be made live again.

    A version that can be read in full and is not whole is not worth restoring; neither is any
    while a sync is writing. Soft-deleted versions cannot be read: they are worth a try.

    Raises:
        CloudError: what is there could not be read, and it is worth to ask again.
    """
    kept = reader.objects()
    dropped, unlisted = _soft_deleted(reader)
    nothing = Salvage(unlisted=unlisted)
    version = last_version([*kept, *dropped])
    if version is None or running_sync(reader) is not None:
        return nothing
    missing = missing_of(version.objects, live_by_name(kept))
    if not missing:
        return nothing
    found = Salvage(missing, version=version.objects, unlisted=unlisted)
    if _by_inventory(version, inventories.values()):
        return replace(found, proven=True)
    readable = {one.key for one in kept}
    if any(one.key not in readable for one in version.objects):
        return found
    return replace(found, proven=True) if _by_reading(version, kept, reader) else nothing


def _soft_deleted(reader: Reader) -> tuple[Sequence[StoredObject], CloudError | None]:
    """List them; where that is refused for good, only what versioning has kept is known."""
    try:
        return reader.soft_deleted(), None
    except (PermissionDenied, Rejected) as exc:
        return (), exc


def _by_inventory(version: LastVersion, inventories: Iterable[Inventory]) -> bool:
    """Tell whether an inventory of this very manifest finds all of its objects."""
    contents = {(one.name, one.content) for one in version.objects}
    own = (MANIFEST, version.manifest.content)
    for inventory in inventories:
        listed = {(one.name, one.content) for one in inventory.items}
        if own in listed and listed <= contents:
            return True
    return False


def _by_reading(version: LastVersion, kept: Sequence[StoredObject], reader: Reader) -> bool:
    manifest = read_manifest(reader, version.manifest.generation)
    if not isinstance(manifest, Manifest):
        return False
    models = {one.name: one for one in version.models}
    chosen = {name: one.generation for name, one in models.items()}
    evidence = Evidence(manifest, None, models, *read_model_facts(reader, manifest, chosen))
    marker, _ = reader.read(DONE, version.done.generation)
    return judge_set(evidence, kept).restorable and parse_done(marker) == manifest.version
