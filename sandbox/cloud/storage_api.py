"""Cloud Storage's JSON API over the pretend buckets: which request is which call.

Paths as docs.cloud.google.com/storage/docs/json_api describes them; what is not served
answers 501.
"""

from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, request

from sandbox.clock import Clock
from sandbox.cloud.bucket_calls import get_bucket, test_permissions
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.object_calls import delete_object, get_object, list_objects
from sandbox.cloud.resumable import Sessions
from sandbox.cloud.storage_errors import ApiError, error_response, injected, not_built, refused
from sandbox.cloud.storage_service import StorageService
from sandbox.cloud.upload_calls import continue_upload, start_upload
from sandbox.cloud.versions import BucketExists, NoSuchBucket, NoSuchObject, PreconditionFailed
from sandbox.faults import Faults, InjectedRefusal

_PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1", "/batch/storage/v1")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def blueprint(buckets: Buckets, faults: Faults, clock: Clock) -> Blueprint:
    """Return the routes of Cloud Storage.

    Fault names are the API's method ids: storage.buckets.get,
    storage.buckets.testIamPermissions, storage.objects.list, storage.objects.get,
    storage.objects.get.media, storage.objects.delete, storage.objects.insert and, for the
    requests of a resumable upload before its last, storage.objects.insert.start and
    storage.objects.insert.chunk. A lost reply leaves as ReplyLost, for the server to drop.
    """
    service = StorageService(buckets, faults, Sessions(clock))
    routes = Blueprint("storage", __name__)

    def serve(**_: str) -> Response:
        return _answer(service)

    for prefix in _PREFIXES:
        routes.add_url_rule(prefix, prefix, serve, methods=_METHODS)
        routes.add_url_rule(f"{prefix}/<path:rest>", f"{prefix}/", serve, methods=_METHODS)
    return routes


def _answer(service: StorageService) -> Response:
    try:
        return _route(service)
    except ApiError as error:
        failure = error
    except (NoSuchBucket, BucketExists, NoSuchObject, PreconditionFailed) as refusal:
        failure = refused(refusal, reading=request.method == "GET")
    except InjectedRefusal as refusal:
        failure = injected(refusal.refuse)
    return error_response(failure, media=request.args.get("alt") == "media")


def _route(service: StorageService) -> Response:
    """Find the call by the encoded path, in which an object's name is one segment."""
    path = urlsplit(str(request.environ["RAW_URI"])).path
    surface, _, rest = path.partition("/v1/")
    segments = [unquote(segment) for segment in rest.split("/")]
    match request.method, surface, *segments:
        case "GET", "/storage", "b", bucket if bucket:
            answer = get_bucket(service, bucket)
        case "GET", "/storage", "b", bucket, "iam", "testPermissions":
            answer = test_permissions(service, bucket)
        case "GET", "/storage", "b", bucket, "o":
            answer = list_objects(service, bucket)
        case "GET", "/storage" | "/download/storage", "b", bucket, "o", name if name:
            answer = get_object(service, bucket, name)
        case "DELETE", "/storage", "b", bucket, "o", name if name:
            answer = delete_object(service, bucket, name)
        case "POST" | "PUT", "/upload/storage", "b", bucket, "o" if "upload_id" in request.args:
            answer = continue_upload(service, bucket)
        case "POST", "/upload/storage", "b", bucket, "o":
            answer = start_upload(service, bucket)
        case _:
            raise not_built(f"{request.method} {path}")
    return answer
