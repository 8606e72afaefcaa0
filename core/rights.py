"""The rights that the bot's account needs on the bucket, the service and the job, and what for.

`deploy/iam` has the same in roles; docs/iam.md says how they are given.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Resource(StrEnum):
    """What rights are had on. Google can be asked for those on these three, without using them."""

    BUCKET = "bucket"
    SERVICE = "service"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Right:
    """An IAM permission on a resource, and the words after `/cache` that fail without it.

    Source: cloud.google.com/storage/docs/access-control/iam-permissions,
    cloud.google.com/run/docs/reference/iam/permissions
    """

    permission: str
    resource: Resource
    words: tuple[str, ...]


_READS = ("health", "status", "sync")
_TOGGLES = ("disable", "enable", "rollback", "update")

RIGHTS: tuple[Right, ...] = (
    Right("storage.buckets.get", Resource.BUCKET, ("health", "recover")),
    Right("storage.objects.get", Resource.BUCKET, _READS),
    Right("storage.objects.list", Resource.BUCKET, _READS),
    Right("storage.objects.create", Resource.BUCKET, ("rollback", "recover")),
    Right("storage.objects.delete", Resource.BUCKET, ("cleanup", "rollback", "recover")),
    Right("storage.objects.restore", Resource.BUCKET, ("recover",)),
    Right("storage.buckets.getIamPolicy", Resource.BUCKET, ("recover",)),
    Right("storage.buckets.setIamPolicy", Resource.BUCKET, ("recover",)),
    Right("storage.buckets.update", Resource.BUCKET, ("recover",)),
    Right("run.services.get", Resource.SERVICE, _READS),
    Right("run.services.update", Resource.SERVICE, _TOGGLES),
    Right("run.jobs.get", Resource.JOB, _READS),
    Right("run.jobs.run", Resource.JOB, ("sync",)),
    Right("run.jobs.update", Resource.JOB, ("update", "rollback")),
)


def rights_on(resource: Resource) -> tuple[Right, ...]:
    """Return the rights on one resource."""
    return tuple(right for right in RIGHTS if right.resource is resource)


def words_without(held: Collection[str], resource: Resource) -> tuple[str, ...]:
    """Return the words that fail with no more rights on a resource than these, each once."""
    lacking = (right for right in rights_on(resource) if right.permission not in held)
    return tuple(dict.fromkeys(word for right in lacking for word in right.words))
