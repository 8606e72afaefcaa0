"""The calls on objects that exist: storage.objects.list, get (with its media) and delete."""

from flask import Response, request

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.media import media_response
from sandbox.cloud.object_listing import Page, page_of
from sandbox.cloud.storage_errors import ApiError, not_built
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
