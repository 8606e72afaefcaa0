"""What a rollback has to write: the difference between what is live and a version's own objects."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.cache.objects import DONE, MANIFEST, SBERT, Generation, StoredObject
from core.inspection.versions import VersionRow
from core.plans import Restored
from core.procedures.rollback_scene import RollbackScene


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be written so that the live objects become the version's own.

    `marked` is whether `.done` names the version already.
    """

    models: tuple[Restored, ...]
    manifest: tuple[Restored, ...]
    extras: tuple[tuple[str, Generation], ...]
    right_already: int
    done_onto: Generation | None
    marked: bool

    @property
    def any(self) -> bool:
        """Whether an object, the marker included, has to be written or removed."""
        return bool(self.models or self.manifest or self.extras or not self.marked)

    @property
    def size_bytes(self) -> int:
        """The bytes that are copied."""
        return sum(one.size_bytes for one in (*self.models, *self.manifest))

    @property
    def digest(self) -> str:
        """A short digest of every generation that this relies on."""
        told = repr((self.models, self.manifest, self.extras, self.done_onto))
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def changes_to(row: VersionRow, scene: RollbackScene) -> Changes:
    """Compare what is live with the version, object by object, by checksum and size."""

    def restored(source: StoredObject) -> Restored:
        now = scene.live.get(source.name)
        onto = now.generation if now else None
        return Restored(source.name, source.generation, *source.content, onto)

    wrong = [one for name, one in sorted(row.objects.items()) if not _same(one, scene.live)]
    models = tuple(restored(one) for one in wrong if one.name != MANIFEST)
    extras = sorted(
        (name, one.generation)
        for name, one in scene.live.items()
        if name.startswith(SBERT) and name not in row.objects
    )
    done = scene.live.get(DONE)
    return Changes(
        models,
        tuple(restored(one) for one in wrong if one.name == MANIFEST),
        tuple(extras),
        len(row.objects) - len(wrong),
        done.generation if done else None,
        marked=scene.done == row.version,
    )


def _same(source: StoredObject, live: Mapping[str, StoredObject]) -> bool:
    now = live.get(source.name)
    return now is not None and now.content == source.content
