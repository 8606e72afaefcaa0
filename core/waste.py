"""What a cleanup may take, and what it must keep: the rule, apart from the doing.

A version of the cache is kept where it is among the newest that can be restored, or younger
than the age asked for. What a kept version needs is never taken, however old it is; neither is
a live object outside `.tmp/`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.cache.inventory import Inventory
from core.cache.objects import MANIFEST, TEMPORARY, StoredObject, VersionKey
from core.cache.restorable import needed_by
from core.inspection.versions import VersionRow, judge_generations, manifest_generations
from core.parallel import Unknown
from core.snapshot import Snapshot

_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept: the newest `kept` restorable versions, and all written since `cutoff`."""

    kept: int
    cutoff: datetime
    inventories: Mapping[str, Inventory]


@dataclass
class Kept:
    """The versions that stay, newest first, and what they need."""

    newest: list[str] = field(default_factory=list)
    young: list[str] = field(default_factory=list)
    needed: set[VersionKey] = field(default_factory=set)


def leftovers(objects: Sequence[StoredObject], cutoff: datetime) -> list[StoredObject]:
    """Return the live objects under `.tmp/` that were written before `cutoff`, oldest first.

    The folder itself stays, and so does a folder in it that holds anything younger.
    """
    inside = [one for one in objects if one.live and one.name.startswith(TEMPORARY)]
    young = [one.name for one in inside if one.created_at >= cutoff]
    return _oldest_first(
        one
        for one in inside
        if one.name != TEMPORARY
        and one.created_at < cutoff
        and not (one.name.endswith("/") and any(name.startswith(one.name) for name in young))
    )


def superseded(
    objects: Sequence[StoredObject], cutoff: datetime, needed: set[VersionKey]
) -> list[StoredObject]:
    """Return the noncurrent versions written before `cutoff` that no kept version needs.

    Those of the manifest come first: without it no later look can take the rest of a version
    for a whole one.
    """
    old = [
        one for one in objects if not one.live and one.created_at < cutoff and one.key not in needed
    ]
    return sorted(_oldest_first(old), key=lambda one: one.name != MANIFEST)


def what_is_kept(snapshot: Snapshot, rule: Rule) -> Kept:
    """Find the versions that stay, and everything that they need.

    Raises:
        CloudError: a version could not be read, so what it needs is not known.
    """
    kept = Kept()
    generations = manifest_generations(snapshot.objects())
    for start in range(0, len(generations), _AT_ONCE):
        some = generations[start : start + _AT_ONCE]
        if len(kept.newest) >= rule.kept and some[0].created_at < rule.cutoff:
            break
        for reading in judge_generations(snapshot, rule.inventories, some):
            if isinstance(reading, Unknown):
                raise reading.error
            _keep(reading.value, kept, rule, snapshot.objects())
    return kept


def _keep(row: VersionRow, kept: Kept, rule: Rule, objects: Sequence[StoredObject]) -> None:
    """Add what one generation of the manifest needs, if it stays."""
    if row.manifest is None or row.stub:
        return
    if row.restorability.restorable and len(kept.newest) < rule.kept:
        if row.version not in kept.newest:
            kept.newest.append(row.version)
    elif row.written_at >= rule.cutoff:
        if row.version not in (*kept.newest, *kept.young):
            kept.young.append(row.version)
    else:
        return
    kept.needed |= needed_by(row.manifest, rule.inventories.get(row.version), objects)


def _oldest_first(objects: Iterable[StoredObject]) -> list[StoredObject]:
    return sorted(objects, key=lambda one: (one.created_at, one.name))
