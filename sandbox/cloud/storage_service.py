"""What every Cloud Storage call needs: the buckets, the faults, and how an answer is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.partial_response import Schema, parse_fields
from sandbox.cloud.resumable import Sessions
from sandbox.cloud.storage_errors import forbidden
from sandbox.cloud.storage_resources import OBJECT_FIELDS, object_resource
from sandbox.cloud.versions import Version
from sandbox.faults import Faults


@dataclass(frozen=True, slots=True)
class StorageService:
    """What the calls work on."""

    buckets: Buckets
    faults: Faults
    sessions: Sessions

    def bucket(self, name: str, permission: str, object_name: str = "") -> Bucket:
        """Return a bucket on which the caller holds a permission; else refuse, 404 or 403."""
        bucket = self.buckets.get(name)
        if permission in bucket.denied_permissions:
            raise forbidden(permission, is_object=bool(object_name))
        return bucket


def json_answer(answer: Mapping[str, object], schema: Schema) -> Response:
    """Render an answer, cut to the `fields` that the request asks for."""
    fields = request.args.get("fields")
    picked = parse_fields(fields, schema).apply(answer) if fields else answer
    return Response(json.dumps(picked), content_type="application/json; charset=UTF-8")


def object_answer(version: Version, bucket_name: str) -> Response:
    """Render an object's resource."""
    return json_answer(object_resource(version, bucket_name, request.host_url), OBJECT_FIELDS)
