"""Buckets and objects as the JSON API shows them.

Fields as docs.cloud.google.com/storage/docs/json_api/v1/objects and .../buckets list them.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.bucket_fields import editable_resource, location_type
from sandbox.cloud.etags import object_etag
from sandbox.cloud.json_body import merged
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
BUCKET_LISTING_FIELDS: Schema = {"kind": None, "nextPageToken": None, "items": BUCKET_FIELDS}


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
        "etag": object_etag(version.generation, version.metageneration),
        "timeCreated": created,
        "updated": timestamp(version.time_updated or version.time_created),
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
    return resource | _times(ends)


def bucket_resource(bucket: Bucket, host_url: str) -> dict[str, object]:
    """Return a bucket's resource; `host_url` ends in a slash."""
    settings = bucket.settings
    uniform = {"enabled": settings.uniform_access}
    resource: dict[str, object] = {
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{host_url}storage/v1/b/{bucket.name}",
        "projectNumber": PROJECT_NUMBER,
        "name": bucket.name,
        "generation": str(bucket.generation),
        "metageneration": str(bucket.metageneration),
        "locationType": location_type(settings.location),
        "etag": bucket.etag,
        "timeCreated": timestamp(bucket.time_created),
        "updated": timestamp(bucket.time_updated),
    }
    answered = {
        "softDeletePolicy": {"effectiveTime": timestamp(bucket.soft_delete_since)},
        "iamConfiguration": {"bucketPolicyOnly": uniform},  # the old name, still put out
    }
    ends = {"softDeleteTime": bucket.soft_delete_time, "hardDeleteTime": bucket.hard_delete_time}
    return resource | merged(editable_resource(settings), answered) | _times(ends)


def crc32c_text(crc32c: int) -> str:
    """Return a CRC32C as the API writes it: base64 of four big-endian bytes."""
    return base64.b64encode(crc32c.to_bytes(4, "big")).decode()


def timestamp(moment: datetime) -> str:
    """Return a time as the API writes it: UTC, milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _times(moments: Mapping[str, datetime | None]) -> dict[str, object]:
    return {name: timestamp(moment) for name, moment in moments.items() if moment}
