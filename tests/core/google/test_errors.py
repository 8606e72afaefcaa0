"""Tests of how errors of Google's libraries are told."""

import grpc
import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from core.errors import (
    CloudError,
    Conflict,
    NotFound,
    OpsError,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unavailable,
)
from core.google.errors import Asked, asking, cloud_error
from tests.core.google.vendor import raised

_READ = Asked("read", "job tabular-model-sync", "run.jobs.get on the job")
_WRITE = Asked("run", "job tabular-model-sync", "run.jobs.run on the job", write=True)


class _DroppedCall(grpc.RpcError):
    """What grpc itself raises where no generated client translates it."""

    def code(self) -> grpc.StatusCode:
        """Return the status."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        """Return the words."""
        return "Socket closed"

    def trailing_metadata(self) -> tuple[()]:
        """Return no metadata."""
        return ()


def _told(exc: Exception, asked: Asked = _READ) -> CloudError:
    error = cloud_error(exc, asked)
    assert error is not None
    return error


def test_the_error_of_the_library_is_kept_as_the_cause() -> None:
    """The log shows both: what a person is told and what really came."""
    cause = raised(api.NotFound, "projects/p/locations/l/jobs/tabular-model-sync does not exist")
    with pytest.raises(NotFound) as caught, asking(_READ):
        raise cause
    assert caught.value.__cause__ is cause
    assert caught.value.message == "There is no job tabular-model-sync."
    assert "settings" in caught.value.hint


def test_a_missing_permission_is_named() -> None:
    """The hint is what somebody types into the console next."""
    error = _told(raised(api.PermissionDenied, "Permission 'run.jobs.run' denied"), _WRITE)
    assert isinstance(error, PermissionDenied)
    assert error.message == "The bot's account may not run the job tabular-model-sync."
    assert error.hint == "Grant the bot's account run.jobs.run on the job."


def test_an_unclear_answer_to_a_write_says_so() -> None:
    """Whoever reads it must not simply repeat the command."""
    error = _told(raised(api.ServiceUnavailable, "Socket closed"), _WRITE)
    assert isinstance(error, Unavailable)
    assert "may or may not have been applied" in error.hint


def test_an_unclear_answer_to_a_read_does_not_frighten() -> None:
    """A read changes nothing, so it is simply tried again."""
    error = _told(raised(api.ServiceUnavailable, "Socket closed"), _READ)
    assert "applied" not in error.hint
    assert error.message == (
        "Google Cloud gave no clear answer when asked to read the job tabular-model-sync: "
        "Socket closed."
    )


def test_a_disabled_api_names_its_cure() -> None:
    """The platform's own words say which API it is."""
    refused = raised(
        api.Forbidden,
        "Cloud Run Admin API has not been used in project 1 before",
        error_info={"reason": "SERVICE_DISABLED"},
    )
    error = _told(refused)
    assert isinstance(error, Rejected)
    assert "Cloud Run Admin API" in error.message
    assert error.hint == "Enable this API in the project."


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (raised(api.Aborted, "etag"), Conflict),
        (raised(api.ResourceExhausted, "quota"), QuotaExceeded),
    ],
)
def test_refusals_of_a_write_say_that_nothing_was_applied(
    exc: Exception, kind: type[CloudError]
) -> None:
    """A definite refusal is safe to repeat once its reason is gone."""
    error = _told(exc, _WRITE)
    assert type(error) is kind
    assert "Nothing was applied" in error.hint


def test_the_url_that_rest_puts_first_is_left_out() -> None:
    """A person reads the reason, not the query string."""
    refused = raised(
        api.BadRequest,
        "GET https://storage.googleapis.com/storage/v1/b/x?fields=y: Invalid argument.",
        errors=[{"reason": "invalid", "message": "Invalid argument."}],
    )
    assert _told(refused).message.endswith("read the job tabular-model-sync: Invalid argument.")


def test_a_long_reason_is_cut_and_kept_on_one_line() -> None:
    """A message with a page of details still fits into one line of a report."""
    message = _told(raised(api.InvalidArgument, "line\n" * 500)).message
    assert "\n" not in message
    assert len(message) < 500


def test_retries_used_up_tell_what_the_last_attempt_said() -> None:
    """The library's own text is about timeouts, not about the reason."""
    gave_up = raised(
        api.RetryError,
        "Timeout of 5.0s exceeded",
        raised(api.ServiceUnavailable, "the backend is down"),
    )
    assert "the backend is down" in _told(gave_up).message


@pytest.mark.parametrize(
    "exc",
    [
        raised(auth.DefaultCredentialsError, "Your default credentials were not found."),
        raised(auth.RefreshError, "invalid_grant: Token has been revoked."),
    ],
)
def test_credentials_that_do_not_work_name_the_cure(exc: Exception) -> None:
    """It is about the bot itself, whatever was asked."""
    error = _told(exc)
    assert isinstance(error, PermissionDenied)
    assert "credentials" in error.message
    assert "gcloud auth application-default login" in error.hint


def test_a_raw_grpc_error_is_translated() -> None:
    """Not every path of the libraries wraps what grpc raises."""
    error = _told(_DroppedCall())
    assert isinstance(error, Unavailable)
    assert "Socket closed" in error.message


def test_a_connection_that_breaks_is_unclear() -> None:
    """Over HTTP it is requests that says so."""
    assert isinstance(_told(requests.ConnectionError("reset"), _WRITE), Unavailable)


def test_our_own_errors_pass_through() -> None:
    """What the body has already told is not told again."""
    ours = Rejected("too large")
    with pytest.raises(OpsError) as caught, asking(_READ):
        raise ours
    assert caught.value is ours


def test_a_bug_stays_a_bug() -> None:
    """Only errors of the cloud are translated."""
    with pytest.raises(KeyError), asking(_READ):
        raise KeyError("x")
    with pytest.raises(api.DuplicateCredentialArgs), asking(_READ):
        raise raised(api.DuplicateCredentialArgs, "both")
