"""One stored version of an object, and what a bucket can refuse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from sandbox.cloud.content import Content

OCTET_STREAM = "application/octet-stream"


class StorageRefusal(Exception):
    """The store cannot do what was asked.

    StorageRefusal
    |-- NoSuchBucket
    |-- BucketExists
    |-- BucketNotEmpty
    |-- NoSuchObject
    +-- PreconditionFailed
    """


class NoSuchBucket(StorageRefusal):
    """No live bucket has that name."""


class BucketExists(StorageRefusal):
    """A live bucket already has that name."""


class BucketNotEmpty(StorageRefusal):
    """The bucket still holds live or noncurrent objects."""


class NoSuchObject(StorageRefusal):
    """No such live object, or no such generation of it."""


class PreconditionFailed(StorageRefusal):
    """The object is not as the caller required; `negated` where a not-match condition failed."""

    def __init__(self, condition: str, *, negated: bool) -> None:
        super().__init__(condition)
        self.negated = negated


@dataclass(frozen=True, slots=True)
class Draft:
    """An object that is about to be written."""

    name: str
    content: Content
    content_type: str = OCTET_STREAM
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """One generation of an object: live, noncurrent (`time_deleted`) or soft-deleted.

    `generation` is the microsecond of its creation, unique in its bucket and increasing;
    `time_updated` is set where the metadata changed since.
    """

    name: str
    generation: int
    content: Content
    content_type: str
    crc32c: int
    md5: bytes | None
    time_created: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    metageneration: int = 1
    time_updated: datetime | None = None
    time_deleted: datetime | None = None
    soft_delete_time: datetime | None = None
    hard_delete_time: datetime | None = None

    @property
    def size_bytes(self) -> int:
        """The size of the content."""
        return self.content.size_bytes

    @classmethod
    def written(cls, draft: Draft, generation: int, now: datetime) -> Self:
        """Return a draft as it is stored."""
        return cls(
            name=draft.name,
            generation=generation,
            content=draft.content,
            content_type=draft.content_type,
            crc32c=draft.content.crc32c(),
            md5=draft.content.md5(),
            time_created=now,
            metadata=dict(draft.metadata),
        )

    @property
    def draft(self) -> Draft:
        """What it takes to write this version again, as a restore does."""
        return Draft(self.name, self.content, self.content_type, self.metadata)

    @property
    def is_live(self) -> bool:
        """Whether this is what a read without a generation gives."""
        return self.time_deleted is None and self.soft_delete_time is None


class Numbered(Protocol):
    """What preconditions look at."""

    @property
    def generation(self) -> int:
        """Changes with every write of the content."""

    @property
    def metageneration(self) -> int:
        """Changes with every write of the metadata."""


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a caller requires of the object before anything happens; None requires nothing.

    Generation 0 stands for "there is no live version"
    (docs.cloud.google.com/storage/docs/request-preconditions).
    """

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    def check(self, found: Numbered | None) -> None:
        """Raise PreconditionFailed unless the object (or bucket) is as required."""
        generation = found.generation if found else 0
        metageneration = found.metageneration if found else None
        if self.generation_match not in {None, generation}:
            raise PreconditionFailed("ifGenerationMatch", negated=False)
        if self.metageneration_match not in {None, metageneration}:
            raise PreconditionFailed("ifMetagenerationMatch", negated=False)
        if self.generation_not_match == generation:
            raise PreconditionFailed("ifGenerationNotMatch", negated=True)
        if metageneration is not None and self.metageneration_not_match == metageneration:
            raise PreconditionFailed("ifMetagenerationNotMatch", negated=True)


ALWAYS = Preconditions()
