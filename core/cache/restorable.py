"""Whether an earlier version can be restored, and the reason where it cannot.

Promotion writes the models, then the manifest, so the models that were live when a manifest
generation was created are that version's own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cache.consistency import Evidence, check_models, manifest_problems
from core.cache.inventory import Inventory
from core.cache.manifest import Manifest
from core.cache.model_files import embedding_folder, is_file_in
from core.cache.objects import DONE, MANIFEST, OLLAMA, SBERT, StoredObject, VersionKey
from core.quantities import count_text


@dataclass(frozen=True, slots=True)
class Restorability:
    """Whether a version can be restored. `why` is a full sentence either way."""

    restorable: bool
    why: str


def objects_at(objects: Iterable[StoredObject], moment: datetime) -> dict[str, StoredObject]:
    """Choose, by name, the model objects that were live at `moment`.

    A version is live from its creation until it is deleted or replaced.
    """
    return {
        one.name: one
        for one in sorted(objects, key=lambda one: one.created_at)
        if one.name.startswith((OLLAMA, SBERT))
        and one.created_at <= moment
        and (one.deleted_at is None or moment < one.deleted_at)
    }


def objects_of(inventory: Inventory, objects: Iterable[StoredObject]) -> dict[str, StoredObject]:
    """Choose, by name, the versions that hold what an inventory lists; what is gone is left out.

    The generation itself is preferred, then the newest with the same content.
    """
    kept = sorted(objects, key=lambda one: (one.created_at, one.live))
    contents = {(one.name, one.content): one for one in kept}
    generations = {(one.name, one.generation): one for one in kept}
    chosen = (
        generations.get((item.name, item.generation)) or contents.get((item.name, item.content))
        for item in inventory.items
    )
    return {one.name: one for one in chosen if one is not None}


def judge_inventory(inventory: Inventory, objects: Iterable[StoredObject]) -> Restorability:
    """Judge by the objects saved after that version's sync: each must exist with its content.

    The same content under another generation serves as well, as after an earlier rollback.
    """
    found = objects_of(inventory, objects)
    gone = [one.name for one in inventory.items if one.name not in found]
    total = count_text(len(inventory.items), "object")
    if gone:
        return Restorability(False, f"{len(gone)} of its {total} are gone, such as {gone[0]}.")
    if not inventory.items:
        return Restorability(False, "Its inventory lists no objects.")
    return Restorability(True, f"Its inventory of {total} is complete.")


def judge_set(evidence: Evidence, objects: Sequence[StoredObject]) -> Restorability:
    """Judge by the set that was live at the manifest's time (`evidence.live`).

    Without an inventory this is the best proof there is: every model passes the check that
    the live cache has to pass, and no file of the same model revision exists only later.
    """
    manifest = evidence.manifest
    problems = manifest_problems(manifest)
    if not isinstance(manifest, Manifest) or problems:
        return Restorability(False, problems[0].text)
    found = [problem for model in check_models(evidence) for problem in model.problems]
    if found:
        more = f" ({count_text(len(found) - 1, 'more problem')})" if found[1:] else ""
        return Restorability(False, f"At its time: {found[0].text}{more}")
    lost = _lost_files(manifest, evidence, objects)
    if lost:
        return Restorability(False, f"A file of its time is gone: {lost[0]}.")
    total = count_text(len(evidence.live), "object")
    return Restorability(True, f"All {total} of its time are still there (no inventory saved).")


def needed_by(
    manifest: Manifest, inventory: Inventory | None, objects: Sequence[StoredObject]
) -> frozenset[VersionKey]:
    """Return the versions of objects without which this version could not be restored.

    Those of its inventory (or the newest of the same content), else those that were live at
    its time. Without an inventory every version in its model's snapshots counts as well: they
    are what tells that a file of its time is gone, should that ever happen.
    """
    own = [(MANIFEST, manifest.generation), *_marker(manifest, objects)]
    if inventory is not None:
        return frozenset((*own, *(one.key for one in objects_of(inventory, objects).values())))
    chosen = [one.key for one in objects_at(objects, manifest.written_at).values()]
    if manifest.embedding is not None:
        snapshots = f"{embedding_folder(manifest.embedding.name)}snapshots/"
        chosen += [one.key for one in objects if one.name.startswith(snapshots)]
    return frozenset((*own, *chosen))


def _marker(manifest: Manifest, objects: Sequence[StoredObject]) -> Iterator[VersionKey]:
    """Yield the `.done` that was written after this manifest: a few bytes that belong to it."""
    after = [one for one in objects if one.name == DONE and one.created_at >= manifest.written_at]
    if after:
        yield min(after, key=lambda one: one.created_at).key


def _lost_files(
    manifest: Manifest, evidence: Evidence, objects: Iterable[StoredObject]
) -> list[str]:
    """Return the files of the embedding's revision that exist, but only at other times.

    A revision is immutable, so a file that it has at any time it had at that time too.
    """
    if manifest.embedding is None or not evidence.revision:
        return []
    snapshot = f"{embedding_folder(manifest.embedding.name)}snapshots/{evidence.revision}/"
    names = {one.name for one in objects if is_file_in(snapshot, one.name)}
    return sorted(names - evidence.live.keys())
