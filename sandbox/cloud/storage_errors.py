"""Cloud Storage's error answers: which status, reason and words each trouble gets.

Shapes as docs.cloud.google.com/storage/docs/json_api/v1/status-codes shows them.
"""

import json
from http import HTTPStatus
from typing import assert_never

from flask import Response

from sandbox.cloud.versions import (
    BucketExists,
    BucketNotEmpty,
    NoSuchBucket,
    NoSuchObject,
    PreconditionFailed,
)
from sandbox.faults import Refuse

StoreRefusal = NoSuchBucket | BucketExists | BucketNotEmpty | NoSuchObject | PreconditionFailed

_REASONS = {
    400: "invalid",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    408: "requestTimeout",
    409: "conflict",
    410: "gone",
    412: "conditionNotMet",
    413: "uploadTooLarge",
    416: "requestedRangeNotSatisfiable",
    429: "rateLimitExceeded",
    500: "internalError",
    501: "notImplemented",
    503: "backendError",
}


class ApiError(Exception):
    """An answer other than success; `reason` defaults to the usual one of the status."""

    def __init__(self, status: int, message: str, *, reason: str = "", location: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason or _REASONS.get(status, "backendError" if status >= 500 else "invalid")
        self.location = location
        self.retry_after_seconds: int | None = None
        self.plain = False  # an upload session's offset gap is told as bare text


def bad_parameter(name: str, value: str) -> ApiError:
    """Refuse the value of a query parameter."""
    message = f"Invalid value '{value}' for query parameter '{name}'."
    return ApiError(400, message, reason="invalidParameter", location=name)


def not_built(what: str) -> ApiError:
    """Say that the real service has this and the sandbox has not: never a silent success."""
    return ApiError(501, f"The sandbox's Cloud Storage does not serve {what}.")


def required(name: str) -> ApiError:
    """Refuse a request without a parameter that it needs."""
    return ApiError(400, "Required", reason="required", location=name)


def forbidden(permission: str, kind: str) -> ApiError:
    """Refuse a caller who lacks a permission on an "object", "bucket" or "project"."""
    return ApiError(
        403,
        f"Caller does not have {permission} access to the Google Cloud Storage {kind}. "
        f"Permission '{permission}' denied on resource (or it may not exist).",
    )


def injected(refuse: Refuse) -> ApiError:
    """Turn an injected refusal into the service's answer; 429 and 503 carry Retry-After."""
    if not isinstance(refuse.status, int):
        raise TypeError(f"a REST method is refused by an HTTP status, not {refuse.status!r}")
    error = ApiError(refuse.status, refuse.message)
    if refuse.status in {429, 503}:
        error.retry_after_seconds = refuse.retry_after_seconds
    return error


def refused(refusal: StoreRefusal, *, reading: bool) -> ApiError:
    """Turn the store's refusal into the service's answer.

    A failed not-match condition is 304 for a read and 412 for a write
    (docs.cloud.google.com/storage/docs/request-preconditions).
    """
    match refusal:
        case NoSuchBucket():
            return ApiError(404, "The specified bucket does not exist.")
        case NoSuchObject():
            return ApiError(404, f"No such object: {refusal}")
        case BucketExists():
            words = (
                "Your previous request to create the named bucket succeeded and you already own it."
            )
            return ApiError(409, words)
        case BucketNotEmpty():
            return ApiError(409, "The bucket you tried to delete is not empty.")
        case PreconditionFailed():
            if refusal.negated and reading:
                return ApiError(304, "Not Modified")
            words = "At least one of the pre-conditions you specified did not hold."
            return ApiError(412, words, location="If-None-Match" if refusal.negated else "If-Match")
        case _:
            assert_never(refusal)


def error_response(error: ApiError, *, media: bool = False) -> Response:
    """Render an error: JSON, or the bare message where a download asked for media."""
    if error.status == HTTPStatus.NOT_MODIFIED:
        return Response(status=error.status)
    if media or error.plain:
        kind = "text/plain" if error.plain else "text/html"
        response = Response(error.message, error.status, content_type=f"{kind}; charset=utf-8")
    else:
        body = json.dumps(_body(error))
        response = Response(body, error.status, content_type="application/json; charset=UTF-8")
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    return response


def _body(error: ApiError) -> dict[str, object]:
    domain = "usageLimits" if error.status == HTTPStatus.TOO_MANY_REQUESTS else "global"
    entry = {"message": error.message, "domain": domain, "reason": error.reason}
    if error.location:
        is_parameter = error.reason in {"invalidParameter", "required"}
        entry["locationType"] = "parameter" if is_parameter else "header"
        entry["location"] = error.location
    return {"error": {"code": error.status, "message": error.message, "errors": [entry]}}
