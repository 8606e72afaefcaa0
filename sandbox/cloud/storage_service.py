"""What every Cloud Storage call needs: the buckets, the faults, and how an answer is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request

from sandbox.clock import Clock
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.partial_response import Schema, parse_fields
from sandbox.cloud.resumable import Sessions
from sandbox.cloud.storage_errors import forbidden
from sandbox.cloud.storage_resources import (
    BUCKET_FIELDS,
    OBJECT_FIELDS,
    bucket_resource,
    object_resource,
)
from sandbox.cloud.versions import Version
from sandbox.faults import Faults


@dataclass(frozen=True, slots=True)
class StorageService:
    """What the calls work on."""

    buckets: Buckets
    faults: Faults
    sessions: Sessions
    clock: Clock

    def bucket(self, name: str, permission: str, object_name: str = "") -> Bucket:
        """Return a bucket on which the caller holds a permission; else refuse, 404 or 403."""
        bucket = self.buckets.get(name)
        self.check(bucket, permission, "object" if object_name else "bucket")
        return bucket

    def check(self, bucket: Bucket, permission: str, kind: str = "bucket") -> None:
        """Refuse a caller who lacks a permission on a bucket or its objects."""
        if not bucket.allows(permission, self.buckets.caller):
            raise forbidden(permission, kind)

    def writable(self, name: str, object_name: str) -> Bucket:
        """Return the bucket to write an object to; replacing one takes the right to delete it."""
        bucket = self.bucket(name, "storage.objects.create", object_name)
        if bucket.live(object_name) is not None:
            self.bucket(name, "storage.objects.delete", object_name)
        return bucket

    def check_project(self, permission: str) -> None:
        """Refuse a caller who lacks a permission on the project; members of buckets have none."""
        if self.buckets.caller is not None or permission in self.buckets.denied_permissions:
            raise forbidden(permission, "project")


def json_answer(answer: Mapping[str, object], schema: Schema) -> Response:
    """Render an answer, cut to the `fields` that the request asks for."""
    fields = request.args.get("fields")
    picked = parse_fields(fields, schema).apply(answer) if fields else answer
    return Response(json.dumps(picked), content_type="application/json; charset=UTF-8")


def object_answer(version: Version, bucket_name: str) -> Response:
    """Render an object's resource."""
    return json_answer(object_resource(version, bucket_name, request.host_url), OBJECT_FIELDS)


def bucket_answer(bucket: Bucket) -> Response:
    """Render a bucket's resource."""
    return json_answer(bucket_resource(bucket, request.host_url), BUCKET_FIELDS)
