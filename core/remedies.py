"""The remedies: the steps that bring a lost or broken bucket back, as data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.cache.buckets import BucketSpec, Grant
from core.cache.inventory import InventoryItem
from core.cache.objects import Generation, LifecycleRule


@dataclass(frozen=True, slots=True)
class RestoreBucket:
    """Make the soft-deleted bucket live again; its objects stay soft-deleted."""

    generation: Generation
    until: datetime
    kind: Literal["restore_bucket"] = "restore_bucket"


@dataclass(frozen=True, slots=True)
class CreateBucket:
    """Create the bucket to its spec, where none is left to restore."""

    spec: BucketSpec
    kind: Literal["create_bucket"] = "create_bucket"


@dataclass(frozen=True, slots=True)
class RepairBucket:
    """Switch versioning on and remove the lifecycle rules that delete models too early.

    `drop` are those that were there when it was planned; empty where that was not known.
    """

    spec: BucketSpec
    drop: tuple[LifecycleRule, ...] = ()
    kind: Literal["repair_bucket"] = "repair_bucket"


@dataclass(frozen=True, slots=True)
class AddRules:
    """Add these delete rules, each only where no rule of the bucket does its work.

    They come after a restore: a rule could take what is still to be restored.
    """

    rules: tuple[LifecycleRule, ...]
    kind: Literal["add_rules"] = "add_rules"


@dataclass(frozen=True, slots=True)
class GrantAccess:
    """Give the accounts of the service and of the sync job their roles on the bucket."""

    grants: tuple[Grant, ...]
    kind: Literal["grant_access"] = "grant_access"


@dataclass(frozen=True, slots=True)
class RestoreLost:
    """Make the newest complete version live again, from what is noncurrent or soft-deleted.

    `items` are its objects, the marker last; empty where they are known only once the bucket
    is back.
    """

    items: tuple[InventoryItem, ...] = ()
    kind: Literal["restore_lost"] = "restore_lost"


@dataclass(frozen=True, slots=True)
class ProveWhole:
    """Look whether what was restored is whole; where it is, the steps of the sync do nothing."""

    kind: Literal["prove_whole"] = "prove_whole"


@dataclass(frozen=True, slots=True)
class DisableVolume:
    """Switch the shared volume off, unless the cache is consistent now."""

    longest: timedelta
    kind: Literal["disable_volume"] = "disable_volume"


Remedy = (
    RestoreBucket
    | CreateBucket
    | RepairBucket
    | AddRules
    | GrantAccess
    | RestoreLost
    | ProveWhole
    | DisableVolume
)
