"""Buckets and objects as the JSON API shows them.

Fields as docs.cloud.google.com/storage/docs/json_api/v1/objects and .../buckets list them.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.lifecycle import lifecycle_resource
from sandbox.cloud.partial_response import Schema
from sandbox.cloud.versions import Version

PROJECT_NUMBER = "123456789012"

_OBJECT_FIELD_NAMES = """
    acl bucket cacheControl componentCount contentDisposition contentEncoding contentLanguage
    contentType contexts crc32c customTime customerEncryption etag eventBasedHold generation
    hardDeleteTime id kind kmsKeyName md5Hash mediaLink metadata metageneration name owner
    restoreToken retention retentionExpirationTime selfLink size softDeleteTime storageClass
    temporaryHold timeCreated timeDeleted timeFinalized timeStorageClassUpdated updated
"""
_BUCKET_FIELD_NAMES = """
    acl autoclass billing cors customPlacementConfig defaultEventBasedHold defaultObjectAcl
    encryption etag generation hardDeleteTime hierarchicalNamespace iamConfiguration id ipFilter
    kind labels lifecycle location locationType logging metageneration name objectRetention
    owner projectNumber retentionPolicy rpo satisfiesPZI satisfiesPZS selfLink softDeletePolicy
    softDeleteTime storageClass timeCreated updated versioning website
"""

OBJECT_FIELDS: Schema = dict.fromkeys(_OBJECT_FIELD_NAMES.split())
LISTING_FIELDS: Schema = {
    "kind": None,
    "nextPageToken": None,
    "prefixes": None,
    "items": OBJECT_FIELDS,
}
BUCKET_FIELDS: Schema = dict.fromkeys(_BUCKET_FIELD_NAMES.split())


def object_resource(version: Version, bucket: str, host_url: str) -> dict[str, object]:
    """Return an object's resource; `host_url` ends in a slash."""
    path = f"storage/v1/b/{bucket}/o/{quote(version.name, safe='')}"
    created = timestamp(version.time_created)
    resource: dict[str, object] = {
        "kind": "storage#object",
        "id": f"{bucket}/{version.name}/{version.generation}",
        "selfLink": f"{host_url}{path}",
        "mediaLink": f"{host_url}download/{path}?generation={version.generation}&alt=media",
        "name": version.name,
        "bucket": bucket,
        "generation": str(version.generation),
        "metageneration": str(version.metageneration),
        "contentType": version.content_type,
        "storageClass": "STANDARD",
        "size": str(version.size_bytes),
        "crc32c": crc32c_text(version.crc32c),
        "etag": etag(version.generation, version.metageneration),
        "timeCreated": created,
        "updated": created,
        "timeStorageClassUpdated": created,
        "timeFinalized": created,
    }
    if version.md5 is not None:
        resource["md5Hash"] = base64.b64encode(version.md5).decode()
    if version.metadata:
        resource["metadata"] = dict(version.metadata)
    ends = {
        "timeDeleted": version.time_deleted,
        "softDeleteTime": version.soft_delete_time,
        "hardDeleteTime": version.hard_delete_time,
    }
    return resource | {name: timestamp(moment) for name, moment in ends.items() if moment}


def bucket_resource(bucket: Bucket, host_url: str) -> dict[str, object]:
    """Return a bucket's resource; `host_url` ends in a slash."""
    settings = bucket.settings
    created = timestamp(bucket.time_created)
    resource: dict[str, object] = {
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{host_url}storage/v1/b/{bucket.name}",
        "projectNumber": PROJECT_NUMBER,
        "name": bucket.name,
        "generation": str(bucket.generation),
        "metageneration": str(bucket.metageneration),
        "location": settings.location,
        "locationType": "region",
        "storageClass": "STANDARD",
        "etag": _base64(_varint_field(1, bucket.metageneration)),
        "timeCreated": created,
        "updated": timestamp(bucket.time_updated),
        "softDeletePolicy": {
            "retentionDurationSeconds": str(settings.soft_delete_seconds),
            "effectiveTime": created,
        },
        "versioning": {"enabled": settings.versioning},
        "iamConfiguration": _IAM_CONFIGURATION,
    }
    if settings.lifecycle:
        resource["lifecycle"] = lifecycle_resource(settings.lifecycle)
    return resource


def crc32c_text(crc32c: int) -> str:
    """Return a CRC32C as the API writes it: base64 of four big-endian bytes."""
    return _base64(crc32c.to_bytes(4, "big"))


def etag(generation: int, metageneration: int) -> str:
    """Return an object's etag: a small protobuf message of its two numbers, in base64."""
    return _base64(_varint_field(1, generation) + _varint_field(2, metageneration))


def timestamp(moment: datetime) -> str:
    """Return a time as the API writes it: UTC, milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


_IAM_CONFIGURATION: Mapping[str, object] = {
    "bucketPolicyOnly": {"enabled": True},
    "uniformBucketLevelAccess": {"enabled": True},
    "publicAccessPrevention": "inherited",
}


def _varint_field(number: int, value: int) -> bytes:
    encoded = bytearray([number << 3])
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
