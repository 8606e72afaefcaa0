"""Cloud Storage's JSON API over the pretend buckets: which request is which call.

Paths as docs.cloud.google.com/storage/docs/json_api describes them; what is not served
answers 501.
"""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, request

from sandbox.clock import Clock
from sandbox.cloud import bucket_calls, copy_calls, iam_calls, object_calls, upload_calls
from sandbox.cloud.batch import run_batch
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.resumable import Sessions
from sandbox.cloud.storage_errors import (
    ApiError,
    error_response,
    injected,
    not_built,
    refused,
)
from sandbox.cloud.storage_service import StorageService
from sandbox.cloud.versions import (
    BucketExists,
    BucketNotEmpty,
    NoSuchBucket,
    NoSuchObject,
    PreconditionFailed,
)
from sandbox.faults import Faults, InjectedRefusal

_PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1", "/batch/storage/v1")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Call = Callable[..., Response]  # the service, then the names that stand for * in the path

_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/storage/v1/b", bucket_calls.list_buckets),
    ("POST", "/storage/v1/b", bucket_calls.insert_bucket),
    ("GET", "/storage/v1/b/*", bucket_calls.get_bucket),
    ("PATCH", "/storage/v1/b/*", bucket_calls.patch_bucket),
    ("PUT", "/storage/v1/b/*", bucket_calls.update_bucket),
    ("DELETE", "/storage/v1/b/*", bucket_calls.delete_bucket),
    ("POST", "/storage/v1/b/*/restore", bucket_calls.restore_bucket),
    ("GET", "/storage/v1/b/*/iam", iam_calls.get_iam_policy),
    ("PUT", "/storage/v1/b/*/iam", iam_calls.set_iam_policy),
    ("GET", "/storage/v1/b/*/iam/testPermissions", iam_calls.test_permissions),
    ("GET", "/storage/v1/b/*/o", object_calls.list_objects),
    ("GET", "/storage/v1/b/*/o/*", object_calls.get_object),
    ("GET", "/download/storage/v1/b/*/o/*", object_calls.get_object),
    ("PATCH", "/storage/v1/b/*/o/*", object_calls.patch_object),
    ("DELETE", "/storage/v1/b/*/o/*", object_calls.delete_object),
    ("POST", "/storage/v1/b/*/o/*/restore", object_calls.restore_object),
    ("POST", "/storage/v1/b/*/o/*/rewriteTo/b/*/o/*", copy_calls.rewrite_object),
    ("POST", "/storage/v1/b/*/o/*/copyTo/b/*/o/*", copy_calls.copy_object),
    ("POST", "/upload/storage/v1/b/*/o", upload_calls.upload),
    ("PUT", "/upload/storage/v1/b/*/o", upload_calls.continue_upload),
)


def blueprint(buckets: Buckets, faults: Faults, clock: Clock) -> Blueprint:
    """Return the routes of Cloud Storage.

    Fault names are the API's method ids: storage.buckets.list, insert, get, patch, update,
    delete, restore, getIamPolicy, setIamPolicy, testIamPermissions; storage.objects.list,
    get, get.media, patch, delete, restore, rewrite, copy, insert and, for the requests of a
    resumable upload before its last, insert.start and insert.chunk; and storage.batch, inside
    of which each call has its own. A lost reply leaves as ReplyLost, for the server to drop.
    """
    service = StorageService(buckets, faults, Sessions(clock), clock)
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
    except (
        NoSuchBucket,
        BucketExists,
        BucketNotEmpty,
        NoSuchObject,
        PreconditionFailed,
    ) as refusal:
        failure = refused(refusal, reading=request.method == "GET")
    except InjectedRefusal as refusal:
        failure = injected(refusal.refuse)
    return error_response(failure, media=request.args.get("alt") == "media")


def _route(service: StorageService) -> Response:
    path = urlsplit(str(request.environ["RAW_URI"])).path
    if (request.method, path) == ("POST", "/batch/storage/v1"):
        return run_batch(service, _answer)
    for method, pattern, call in _CALLS:
        names = _names(pattern, path) if method == request.method else None
        if names is not None:
            return call(service, *names)
    raise not_built(f"{request.method} {path}")


def _names(pattern: str, path: str) -> list[str] | None:
    """Match an encoded path, in which an object's name is one segment; return what * stand for."""
    wanted, segments = pattern.split("/"), path.split("/")
    if len(wanted) != len(segments):
        return None
    names = []
    for want, segment in zip(wanted, segments, strict=True):
        if want == "*" and segment:
            names.append(unquote(segment))
        elif want != segment:
            return None
    return names
