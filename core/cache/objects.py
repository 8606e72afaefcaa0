"""Objects of the cache bucket, and the bucket's own configuration."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

Generation = NewType("Generation", int)
"""Identifies one version of one object; it does not order versions (sort by created_at).

Source: cloud.google.com/storage/docs/metadata#generation-number
"""

VersionKey = tuple[str, Generation]
"""Names one version of one object in its bucket."""

MANIFEST = "manifest.json"
DONE = ".done"
OLLAMA = "ollama/"
SBERT = "sbert/"
TEMPORARY = ".tmp/"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of one object. `crc32c` is base64 as Cloud Storage reports it.

    `link` is the path that a symbolic link of a mounted bucket leads to, from its own folder;
    empty for a plain file.
    Source: github.com/GoogleCloudPlatform/gcsfuse/blob/master/docs/semantics.md
    """

    name: str
    generation: Generation
    size_bytes: int
    crc32c: str
    created_at: datetime
    deleted_at: datetime | None = None
    link: str = ""

    @property
    def content(self) -> tuple[int, str, str]:
        """What two versions have in common whose content is the same."""
        return self.size_bytes, self.crc32c, self.link

    @property
    def key(self) -> VersionKey:
        """What names this version in its bucket."""
        return (self.name, self.generation)

    @property
    def live(self) -> bool:
        """Whether this is the version that a plain read returns."""
        return self.deleted_at is None


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """A delete rule: both conditions must hold where both are given."""

    newer_versions: int | None = None
    age: timedelta | None = None
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """How the bucket is set up. `soft_delete` is None where soft delete is off.

    `generation` is another one for a bucket that was created anew under the same name,
    `metageneration` goes up with each change of settings or access. Where access is not
    uniform, single objects may be open to others than the bucket's policy says.
    """

    name: str
    location: str
    versioning: bool
    lifecycle: tuple[LifecycleRule, ...]
    soft_delete: timedelta | None
    generation: int = 0
    metageneration: int = 0
    uniform_access: bool = True


def total_bytes(objects: Iterable[StoredObject]) -> int:
    """Add up the sizes."""
    return sum(stored.size_bytes for stored in objects)


def live_by_name(objects: Iterable[StoredObject]) -> dict[str, StoredObject]:
    """Index the live versions by object name."""
    return {stored.name: stored for stored in objects if stored.live}
