"""The calls on buckets: list, insert, get, patch, update, delete and restore.

As docs.cloud.google.com/storage/docs/json_api/v1/buckets and
.../storage/docs/use-soft-deleted-buckets describe them.
"""

from collections.abc import Callable

from flask import Response, request

from sandbox.cloud.bucket_fields import bucket_name, new_settings, patched, replaced
from sandbox.cloud.bucket_settings import BucketSettings
from sandbox.cloud.buckets import PROJECT, Bucket
from sandbox.cloud.json_body import Json, parse_resource
from sandbox.cloud.object_listing import page_token, read_page_token
from sandbox.cloud.storage_errors import ApiError, required
from sandbox.cloud.storage_query import BUCKET_PRECONDITIONS, Query
from sandbox.cloud.storage_resources import (
    BUCKET_LISTING_FIELDS,
    PROJECT_NUMBER,
    bucket_resource,
)
from sandbox.cloud.storage_service import StorageService, bucket_answer, json_answer
from sandbox.cloud.versions import BucketExists, NoSuchBucket

_LISTING = ("maxResults", "pageToken", "prefix", "project", "softDeleted")


def list_buckets(service: StorageService) -> Response:
    """Answer one page of the project's buckets, or of its soft-deleted ones."""
    query = Query(request)
    with service.faults.call("storage.buckets.list", query.text("prefix")):
        query.allow(_LISTING)
        _check_project(query)
        service.check_project("storage.buckets.list")
        found = service.buckets.list(query.text("prefix"), soft_deleted=query.flag("softDeleted"))
        if query.text("pageToken"):
            after = read_page_token(query.text("pageToken"))
            found = [bucket for bucket in found if _position(bucket) > after]
        size = query.page_size()
        answer: dict[str, object] = {"kind": "storage#buckets"}
        if found:
            answer["items"] = [bucket_resource(b, request.host_url) for b in found[:size]]
        if len(found) > size:
            answer["nextPageToken"] = page_token(_position(found[size - 1]))
        return json_answer(answer, BUCKET_LISTING_FIELDS)


def insert_bucket(service: StorageService) -> Response:
    """Make a bucket."""
    query, resource = Query(request), parse_resource(request.get_data())
    with service.faults.call("storage.buckets.insert", str(resource.get("name", ""))):
        query.allow(("project",))
        _check_project(query)
        name, settings = bucket_name(resource), new_settings(resource)
        service.check_project("storage.buckets.create")
        return bucket_answer(service.buckets.insert(name, settings))


def get_bucket(service: StorageService, name: str) -> Response:
    """Answer the bucket's resource, or that of a soft-deleted generation."""
    query = Query(request)
    with service.faults.call("storage.buckets.get", name):
        query.allow((*BUCKET_PRECONDITIONS, "generation", "softDeleted"))
        bucket = _wanted(service, name, query)
        service.check(bucket, "storage.buckets.get")
        query.preconditions().check(bucket)
        return bucket_answer(bucket)


def patch_bucket(service: StorageService, name: str) -> Response:
    """Change some of a bucket's settings."""
    with service.faults.call("storage.buckets.patch", name):
        return _revise(service, name, patched)


def update_bucket(service: StorageService, name: str) -> Response:
    """Replace all of a bucket's settings."""
    with service.faults.call("storage.buckets.update", name):
        return _revise(service, name, replaced)


def delete_bucket(service: StorageService, name: str) -> Response:
    """Delete a bucket that holds no live or noncurrent object."""
    query = Query(request)
    with service.faults.call("storage.buckets.delete", name):
        query.allow(BUCKET_PRECONDITIONS)
        service.bucket(name, "storage.buckets.delete")
        service.buckets.remove(name, query.preconditions())
        return Response(status=204)


def restore_bucket(service: StorageService, name: str) -> Response:
    """Make a soft-deleted bucket live again, where no live bucket has taken its name."""
    query = Query(request)
    with service.faults.call("storage.buckets.restore", name):
        query.allow(("generation",))
        generation = query.number("generation")
        if generation is None:
            raise required("generation")
        service.check_project("storage.buckets.restore")
        try:
            return bucket_answer(service.buckets.restore(name, generation))
        except BucketExists as error:
            message = "The bucket cannot be restored: a live bucket with the same name exists."
            raise ApiError(409, message) from error


def _revise(
    service: StorageService, name: str, edit: Callable[[BucketSettings, Json], BucketSettings]
) -> Response:
    query, resource = Query(request), parse_resource(request.get_data())
    query.allow(BUCKET_PRECONDITIONS)
    bucket = service.bucket(name, "storage.buckets.update")
    bucket.revise(lambda settings: edit(settings, resource), query.preconditions())
    return bucket_answer(bucket)


def _wanted(service: StorageService, name: str, query: Query) -> Bucket:
    generation = query.number("generation")
    if query.flag("softDeleted"):
        if generation is None:
            raise required("generation")
        return service.buckets.get_soft_deleted(name, generation)
    bucket = service.buckets.get(name)
    if generation not in {None, bucket.generation}:
        raise NoSuchBucket(name)
    return bucket


def _check_project(query: Query) -> None:
    project = query.text("project")
    if not project:
        raise required("project")
    if project not in {PROJECT, PROJECT_NUMBER}:
        raise ApiError(400, f"Unknown project id: {project}")


def _position(bucket: Bucket) -> tuple[str, int]:
    return bucket.name, bucket.generation
