"""The predefined roles of Cloud Storage and the permissions that each grants on a bucket.

From docs.cloud.google.com/storage/docs/access-control/iam-roles; permissions of services that
the sandbox has not (folders, anywhere caches, inventory reports) are left out.
"""

from collections.abc import Mapping

LEGACY_BUCKET_OWNER = "roles/storage.legacyBucketOwner"
LEGACY_BUCKET_READER = "roles/storage.legacyBucketReader"
LEGACY_OBJECT_OWNER = "roles/storage.legacyObjectOwner"
LEGACY_OBJECT_READER = "roles/storage.legacyObjectReader"


def _permissions(resource: str, verbs: str) -> frozenset[str]:
    return frozenset(f"storage.{resource}.{verb}" for verb in verbs.split())


_LISTED = _permissions("buckets", "get") | _permissions("objects", "list")
_OBJECT_WORK = _permissions("objects", "create delete get list restore update")
_OBJECT_POLICY = _permissions("objects", "getIamPolicy setIamPolicy")

ROLES: Mapping[str, frozenset[str]] = {
    "roles/storage.admin": _OBJECT_WORK
    | _OBJECT_POLICY
    | _permissions("buckets", "create delete get getIamPolicy list restore setIamPolicy update"),
    "roles/storage.objectAdmin": _OBJECT_WORK | _OBJECT_POLICY,
    "roles/storage.objectUser": _OBJECT_WORK,
    "roles/storage.objectCreator": _permissions("objects", "create"),
    "roles/storage.objectViewer": _permissions("objects", "get list"),
    "roles/storage.bucketViewer": _permissions("buckets", "get list"),
    LEGACY_BUCKET_READER: _LISTED,
    "roles/storage.legacyBucketWriter": _LISTED
    | _permissions("objects", "create delete restore setRetention"),
    LEGACY_BUCKET_OWNER: _LISTED
    | _permissions("buckets", "getIamPolicy setIamPolicy update")
    | _permissions("objects", "create delete restore setRetention"),
    LEGACY_OBJECT_READER: _permissions("objects", "get"),
    LEGACY_OBJECT_OWNER: _permissions("objects", "get getIamPolicy setIamPolicy update"),
}
