"""What a cleanup deletes, as data: its steps, and an exact set that stays small by thousands."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from core.cache.objects import Generation, StoredObject, VersionKey, total_bytes
from core.inspection.size import folder_of


class DoomedVersion(NamedTuple):
    """One version that is to go; `live` is what it was when that was decided."""

    generation: int
    size_bytes: int
    live: bool


class DoomedObject(NamedTuple):
    """The versions of one object that are to go. Tuples become arrays in a plan's JSON."""

    name: str
    versions: tuple[DoomedVersion, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a set that lies in one folder and is of one kind; `oldest` when written."""

    folder: str
    live: bool
    versions: int
    size_bytes: int
    oldest: datetime

    @property
    def kind(self) -> str:
        """The kind of versions, as sizes are told."""
        return "live" if self.live else "noncurrent"


@dataclass(frozen=True, slots=True)
class DeleteGenerations:
    """Delete exactly these versions of objects for good, in this order.

    `soft_delete` is how long Cloud Storage keeps them even so; None is not at all.
    """

    objects: tuple[DoomedObject, ...]
    shares: tuple[Share, ...]
    planned_at: datetime
    soft_delete: timedelta | None
    kind: Literal["delete_generations"] = "delete_generations"


@dataclass(frozen=True, slots=True)
class VerifyDeletion:
    """Prove a cleanup: nothing of its set is left, and everything else is as it was.

    `others` is the digest of the `others_count` versions outside `.tmp/` that stay, none of
    them written after `newest`; `problems` are those that the cache had, `bytes_before` what
    there was by kind.
    """

    others: str
    others_count: int
    newest: datetime
    problems: tuple[str, ...]
    bytes_before: Mapping[str, int]
    kind: Literal["verify_deletion"] = "verify_deletion"


def doomed_objects(versions: Sequence[StoredObject]) -> tuple[DoomedObject, ...]:
    """Put a set into the form in which a plan carries it; names keep their order."""
    order = {name: place for place, name in enumerate(dict.fromkeys(one.name for one in versions))}
    by_name = groupby(sorted(versions, key=lambda one: order[one.name]), key=lambda one: one.name)
    return tuple(
        DoomedObject(
            name, tuple(DoomedVersion(one.generation, one.size_bytes, one.live) for one in same)
        )
        for name, same in by_name
    )


def each(objects: Iterable[DoomedObject]) -> Iterator[tuple[VersionKey, DoomedVersion]]:
    """Yield every version of a set with what names it, in the set's order."""
    for doomed in objects:
        for version in doomed.versions:
            yield (doomed.name, Generation(version.generation)), version


def shares_of(versions: Iterable[StoredObject]) -> tuple[Share, ...]:
    """Divide a set by folder and kind; live ones first."""
    parts: dict[tuple[bool, str], list[StoredObject]] = {}
    for one in versions:
        parts.setdefault((not one.live, folder_of(one.name).value), []).append(one)
    return tuple(
        Share(folder, not noncurrent, len(part), total_bytes(part), min(x.created_at for x in part))
        for (noncurrent, folder), part in sorted(parts.items())
    )


def digest_of(keys: Iterable[VersionKey]) -> str:
    """Return the same short text for the same set of versions, in whatever order."""
    lines = sorted(f"{name}#{generation}" for name, generation in keys)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
