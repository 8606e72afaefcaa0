"""Errors of Google's client libraries told as ours: what was asked, what came, what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from google.api_core import exceptions as api
from google.auth import exceptions as auth

from core.errors import (
    CloudError,
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
)
from core.google.kinds import KINDS, answer_of, kind_of, service_disabled

_LONGEST_REASON = 300
_VENDOR_ERRORS = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call is for, in words: `Asked("list the objects of", "bucket my-cache", ...)`.

    `permission` is what the bot's account needs for it. `write` says that an unclear answer
    leaves open whether it was applied; `absent` is the next step where the thing is not there,
    and `offers` the commands that take it.
    """

    verb: str
    subject: str
    permission: str
    write: bool = False
    absent: str = "Check that it is deployed, and its name in the bot's settings."
    offers: tuple[str, ...] = ()


@contextmanager
def asking(asked: Asked) -> Iterator[None]:
    """Translate what Google's libraries raise in the body.

    Raises:
        CloudError: one of its kinds, from the library's exception.
    """
    try:
        yield
    except _VENDOR_ERRORS as exc:
        error = cloud_error(exc, asked)
        if error is None:
            raise
        raise error from exc


def cloud_error(exc: BaseException, asked: Asked) -> CloudError | None:
    """Tell `exc` as ours; None where it is none of Google's errors, or a mistake of ours."""
    kind = kind_of(exc)
    if kind is None:
        return None
    what = f"{asked.verb} the {asked.subject}"
    reason = _reason(exc)
    if isinstance(exc, auth.GoogleAuthError) and kind is PermissionDenied:
        return PermissionDenied(
            f"The bot's Google credentials do not work: {reason}",
            "Check the service account that the bot runs as, or run "
            "`gcloud auth application-default login`.",
        )
    offers = asked.offers if kind is NotFound else ()
    message = _message(kind, what, asked.subject, reason)
    return kind(message, _hint(kind, exc, asked), offers=offers)


def _message(kind: type[CloudError], what: str, subject: str, reason: str) -> str:
    refused = f"Google Cloud refused to {what}"
    told = {
        NotFound: f"There is no {subject}.",
        PermissionDenied: f"The bot's account may not {what}.",
        QuotaExceeded: f"{refused} for now: too many requests.",
        Conflict: f"{refused}: something else changed it first ({reason}).",
        Rejected: f"{refused}: {reason}.",
    }
    unclear = f"Google Cloud gave no clear answer when asked to {what}: {reason}."
    return told.get(kind, unclear)


def _hint(kind: type[CloudError], exc: BaseException, asked: Asked) -> str:
    unclear = "Try again in a minute; see status.cloud.google.com if it stays so."
    if asked.write:
        unclear = "It may or may not have been applied: look before repeating it."
    told = {
        NotFound: asked.absent,
        PermissionDenied: f"Grant the bot's account {asked.permission}.",
        QuotaExceeded: "Nothing was applied; try again in a minute.",
        Conflict: "Nothing was applied; look again before repeating it.",
        Rejected: "Enable this API in the project." if service_disabled(exc) else "",
    }
    return told.get(kind, unclear)


def _reason(exc: BaseException) -> str:
    """Return the last word of the library on one line, without the URL that REST puts first."""
    if isinstance(exc, api.RetryError) and exc.cause is not None:
        return _reason(exc.cause)
    answer = answer_of(exc)
    text = str(exc) if answer is None else _said(answer)
    line = " ".join(text.split()).rstrip(".")
    if len(line) > _LONGEST_REASON:
        line = line[: _LONGEST_REASON - 1] + "…"
    return line or type(exc).__name__


def _said(answer: api.GoogleAPICallError) -> str:
    listed = [error.get("message") for error in answer.errors if isinstance(error, dict)]
    return str(next((message for message in listed if message), answer.message))
