"""Which kind of `CloudError` each exception of Google's client libraries is.

The question that decides is whether the request may have been applied. A definite refusal is
`Rejected`, `PermissionDenied`, `NotFound`, `Conflict` or `QuotaExceeded`; whatever leaves it
open is `Unavailable`. ABORTED is definite: a test-and-set, such as an etag, failed, and the
caller should begin anew at a higher level (google.rpc.Code, cloud.google.com/apis/design/errors).
"""

import http.client
from collections.abc import Mapping

import grpc
import requests
import urllib3
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

KINDS: Mapping[type[BaseException], type[CloudError]] = {
    # google.api_core: what a server answered.
    api.GoogleAPIError: Unavailable,
    api.RetryError: Unavailable,
    api.GoogleAPICallError: Unavailable,
    api.Redirection: Rejected,
    api.MovedPermanently: Rejected,
    api.NotModified: Rejected,
    api.TemporaryRedirect: Rejected,
    api.ResumeIncomplete: Unavailable,
    api.ClientError: Rejected,
    api.BadRequest: Rejected,
    api.InvalidArgument: Rejected,
    api.FailedPrecondition: Rejected,
    api.OutOfRange: Rejected,
    api.Unauthorized: PermissionDenied,
    api.Unauthenticated: PermissionDenied,
    api.Forbidden: PermissionDenied,
    api.PermissionDenied: PermissionDenied,
    api.NotFound: NotFound,
    api.MethodNotAllowed: Rejected,
    api.Conflict: Conflict,
    api.AlreadyExists: Conflict,
    api.Aborted: Conflict,
    api.LengthRequired: Rejected,
    api.PreconditionFailed: Conflict,
    api.RequestRangeNotSatisfiable: Rejected,
    api.TooManyRequests: QuotaExceeded,
    api.ResourceExhausted: QuotaExceeded,
    api.Cancelled: Unavailable,
    api.ServerError: Unavailable,
    api.InternalServerError: Unavailable,
    api.Unknown: Unavailable,
    api.DataLoss: Unavailable,
    api.MethodNotImplemented: Rejected,
    api.BadGateway: Unavailable,
    api.ServiceUnavailable: Unavailable,
    api.GatewayTimeout: Unavailable,
    api.DeadlineExceeded: Unavailable,
    api.ResumableTransferError: Unavailable,
    api.TransferStalledError: Unavailable,
    api.UnseekableStreamError: Unavailable,
    api.UploadCancelledError: Unavailable,
    api.MissingStatusHeaderError: Unavailable,
    # google.auth: no token, so the request was never sent, unless the network is to blame.
    auth.GoogleAuthError: PermissionDenied,
    auth.TransportError: Unavailable,
    auth.RefreshError: PermissionDenied,
    auth.UserAccessTokenError: PermissionDenied,
    auth.DefaultCredentialsError: PermissionDenied,
    auth.MutualTLSChannelError: PermissionDenied,
    auth.ClientCertError: PermissionDenied,
    auth.OAuthError: PermissionDenied,
    auth.ReauthFailError: PermissionDenied,
    auth.ReauthSamlChallengeFailError: PermissionDenied,
    auth.MalformedError: PermissionDenied,
    auth.InvalidResource: PermissionDenied,
    auth.InvalidOperation: PermissionDenied,
    auth.InvalidValue: PermissionDenied,
    auth.InvalidType: PermissionDenied,
    auth.OSError: PermissionDenied,
    auth.TimeoutError: Unavailable,
    auth.ResponseError: Unavailable,
    # google.cloud.storage: transfers.
    storage.InvalidResponse: Unavailable,
    storage.DataCorruption: Unavailable,
    # requests: the connection, or an endpoint that is no URL.
    requests.exceptions.RequestException: Unavailable,
    requests.exceptions.InvalidJSONError: Unavailable,
    requests.exceptions.JSONDecodeError: Unavailable,
    requests.exceptions.HTTPError: Unavailable,
    requests.exceptions.ConnectionError: Unavailable,
    requests.exceptions.ProxyError: Unavailable,
    requests.exceptions.SSLError: Unavailable,
    requests.exceptions.Timeout: Unavailable,
    requests.exceptions.ConnectTimeout: Unavailable,
    requests.exceptions.ReadTimeout: Unavailable,
    requests.exceptions.URLRequired: Rejected,
    requests.exceptions.TooManyRedirects: Unavailable,
    requests.exceptions.MissingSchema: Rejected,
    requests.exceptions.InvalidSchema: Rejected,
    requests.exceptions.InvalidURL: Rejected,
    requests.exceptions.InvalidHeader: Rejected,
    requests.exceptions.InvalidProxyURL: Rejected,
    requests.exceptions.ChunkedEncodingError: Unavailable,
    requests.exceptions.ContentDecodingError: Unavailable,
    requests.exceptions.StreamConsumedError: Unavailable,
    requests.exceptions.RetryError: Unavailable,
    requests.exceptions.UnrewindableBodyError: Unavailable,
    # grpc, and what lies under both.
    grpc.RpcError: Unavailable,
    grpc.FutureTimeoutError: Unavailable,
    grpc.FutureCancelledError: Unavailable,
    urllib3.exceptions.HTTPError: Unavailable,
    http.client.HTTPException: Unavailable,
    ConnectionError: Unavailable,
    TimeoutError: Unavailable,
}

_UNAPPLIED = frozenset(range(400, 500)) - {http.client.REQUEST_TIMEOUT}
"""HTTP statuses that refuse a request, where the library has no class for the status."""

OUR_MISTAKES: frozenset[type[BaseException]] = frozenset(
    {
        api.DuplicateCredentialArgs,
        api.AsyncRestUnsupportedParameterError,
        storage.InvalidPathError,
    }
)
"""Raised only where the library is used wrongly: never translated, shown as internal errors."""


def kind_of(exc: BaseException) -> type[CloudError] | None:
    """Return the kind of `exc`, None where it is not the cloud's doing."""
    if type(exc) in OUR_MISTAKES:
        return None
    if isinstance(exc, api.RetryError):
        return _kind_after_retries(exc)
    answer = answer_of(exc)
    if answer is not None:
        return _kind_of_answer(answer)
    if isinstance(exc, auth.RefreshError) and exc.retryable:
        return Unavailable
    return next((KINDS[base] for base in type(exc).__mro__ if base in KINDS), None)


def answer_of(exc: BaseException) -> api.GoogleAPICallError | None:
    """Return what a server answered, in the form of google.api_core; None where none did."""
    match exc:
        case api.GoogleAPICallError():
            return exc
        case grpc.RpcError():
            return _from_grpc(exc)
        case storage.InvalidResponse() | requests.exceptions.HTTPError():
            status = getattr(getattr(exc, "response", None), "status_code", None)
            return _from_status(status, str(exc)) if isinstance(status, int) else None
    return None


def service_disabled(exc: BaseException) -> bool:
    """Whether the API itself is switched off in the project.

    Source: cloud.google.com/apis/design/errors#error_info (reason SERVICE_DISABLED)
    """
    return isinstance(exc, api.GoogleAPICallError) and "SERVICE_DISABLED" in _reasons(exc)


def _kind_after_retries(exc: api.RetryError) -> type[CloudError]:
    last = kind_of(exc.cause) if exc.cause is not None else None
    return QuotaExceeded if last is QuotaExceeded else Unavailable


def _kind_of_answer(exc: api.GoogleAPICallError) -> type[CloudError] | None:
    if isinstance(exc, api.Forbidden):
        reasons = _reasons(exc)
        if reasons & {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}:
            return QuotaExceeded
        if "SERVICE_DISABLED" in reasons:
            return Rejected
    if type(exc) is api.GoogleAPICallError and exc.code in _UNAPPLIED:
        return Rejected
    return next((KINDS[base] for base in type(exc).__mro__ if base in KINDS), None)


def _from_grpc(exc: grpc.RpcError) -> api.GoogleAPICallError:
    answer: api.GoogleAPICallError = api.from_grpc_error(exc)  # type: ignore[no-untyped-call]  # Google's
    return answer


def _from_status(status: int, message: str) -> api.GoogleAPICallError:
    answer: api.GoogleAPICallError = api.from_http_status(status, message)  # type: ignore[no-untyped-call]  # Google's
    return answer


def _reasons(exc: api.GoogleAPICallError) -> set[str]:
    listed = {str(error.get("reason")) for error in exc.errors if isinstance(error, dict)}
    return listed | {str(exc.reason)}
