"""The calls on objects that exist: list, get (with its media), patch, delete and restore."""

from flask import Response, request

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.json_body import parse_resource
from sandbox.cloud.media import media_response
from sandbox.cloud.object_fields import patched, refuse_acl
from sandbox.cloud.object_listing import Page, page_of
from sandbox.cloud.storage_errors import ApiError, not_built, required
from sandbox.cloud.storage_query import LISTING, PRECONDITIONS, Query
from sandbox.cloud.storage_resources import LISTING_FIELDS, object_resource
from sandbox.cloud.storage_service import StorageService, json_answer, object_answer
from sandbox.cloud.versions import Version


def list_objects(service: StorageService, bucket_name: str) -> Response:
    """Answer one page of a bucket's objects, all versions of them, or the soft-deleted ones."""
    query = Query(request)
    with service.faults.call("storage.objects.list", f"{bucket_name}/{query.text('prefix')}"):
        query.allow(LISTING)
        bucket = service.bucket(bucket_name, "storage.objects.list")
        versions, soft_deleted = query.flag("versions"), query.flag("softDeleted")
        if versions and soft_deleted:
            raise ApiError(400, "versions and softDeleted cannot be listed together.")
        listing = query.listing()
        found = bucket.list(listing.prefix, versions=versions, soft_deleted=soft_deleted)
        return json_answer(_listing(page_of(found, listing), bucket_name), LISTING_FIELDS)


def get_object(service: StorageService, bucket_name: str, name: str) -> Response:
    """Answer an object's resource, or its bytes with alt=media."""
    query = Query(request)
    alt = query.text("alt") or "json"
    method = "storage.objects.get.media" if alt == "media" else "storage.objects.get"
    with service.faults.call(method, f"{bucket_name}/{name}"):
        query.allow((*PRECONDITIONS, "generation", "softDeleted"))
        if alt not in {"json", "media"}:
            raise not_built(f"alt={alt}")
        bucket = service.bucket(bucket_name, "storage.objects.get", name)
        version = _wanted(bucket, name, query)
        query.preconditions().check(version)
        if alt == "media":
            return media_response(version, request.headers.get("Range", ""))
        return object_answer(version, bucket_name)


def delete_object(service: StorageService, bucket_name: str, name: str) -> Response:
    """Delete the live version, or one generation for good."""
    query = Query(request)
    with service.faults.call("storage.objects.delete", f"{bucket_name}/{name}"):
        query.allow((*PRECONDITIONS, "generation"))
        bucket = service.bucket(bucket_name, "storage.objects.delete", name)
        bucket.remove(name, query.number("generation"), query.preconditions())
        return Response(status=204)


def patch_object(service: StorageService, bucket_name: str, name: str) -> Response:
    """Change an object's metadata."""
    query = Query(request)
    with service.faults.call("storage.objects.patch", f"{bucket_name}/{name}"):
        query.allow((*PRECONDITIONS, "generation"))
        bucket = service.bucket(bucket_name, "storage.objects.update", name)
        patch = parse_resource(request.get_data())
        refuse_acl(patch, uniform_access=bucket.settings.uniform_access)
        version = bucket.edit(
            name,
            query.number("generation"),
            lambda old: patched(old, patch),
            query.preconditions(),
        )
        return object_answer(version, bucket_name)


def restore_object(service: StorageService, bucket_name: str, name: str) -> Response:
    """Make a soft-deleted generation live again, as a new generation.

    The preconditions are on the live object, as for any write; there are no ACLs to copy
    (docs.cloud.google.com/storage/docs/json_api/v1/objects/restore).
    """
    query = Query(request)
    with service.faults.call("storage.objects.restore", f"{bucket_name}/{name}"):
        query.allow((*PRECONDITIONS, "copySourceAcl", "generation"))
        generation = query.number("generation")
        if generation is None:
            raise required("generation")
        service.bucket(bucket_name, "storage.objects.restore", name)
        bucket = service.writable(bucket_name, name)
        version = bucket.restore(name, generation, query.preconditions())
        return object_answer(version, bucket_name)


def _wanted(bucket: Bucket, name: str, query: Query) -> Version:
    generation = query.number("generation")
    if not query.flag("softDeleted"):
        return bucket.get(name, generation)
    if generation is None or query.text("alt") == "media":
        raise ApiError(400, "A soft-deleted object is read by generation, without its media.")
    return bucket.get_soft_deleted(name, generation)


def _listing(page: Page, bucket_name: str) -> dict[str, object]:
    answer: dict[str, object] = {"kind": "storage#objects"}
    if page.next_page_token:
        answer["nextPageToken"] = page.next_page_token
    if page.prefixes:
        answer["prefixes"] = page.prefixes
    if page.items:
        host = request.host_url
        answer["items"] = [object_resource(item, bucket_name, host) for item in page.items]
    return answer
