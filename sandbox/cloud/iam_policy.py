"""A bucket's IAM policy: which member has which role, and what that lets them do.

Forms as docs.cloud.google.com/storage/docs/json_api/v1/buckets/setIamPolicy describes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cloud.iam_roles import (
    LEGACY_BUCKET_OWNER,
    LEGACY_BUCKET_READER,
    LEGACY_OBJECT_OWNER,
    LEGACY_OBJECT_READER,
    ROLES,
)

_EVERYBODY = {"allUsers", "allAuthenticatedUsers"}


@dataclass(frozen=True, slots=True)
class Binding:
    """One role and who has it; members are prefixed, as in `serviceAccount:a@b.example`."""

    role: str
    members: tuple[str, ...]
    condition: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class IamPolicy:
    """All bindings of a bucket."""

    bindings: tuple[Binding, ...] = ()

    @property
    def version(self) -> int:
        """3 where a binding has a condition, else 1."""
        return 3 if any(binding.condition for binding in self.bindings) else 1

    def granted(self, role: str, *members: str) -> "IamPolicy":
        """Return this policy with one binding more."""
        return IamPolicy((*self.bindings, Binding(role, members)))

    def grants(self, member: str, permission: str) -> bool:
        """Tell whether a member holds a permission by a binding without a condition.

        Conditions and custom roles cannot be evaluated here, so they grant nothing.
        """
        names = {member, *_EVERYBODY}
        return any(
            binding.condition is None
            and permission in ROLES.get(binding.role, ())
            and not names.isdisjoint(binding.members)
            for binding in self.bindings
        )


def default_policy(project: str, *, uniform_access: bool) -> IamPolicy:
    """Return what every new bucket starts with: the project's owners, editors and viewers."""
    owners = (f"projectEditor:{project}", f"projectOwner:{project}")
    viewers = (f"projectViewer:{project}",)
    policy = IamPolicy().granted(LEGACY_BUCKET_OWNER, *owners)
    policy = policy.granted(LEGACY_BUCKET_READER, *viewers)
    if uniform_access:
        policy = policy.granted(LEGACY_OBJECT_OWNER, *owners)
        policy = policy.granted(LEGACY_OBJECT_READER, *viewers)
    return policy
