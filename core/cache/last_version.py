"""The newest version that a sync has completed, among all versions that are left of anything.

Contents of soft-deleted versions cannot be read, so this goes by the listing alone: a sync
writes the models, then the manifest, and `.done` last. The newest manifest with a `.done` between
it and the next manifest is the newest that a sync has completed; a startup's stub and a promotion
that broke off have none. What was live when that manifest was written is its version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.cache.objects import DONE, MANIFEST, StoredObject
from core.cache.restorable import objects_at


@dataclass(frozen=True, slots=True)
class LastVersion:
    """One version: the objects of the models, the manifest, the marker."""

    models: tuple[StoredObject, ...]
    manifest: StoredObject
    done: StoredObject

    @property
    def objects(self) -> tuple[StoredObject, ...]:
        """Return all in the order in which they may become live: the marker last."""
        return (*self.models, self.manifest, self.done)


def last_version(objects: Iterable[StoredObject]) -> LastVersion | None:
    """Find it among live, noncurrent and soft-deleted versions; None where there is none."""
    known = sorted(objects, key=lambda one: one.created_at)
    markers = [one for one in known if one.name == DONE]
    until: datetime | None = None
    for manifest in reversed([one for one in known if one.name == MANIFEST]):
        done = _first_between(markers, manifest.created_at, until)
        if done is not None:
            models = objects_at(known, manifest.created_at)
            return LastVersion(tuple(models[name] for name in sorted(models)), manifest, done)
        until = manifest.created_at
    return None


def missing_of(
    wanted: Iterable[StoredObject], live: Mapping[str, StoredObject]
) -> tuple[StoredObject, ...]:
    """Return those that are not live with the same content, in their order."""
    return tuple(
        one for one in wanted if one.name not in live or live[one.name].content != one.content
    )


def _first_between(
    markers: list[StoredObject], since: datetime, until: datetime | None
) -> StoredObject | None:
    for one in markers:
        if since <= one.created_at and (until is None or one.created_at < until):
            return one
    return None
