"""The calls that write an object: simple, multipart and resumable uploads.

The fault name storage.objects.insert is the request that creates the object; a resumable
upload's other requests are storage.objects.insert.start and storage.objects.insert.chunk.
"""

from urllib.parse import quote

from flask import Response, request

from sandbox.cloud.json_body import parse_resource
from sandbox.cloud.resumable import parse_chunk
from sandbox.cloud.storage_errors import bad_parameter
from sandbox.cloud.storage_query import PRECONDITIONS, Query
from sandbox.cloud.storage_service import StorageService, object_answer
from sandbox.cloud.upload_request import Announcement, announce, split_multipart


def upload(service: StorageService, bucket_name: str) -> Response:
    """Take a request of an upload: one that opens it, or a further one of a session."""
    if "upload_id" in request.args:
        return continue_upload(service, bucket_name)
    return start_upload(service, bucket_name)


def start_upload(service: StorageService, bucket_name: str) -> Response:
    """Write an object from one request, or open a resumable session."""
    query = Query(request)
    query.allow((*PRECONDITIONS, "name", "uploadType"))
    name, body = query.text("name"), request.get_data()
    match query.text("uploadType"):
        case "media":
            announcement = announce({}, name, request.headers.get("Content-Type", ""))
            return _insert(service, bucket_name, announcement, body)
        case "multipart":
            boundary = request.mimetype_params.get("boundary", "")
            resource, content_type, data = split_multipart(boundary, body)
            announcement = announce(parse_resource(resource), name, content_type)
            return _insert(service, bucket_name, announcement, data)
        case "resumable":
            content_type = request.headers.get("X-Upload-Content-Type", "")
            announcement = announce(parse_resource(body), name, content_type)
            return _start_session(service, bucket_name, announcement)
        case other:
            raise bad_parameter("uploadType", other)


def continue_upload(service: StorageService, bucket_name: str) -> Response:
    """Take a chunk or a status query; 308 with the bytes kept so far, 200 once complete."""
    header, hashes = (request.headers.get(h, "") for h in ("Content-Range", "X-Goog-Hash"))
    chunk = parse_chunk(header, request.get_data(), hashes)
    session = service.sessions.get(request.args["upload_id"], service.buckets.get(bucket_name))
    last = session.is_completed_by(chunk)
    method = "storage.objects.insert" if last else "storage.objects.insert.chunk"
    with service.faults.call(method, f"{bucket_name}/{session.announcement.name}"):
        received = session.receive(chunk)
        if not isinstance(received, int):
            return object_answer(received, bucket_name)
        response = Response(status=308)
        if received:
            response.headers["Range"] = f"bytes=0-{received - 1}"
        return response


def _insert(
    service: StorageService, bucket_name: str, announcement: Announcement, data: bytes
) -> Response:
    with service.faults.call("storage.objects.insert", f"{bucket_name}/{announcement.name}"):
        bucket = service.writable(bucket_name, announcement.name)
        draft = announcement.draft(data, request.headers.get("X-Goog-Hash", ""))
        version = bucket.insert(draft, Query(request).preconditions())
        return object_answer(version, bucket_name)


def _start_session(
    service: StorageService, bucket_name: str, announcement: Announcement
) -> Response:
    name = announcement.name
    with service.faults.call("storage.objects.insert.start", f"{bucket_name}/{name}"):
        bucket = service.writable(bucket_name, name)
        preconditions = Query(request).preconditions()
        preconditions.check(bucket.live(name))
        size = request.headers.get("X-Upload-Content-Length", "")
        total_bytes = int(size) if size.isascii() and size.isdigit() else None
        upload_id = service.sessions.start(bucket, announcement, preconditions, total_bytes)
        address = f"{request.host_url}upload/storage/v1/b/{bucket_name}/o?uploadType=resumable"
        location = f"{address}&name={quote(name, safe='')}&upload_id={upload_id}"
        return Response(status=200, headers={"Location": location})
