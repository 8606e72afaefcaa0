"""Tests of the table that says which kind of error each of Google's exceptions is."""

import inspect
from types import ModuleType

import grpc
import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage import exceptions as storage

from core.errors import (
    CloudError,
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unavailable,
)
from core.google.kinds import KINDS, OUR_MISTAKES, kind_of
from tests.core.google.vendor import answered, raised

_VENDORS: tuple[ModuleType, ...] = (api, auth, storage, requests.exceptions, grpc)

_STATUSES = {
    grpc.StatusCode.CANCELLED: Unavailable,
    grpc.StatusCode.UNKNOWN: Unavailable,
    grpc.StatusCode.INVALID_ARGUMENT: Rejected,
    grpc.StatusCode.DEADLINE_EXCEEDED: Unavailable,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.UNAUTHENTICATED: PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: QuotaExceeded,
    grpc.StatusCode.FAILED_PRECONDITION: Rejected,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.OUT_OF_RANGE: Rejected,
    grpc.StatusCode.UNIMPLEMENTED: Rejected,
    grpc.StatusCode.INTERNAL: Unavailable,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DATA_LOSS: Unavailable,
}

_HTTP_STATUSES = {
    304: Rejected,
    308: Unavailable,
    400: Rejected,
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    410: Rejected,
    412: Conflict,
    413: Rejected,
    416: Rejected,
    429: QuotaExceeded,
    499: Unavailable,
    500: Unavailable,
    501: Rejected,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
    507: Unavailable,
}


def _exceptions_of(vendor: ModuleType) -> set[type[BaseException]]:
    return {
        member
        for name, member in inspect.getmembers(vendor, inspect.isclass)
        if issubclass(member, Exception)
        and not issubclass(member, Warning)
        and not name.startswith("_")
        and member.__module__ == vendor.__name__
    }


@pytest.mark.parametrize("vendor", _VENDORS, ids=lambda vendor: str(vendor.__name__))
def test_every_exception_of_a_vendor_is_mapped(vendor: ModuleType) -> None:
    """An exception class that a library gains fails here until somebody decides what it means."""
    found = _exceptions_of(vendor)
    unmapped = {one.__qualname__ for one in found if one not in KINDS and one not in OUR_MISTAKES}
    assert len(found) >= 2, "the walk found too little to prove anything"
    assert not unmapped


def test_no_exception_is_both_translated_and_ours() -> None:
    """A class is either the cloud's doing or a mistake of ours."""
    assert not OUR_MISTAKES & set(KINDS)


@pytest.mark.parametrize(
    ("status", "kind"), [pytest.param(*pair, id=pair[0].name) for pair in _STATUSES.items()]
)
def test_a_grpc_status_has_its_kind(status: grpc.StatusCode, kind: type[CloudError]) -> None:
    """Definite refusals are told apart from answers that leave the outcome open."""
    assert kind_of(answered(status, "because")) is kind


def test_every_grpc_status_is_tried() -> None:
    """The table of statuses above leaves none out but OK."""
    assert set(_STATUSES) | {grpc.StatusCode.OK} == set(grpc.StatusCode)


@pytest.mark.parametrize(("status", "kind"), _HTTP_STATUSES.items())
def test_an_http_status_has_its_kind(status: int, kind: type[CloudError]) -> None:
    """Statuses without a class of their own are judged by their number."""
    assert kind_of(answered(status, "because")) is kind


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (raised(api.TooManyRequests, "slow down"), QuotaExceeded),
        (raised(api.ServiceUnavailable, "down"), Unavailable),
        (ConnectionResetError("gone"), Unavailable),
        (None, Unavailable),
    ],
)
def test_retries_used_up_are_unclear_unless_the_last_answer_was_a_quota(
    cause: Exception | None, kind: type[CloudError]
) -> None:
    """What the last attempt said decides only where it says that nothing was applied."""
    assert kind_of(raised(api.RetryError, "gave up", cause)) is kind


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_a_403_for_too_many_requests_is_a_quota(reason: str) -> None:
    """Cloud Storage and Monitoring tell some limits as 403: this is no missing permission."""
    refused = raised(api.Forbidden, "slow down", errors=[{"reason": reason}])
    assert kind_of(refused) is QuotaExceeded


def test_an_api_that_is_switched_off_is_no_missing_permission() -> None:
    """Granting a role would not help, so it is told as a refusal."""
    refused = raised(
        api.Forbidden,
        "Cloud Run Admin API has not been used",
        error_info={"reason": "SERVICE_DISABLED"},
    )
    assert kind_of(refused) is Rejected


def test_credentials_are_refused_or_unreachable() -> None:
    """A refused refresh needs a person, one that may be tried again is an outage."""
    refused = raised(auth.RefreshError, "invalid_grant")
    outage = raised(auth.RefreshError, "503", retryable=True)
    assert kind_of(refused) is PermissionDenied
    assert kind_of(outage) is Unavailable


def test_a_failed_http_response_is_judged_by_its_status() -> None:
    """Transfers raise their own class around the response."""
    response = requests.Response()
    response.status_code = 404
    assert kind_of(raised(storage.InvalidResponse, response, "no such object")) is NotFound
    assert kind_of(requests.HTTPError("404", response=response)) is NotFound
    assert kind_of(requests.HTTPError("no response")) is Unavailable


@pytest.mark.parametrize("exc", [ValueError("x"), KeyError("x"), RuntimeError("x")])
def test_other_exceptions_are_not_the_clouds(exc: Exception) -> None:
    """A bug of ours stays a bug."""
    assert kind_of(exc) is None


def test_misuse_of_a_library_is_not_translated() -> None:
    """It is a bug of ours although a vendor's class says so."""
    assert kind_of(raised(api.DuplicateCredentialArgs, "both")) is None
