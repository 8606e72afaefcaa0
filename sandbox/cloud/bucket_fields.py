"""What a request may set on a bucket: its settings, read from the JSON of a bucket's resource.

Fields and their defaults as docs.cloud.google.com/storage/docs/json_api/v1/buckets/insert and
.../patch give them.
"""

import re

from sandbox.cloud.bucket_settings import DEFAULT_SOFT_DELETE_SECONDS, BucketSettings
from sandbox.cloud.json_body import Json, flag, invalid, merged, number, part, text, texts
from sandbox.cloud.lifecycle_json import lifecycle_resource, parse_lifecycle
from sandbox.cloud.storage_errors import ApiError, not_built

MULTI_REGIONS = {"US", "EU", "ASIA"}
DUAL_REGIONS = {"NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1"}

_EDITABLE = {
    "iamConfiguration",
    "labels",
    "lifecycle",
    "location",
    "softDeletePolicy",
    "storageClass",
    "versioning",
}
_UNSERVED = {
    "acl",
    "autoclass",
    "billing",
    "cors",
    "customPlacementConfig",
    "defaultEventBasedHold",
    "defaultObjectAcl",
    "encryption",
    "hierarchicalNamespace",
    "ipFilter",
    "logging",
    "retentionPolicy",
    "rpo",
    "website",
}
_REGION = re.compile(r"[A-Z]+-[A-Z]+\d+")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_SOFT_DELETE_SECONDS = range(7 * 86400, 90 * 86400 + 1)


def bucket_name(resource: Json) -> str:
    """Return the name of a bucket to be; raise a 400 for one that is not allowed.

    Rules as docs.cloud.google.com/storage/docs/buckets#naming gives them.
    """
    name = text(resource, "name")
    too_long = any(len(label) > 63 for label in name.split("."))
    if not _NAME.fullmatch(name) or too_long or ".." in name or name.startswith("goog"):
        raise ApiError(400, f"Invalid bucket name: '{name}'")
    return name


def new_settings(resource: Json) -> BucketSettings:
    """Read the resource of a new bucket; what it leaves out is as the service defaults it."""
    return _settings({"location": "US", **_served(resource)})


def replaced(settings: BucketSettings, resource: Json) -> BucketSettings:
    """Read a resource that replaces all that can be edited, as an update does."""
    return _moved(settings, _settings({"location": settings.location, **_served(resource)}))


def patched(settings: BucketSettings, patch: Json) -> BucketSettings:
    """Read a merge patch of a bucket's resource: what it leaves out stays."""
    return _moved(settings, _settings(merged(editable_resource(settings), _served(patch))))


def editable_resource(settings: BucketSettings) -> dict[str, object]:
    """Return the editable part of a bucket's resource."""
    resource: dict[str, object] = {
        "location": settings.location,
        "storageClass": "STANDARD",
        "versioning": {"enabled": settings.versioning},
        "softDeletePolicy": {"retentionDurationSeconds": str(settings.soft_delete_seconds)},
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": settings.uniform_access},
            "publicAccessPrevention": settings.public_access_prevention,
        },
    }
    if settings.lifecycle:
        resource["lifecycle"] = lifecycle_resource(settings.lifecycle)
    if settings.labels:
        resource["labels"] = dict(settings.labels)
    return resource


def location_type(location: str) -> str:
    """Return the kind of a location."""
    if location in MULTI_REGIONS:
        return "multi-region"
    return "dual-region" if location in DUAL_REGIONS else "region"


def _served(resource: Json) -> Json:
    """Return the editable fields; what the service only puts out is ignored, as it does."""
    for name in sorted(_UNSERVED & resource.keys()):
        if resource[name]:
            raise not_built(f"buckets that set {name}")
    access = part(resource, "iamConfiguration")
    if "bucketPolicyOnly" in access and "uniformBucketLevelAccess" not in access:
        raise not_built("the old name bucketPolicyOnly of uniformBucketLevelAccess")
    return {name: value for name, value in resource.items() if name in _EDITABLE}


def _settings(resource: Json) -> BucketSettings:
    if text(resource, "storageClass", "STANDARD") != "STANDARD":
        raise not_built(f"the storage class {resource['storageClass']}")
    access = part(resource, "iamConfiguration")
    uniform = part(access, "uniformBucketLevelAccess")
    prevention = text(access, "publicAccessPrevention", "inherited")
    if prevention not in {"inherited", "enforced"}:
        raise invalid("publicAccessPrevention")
    return BucketSettings(
        location=_location(text(resource, "location")),
        versioning=flag(part(resource, "versioning"), "enabled"),
        lifecycle=parse_lifecycle(part(resource, "lifecycle")),
        soft_delete_seconds=_retention(part(resource, "softDeletePolicy")),
        uniform_access=flag(uniform, "enabled"),
        public_access_prevention=prevention,
        labels=texts(resource, "labels"),
    )


def _location(name: str) -> str:
    location = name.upper()
    if location in MULTI_REGIONS | DUAL_REGIONS or _REGION.fullmatch(location):
        return location
    raise ApiError(400, "The specified location constraint is not valid.")


def _retention(policy: Json) -> int:
    seconds = number(policy, "retentionDurationSeconds", DEFAULT_SOFT_DELETE_SECONDS)
    if seconds and seconds not in _SOFT_DELETE_SECONDS:
        raise invalid("retentionDurationSeconds")
    return seconds


def _moved(old: BucketSettings, new: BucketSettings) -> BucketSettings:
    """Return `new`; raise a 400 where it is in another place, which cannot be edited."""
    if new.location != old.location:
        raise ApiError(400, "The location of a bucket cannot be changed after its creation.")
    return new
