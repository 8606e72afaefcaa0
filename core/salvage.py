"""What is left of the newest complete version, and whether it is known to be whole.

It is proven by the inventory that was saved for it, or, where all of it can still be read, by the
check that a version to roll back to has to pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.cloud import Reader
from core.consistency import Evidence, read_manifest, read_model_facts
from core.errors import CloudError, NotFound
from core.executions import unfinished
from core.inventory import Inventory
from core.last_version import LastVersion, last_version, missing_of
from core.manifest import Manifest, parse_done
from core.objects import DONE, MANIFEST, StoredObject, live_by_name
from core.restorable import judge_set


@dataclass(frozen=True, slots=True)
class Salvage:
    """The objects to make live again, and the proof that they make the version whole.

    `missing` is empty where nothing is worth restoring.
    """

    missing: tuple[StoredObject, ...] = ()
    proven: bool = False


def salvage_of(reader: Reader, inventories: Mapping[str, Inventory]) -> Salvage:
    """Look what could be made live again.

    A version that can be read in full and is not whole is not worth restoring; neither is any
    while a sync is writing. Soft-deleted versions cannot be read: they are worth a try.
    """
    kept = reader.objects()
    version = last_version([*kept, *_soft_deleted(reader)])
    if version is None or _is_written(reader):
        return Salvage()
    missing = missing_of(version.objects, live_by_name(kept))
    if not missing or _by_inventory(version, inventories.values()):
        return Salvage(missing, proven=bool(missing))
    readable = {(one.name, one.generation) for one in kept}
    if any((one.name, one.generation) not in readable for one in version.objects):
        return Salvage(missing)
    return Salvage(missing, proven=True) if _by_reading(version, kept, reader) else Salvage()


def _soft_deleted(reader: Reader) -> Sequence[StoredObject]:
    try:
        return reader.soft_deleted()
    except CloudError:
        return ()  # then only what versioning has kept can be made live again


def _is_written(reader: Reader) -> bool:
    try:
        return bool(unfinished(reader.executions()))
    except NotFound:
        return False


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
