"""Buckets as a recovery sees them: soft-deleted ones, who has which role, how one should be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cache.lifecycle import whole_days
from core.cache.objects import TEMPORARY, Generation, LifecycleRule

SERVICE_ROLE = "roles/storage.objectAdmin"
JOB_ROLE = "roles/storage.admin"
"""The roles that the accounts of the service and of the sync job are given on the bucket."""

_WORKING_ROLES = frozenset({SERVICE_ROLE, JOB_ROLE, "roles/storage.objectUser"})
"""The predefined roles with which objects can be listed, read, written and replaced.

Source: cloud.google.com/storage/docs/access-control/iam-roles
"""


@dataclass(frozen=True, slots=True)
class DeletedBucket:
    """A soft-deleted bucket; it can be restored until `gone_at`, by its generation."""

    name: str
    generation: Generation
    location: str
    deleted_at: datetime
    gone_at: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """One role and who has it, in the words of IAM, such as `serviceAccount:a@b.example`."""

    role: str
    members: tuple[str, ...]
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for one member, without a condition."""

    role: str
    member: str


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """How the cache's bucket should be: in one region, with versions and lifecycle rules."""

    name: str
    location: str
    kept_versions: int
    temporary_age: timedelta

    @property
    def rules(self) -> tuple[LifecycleRule, ...]:
        """Return the rules: old versions by their number, leftovers by their age."""
        return (
            LifecycleRule(newer_versions=self.kept_versions),
            LifecycleRule(
                age=whole_days(self.temporary_age), prefixes=(TEMPORARY, TEMPORARY.lstrip("."))
            ),
        )


@dataclass(frozen=True, slots=True)
class BucketRepair:
    """A change of the settings, bound to the metageneration that was looked at.

    Versioning is switched on, rules like those in `drop` are removed, those in `add` added;
    every other rule and setting stays.
    """

    metageneration: int
    add: tuple[LifecycleRule, ...]
    drop: tuple[LifecycleRule, ...]


def member_of(account: str) -> str:
    """Return a service account as IAM names it."""
    return f"serviceAccount:{account}"


def roles_of(member: str, bindings: Iterable[Binding]) -> tuple[str, ...]:
    """Return the roles that a member has without a condition, sorted."""
    return tuple(
        sorted({one.role for one in bindings if member in one.members and not one.conditional})
    )


def suffices(roles: Iterable[str]) -> bool:
    """Tell whether one of the roles lets the cache be read and written for sure."""
    return not _WORKING_ROLES.isdisjoint(roles)
