"""What a request may set on an object besides its bytes: its metadata, read from JSON.

Fields as docs.cloud.google.com/storage/docs/json_api/v1/objects/patch lists them.
"""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.cloud.json_body import Json, merged, text, texts
from sandbox.cloud.storage_errors import ApiError, not_built, required
from sandbox.cloud.versions import OCTET_STREAM, Draft, Version

_EDITABLE = {"contentType", "metadata"}
_UNSERVED = {
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contexts",
    "customTime",
    "eventBasedHold",
    "kmsKeyName",
    "retention",
    "temporaryHold",
}


def copied(source: Version, name: str, resource: Json) -> Draft:
    """Return what a copy or rewrite writes to `name`.

    An empty resource takes over the source's metadata, any other replaces all of it
    (docs.cloud.google.com/storage/docs/json_api/v1/objects/rewrite).
    """
    if not resource:
        return replace(source.draft, name=name)
    given = _served(resource)
    return Draft(
        name, source.content, text(given, "contentType", OCTET_STREAM), texts(given, "metadata")
    )


def patched(version: Version, patch: Json) -> Version:
    """Return a version with a merge patch applied to its metadata."""
    before = {"contentType": version.content_type, "metadata": dict(version.metadata)}
    after = merged(before, _served(patch))
    return replace(
        version,
        content_type=text(after, "contentType", OCTET_STREAM),
        metadata=texts(after, "metadata"),
    )


def refuse_acl(resource: Mapping[str, object], *, uniform_access: bool) -> None:
    """Refuse to set an object's ACL, which a bucket with uniform access has not."""
    if "acl" not in resource:
        return
    if not uniform_access:
        raise not_built("the ACL of an object")
    raise ApiError(
        400,
        "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. "
        "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    )


def valid_name(name: str) -> str:
    """Return the name, or raise a 400 (docs.cloud.google.com/storage/docs/objects#naming)."""
    if not name:
        raise required("name")
    too_long = len(name.encode()) > 1024
    if too_long or name in {".", ".."} or "\r" in name or "\n" in name:
        raise ApiError(400, "The specified object name is not valid.")
    return name


def _served(resource: Json) -> Json:
    """Return the editable fields; what the service only puts out is ignored, as it does."""
    for name in sorted(_UNSERVED & resource.keys()):
        if resource[name]:
            raise not_built(f"objects that set {name}")
    if text(resource, "storageClass", "STANDARD") != "STANDARD":
        raise not_built(f"the storage class {resource['storageClass']}")
    return {name: value for name, value in resource.items() if name in _EDITABLE}
