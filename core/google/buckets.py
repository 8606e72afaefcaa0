"""The bucket as a whole: soft-deleted ones, creating, restoring, its rules, who has access.

Each write is asked once. What is done already (the bucket is live, the role is granted) is
seen by looking, never by repeating.
"""

from collections.abc import Sequence
from typing import Any

from google.cloud import storage

from core.cache.buckets import Binding, BucketRepair, BucketSpec, DeletedBucket, Grant
from core.cache.objects import Generation, LifecycleRule
from core.google.errors import Asked, asking
from core.google.patience import HTTP_ATTEMPT_SECONDS, HTTP_READ_RETRY, WRITE_SECONDS
from core.google.storage import delete_rules, raw_rules
from core.google.times import moment_of

_READING: dict[str, Any] = {"timeout": HTTP_ATTEMPT_SECONDS, "retry": HTTP_READ_RETRY}
_ONCE: dict[str, Any] = {"timeout": (2.0, WRITE_SECONDS), "retry": None}
_POLICY_VERSION = 3
"""The only version that shows bindings with conditions, and so the only one that keeps them.

Source: cloud.google.com/iam/docs/policies#versions
"""


class Buckets:
    """Looks after one bucket through google-cloud-storage. Safe to share between threads."""

    def __init__(self, client: storage.Client, bucket: str) -> None:
        self._client = client
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def soft_deleted_buckets(self) -> Sequence[DeletedBucket]:
        """List the soft-deleted buckets of this very name, the last deleted first."""
        asked = Asked(
            "list",
            f"soft-deleted buckets named {self._name}",
            "storage.buckets.list on the project",
        )
        with asking(asked):
            listing = list(
                self._client.list_buckets(prefix=self._name, soft_deleted=True, **_READING)
            )
        found = [_deleted(one) for one in listing if one.name == self._name]
        return sorted(found, key=lambda one: (one.deleted_at, one.generation), reverse=True)

    def bindings(self) -> Sequence[Binding]:
        """Read the bucket's own policy; roles from the project or above are not in it."""
        with asking(self._asked("read the access to", "storage.buckets.getIamPolicy", write=False)):
            policy = self._bucket.get_iam_policy(
                requested_policy_version=_POLICY_VERSION, **_READING
            )
        return [
            Binding(one["role"], tuple(sorted(one["members"])), bool(one.get("condition")))
            for one in policy.bindings
        ]

    def grant(self, grant: Grant) -> None:
        """Add a member to a role's binding without a condition, unless it is in it already.

        The policy is written back whole, with its etag: whoever changed it meanwhile wins.
        Source: cloud.google.com/iam/docs/policies#etag
        """
        rights = "storage.buckets.getIamPolicy and storage.buckets.setIamPolicy"
        with asking(self._asked("change the access to", rights)):
            policy = self._bucket.get_iam_policy(
                requested_policy_version=_POLICY_VERSION, **_READING
            )
            binding = next((one for one in policy.bindings if _plain(one, grant.role)), None)
            if binding is None:
                binding = {"role": grant.role, "members": set()}
                policy.bindings.append(binding)
            if grant.member in binding["members"]:
                return
            binding["members"] = {*binding["members"], grant.member}
            policy.version = _POLICY_VERSION
            self._bucket.set_iam_policy(policy, **_ONCE)

    def restore_bucket(self, generation: Generation) -> None:
        """Make a soft-deleted bucket live again, with its settings and its access.

        Source: cloud.google.com/storage/docs/use-soft-deleted-buckets
        """
        asked = Asked(
            "restore",
            f"soft-deleted bucket {self._name}",
            "storage.buckets.restore on the project",
            write=True,
            absent="Its time is over, or it is live again: `/cache recover` looks anew.",
        )
        with asking(asked):
            self._client.restore_bucket(self._name, int(generation), **_ONCE)

    def create_bucket(self, spec: BucketSpec) -> None:
        """Create the bucket with everything but the access, which `grant` gives."""
        bucket = self._client.bucket(spec.name)
        bucket.versioning_enabled = True
        bucket.iam_configuration.uniform_bucket_level_access_enabled = True
        bucket.lifecycle_rules = [_resource(rule) for rule in spec.rules]
        asked = self._asked("create", "storage.buckets.create", on="project")
        with asking(asked):
            self._client.create_bucket(bucket, location=spec.location, **_ONCE)

    def repair_bucket(self, repair: BucketRepair) -> None:
        """Patch versioning and the rules as they are by `repair.metageneration`.

        Rules that `LifecycleRule` cannot tell in full are kept as they are.
        """
        with asking(
            self._asked("change the settings of", "storage.buckets.get and storage.buckets.update")
        ):
            found = self._client.get_bucket(self._name, **_READING)
            rules = raw_rules(found)
            kept = [rule for rule in rules if not _is_one_of(rule, repair.drop)]
            missing = [rule for rule in repair.add if not any(_is_one_of(r, (rule,)) for r in kept)]
            found.versioning_enabled = True
            found.lifecycle_rules = [*kept, *(_resource(rule) for rule in missing)]
            found.patch(if_metageneration_match=repair.metageneration, **_ONCE)

    def _asked(
        self, verb: str, permission: str, *, write: bool = True, on: str = "bucket"
    ) -> Asked:
        return Asked(
            verb,
            f"bucket {self._name}",
            f"{permission} on the {on}",
            write=write,
            absent="`/cache recover` brings it back.",
        )


def _deleted(found: storage.Bucket) -> DeletedBucket:
    return DeletedBucket(
        name=str(found.name),
        generation=Generation(int(found.generation)),
        location=str(found.location),
        deleted_at=moment_of(found.soft_delete_time),
        gone_at=moment_of(found.hard_delete_time),
    )


def _plain(binding: dict[str, Any], role: str) -> bool:
    return binding["role"] == role and not binding.get("condition")


def _is_one_of(rule: dict[str, Any], rules: Sequence[LifecycleRule]) -> bool:
    """Tell whether a rule as Cloud Storage has it is, in full, one of ours."""
    return any(read in rules for read in delete_rules([rule]))


def _resource(rule: LifecycleRule) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    if rule.newer_versions is not None:
        condition["numNewerVersions"] = rule.newer_versions
    if rule.age is not None:
        condition["age"] = rule.age.days
    if rule.prefixes:
        condition["matchesPrefix"] = list(rule.prefixes)
    return {"action": {"type": "Delete"}, "condition": condition}
