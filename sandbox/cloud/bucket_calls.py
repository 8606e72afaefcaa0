"""The calls on a bucket: storage.buckets.get and storage.buckets.testIamPermissions."""

from flask import Response, request

from sandbox.cloud.storage_errors import required
from sandbox.cloud.storage_query import Query
from sandbox.cloud.storage_resources import BUCKET_FIELDS, bucket_resource
from sandbox.cloud.storage_service import StorageService, json_answer


def get_bucket(service: StorageService, name: str) -> Response:
    """Answer the bucket's resource."""
    query = Query(request)
    with service.faults.call("storage.buckets.get", name):
        query.allow(("ifMetagenerationMatch", "ifMetagenerationNotMatch"))
        bucket = service.bucket(name, "storage.buckets.get")
        query.preconditions().check(bucket)
        return json_answer(bucket_resource(bucket, request.host_url), BUCKET_FIELDS)


def test_permissions(service: StorageService, name: str) -> Response:
    """Answer those of the asked permissions that the caller holds."""
    with service.faults.call("storage.buckets.testIamPermissions", name):
        Query(request).allow(("permissions",))
        asked = request.args.getlist("permissions")
        if not asked:
            raise required("permissions")
        denied = service.buckets.get(name).denied_permissions
        held = [permission for permission in asked if permission not in denied]
        answer: dict[str, object] = {"kind": "storage#testIamPermissionsResponse"}
        if held:
            answer["permissions"] = held
        return json_answer(answer, {"kind": None, "permissions": None})
