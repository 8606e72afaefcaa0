"""`/cache versions`: the versions that can be restored, and why one cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from core.cache.consistency import Evidence, read_manifest, read_model_facts
from core.cache.inventory import Inventory
from core.cache.manifest import Manifest
from core.cache.objects import MANIFEST, Generation, StoredObject
from core.cache.restorable import Restorability, judge_inventory, judge_set, objects_at, objects_of
from core.cloud import Reader
from core.parallel import PATIENCE, Reading, Unknown, ask_all
from core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One generation of manifest.json. `manifest` is None where it could not be read.

    `inventory` tells whether an inventory was saved for that version, `objects` which versions
    of which objects make it up, by name, its manifest among them. `unread` is why the manifest
    could not be asked for, empty where it was: it may be a full version or none.
    """

    generation: Generation
    written_at: datetime
    current: bool
    manifest: Manifest | None
    restorability: Restorability
    inventory: bool = False
    objects: Mapping[str, StoredObject] = field(default_factory=dict, repr=False)
    unread: str = ""

    @property
    def version(self) -> str:
        """The version's name, empty where the manifest could not be read."""
        return self.manifest.version if self.manifest else ""

    @property
    def stub(self) -> bool:
        """Whether a startup wrote it; a stub is never restorable."""
        return self.manifest is not None and self.manifest.stub


@dataclass(frozen=True, slots=True)
class VersionsReport:
    """The newest generations, newest first; `total` counts those that exist."""

    rows: tuple[VersionRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Archive:
    """Where versions are looked up."""

    reader: Reader
    objects: Sequence[StoredObject]
    inventories: Mapping[str, Inventory]


def report_versions(
    reader: Reader, inventories: Mapping[str, Inventory], limit: int = 10
) -> VersionsReport:
    """Read the newest `limit` generations and judge each.

    `inventories` holds those saved, by version. A generation that cannot be read is not
    restorable. Raises NotFound where there is no bucket.
    """
    snapshot = Snapshot(reader)
    generations = manifest_generations(snapshot.objects())
    newest = generations[:limit]
    readings = judge_generations(snapshot, inventories, newest)
    rows = tuple(_known_row(one, reading) for one, reading in zip(newest, readings, strict=True))
    return VersionsReport(rows, len(generations))


def manifest_generations(objects: Iterable[StoredObject]) -> list[StoredObject]:
    """Return the generations of manifest.json, newest first."""
    return sorted(
        (one for one in objects if one.name == MANIFEST),
        key=lambda one: (one.created_at, one.live),
        reverse=True,
    )


def judge_generations(
    snapshot: Snapshot, inventories: Mapping[str, Inventory], generations: Sequence[StoredObject]
) -> tuple[Reading[VersionRow], ...]:
    """Read these generations of manifest.json at the same time, and judge each.

    Unknown is one that could not be read, which says nothing about it.
    """
    archive = _Archive(snapshot, snapshot.objects(), inventories)
    questions = {f"{MANIFEST}#{one.generation}": partial(_row, archive, one) for one in generations}
    return tuple(ask_all(questions, PATIENCE).values())


def _row(archive: _Archive, stored: StoredObject) -> VersionRow:
    manifest = read_manifest(archive.reader, stored.generation)
    if not isinstance(manifest, Manifest):
        gone = "This generation is gone." if manifest is None else manifest.message
        return _without_manifest(stored, gone)
    inventory = archive.inventories.get(manifest.version)
    restorability, objects = _judge(archive, manifest, inventory)
    return VersionRow(
        generation=stored.generation,
        written_at=stored.created_at,
        current=stored.live,
        manifest=manifest,
        restorability=restorability,
        inventory=bool(inventory),
        objects={**objects, MANIFEST: stored},
    )


def _judge(
    archive: _Archive, manifest: Manifest, inventory: Inventory | None
) -> tuple[Restorability, Mapping[str, StoredObject]]:
    if manifest.stub:
        why = "A startup wrote this stub; it describes no full version."
        return Restorability(False, why), {}
    if inventory is not None:
        judgement = judge_inventory(inventory, archive.objects)
        return judgement, objects_of(inventory, archive.objects)
    chosen = objects_at(archive.objects, manifest.written_at)
    generations = {name: one.generation for name, one in chosen.items()}
    facts = read_model_facts(archive.reader, manifest, generations)
    return judge_set(Evidence(manifest, None, chosen, *facts), archive.objects), chosen


def _known_row(stored: StoredObject, reading: Reading[VersionRow]) -> VersionRow:
    if isinstance(reading, Unknown):
        row = _without_manifest(stored, f"It could not be read: {reading.reason}")
        return replace(row, unread=reading.reason)
    return reading.value


def _without_manifest(stored: StoredObject, why: str) -> VersionRow:
    return VersionRow(
        stored.generation, stored.created_at, stored.live, None, Restorability(False, why)
    )
