"""Alerts in: Cloud Monitoring's webhook with basic authentication, and Pub/Sub's push.

Whoever sends hears 200 once the notice is kept, 503 where it could not be, and comes again.
"""

import base64
import binascii
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest

from flask import Response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.plain_http import Refused, plain, read_body
from core.alerts.incidents import Source
from core.alerts.intake import Intake
from core.alerts.notices import UnusableNotice, read_notice
from core.errors import CloudError, NotAllowed
from core.google.push_tokens import PushTokens
from core.store.database import DatabaseAway

_log = logging.getLogger(__name__)

_REALM = 'Basic realm="cachebot alerts", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class AlertDoor:
    """Who may bring alerts, and who takes them. Without `users` and `tokens` nobody may."""

    intake: Intake
    users: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tokens: PushTokens | None = None


class _Message(BaseModel):
    """A push as Pub/Sub wraps it.

    Source: cloud.google.com/pubsub/docs/push, "Receive messages"
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    data: str = ""
    messageId: str = ""  # noqa: N815 - Pub/Sub's own name


class _Push(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    message: _Message


def alert_receiver(door: AlertDoor) -> Callable[[], Response]:
    """Return what answers `POST /alerts/google` and `POST /alerts/pubsub`."""

    def receive() -> Response:
        try:
            source = _sender(door)
            _take(door.intake, source, read_body())
        except Refused as exc:
            return _refusal(exc, door)
        except (DatabaseAway, CloudError) as exc:
            _log.warning("could not take an alert, it has to come again: %s", exc)
            answer = plain("Try again in a moment.", 503)
            answer.headers["Retry-After"] = "10"
            return answer
        return plain("taken", 200)

    return receive


def _sender(door: AlertDoor) -> Source:
    """Tell who sends, by what the request proves.

    Raises:
        Refused: 401, or 404 where no alerts are taken at all.
        CloudError: it cannot be told at the moment.
    """
    if not door.users and door.tokens is None:
        raise Refused(404, "Alerts are not configured here.")
    scheme, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and door.tokens is not None:
        try:
            door.tokens.check(value.strip())
        except NotAllowed as exc:
            raise Refused(401, exc.message) from exc
        return Source.PUBSUB
    if not scheme:
        raise Refused(401, "A name and a password, or a token, are needed.")
    if scheme.lower() == "basic" and _known(value.strip(), door.users):
        return Source.WEBHOOK
    raise Refused(401, "The name or the password is wrong.")


def _known(value: str, users: tuple[tuple[str, str], ...]) -> bool:
    """Compare with every user, always with all of them and in the same time."""
    try:
        given = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    given_digest = hashlib.sha256(given).digest()
    found = False
    for user, password in users:
        digest = hashlib.sha256(f"{user}:{password}".encode()).digest()
        found |= compare_digest(digest, given_digest)
    return found


def _refusal(refused: Refused, door: AlertDoor) -> Response:
    """Answer a refusal, and log it: that a webhook has to be asked first is none."""
    answer = plain(refused.message, refused.status)
    if refused.status == 401:
        _challenge(answer, door)
    nothing_given = refused.status == 401 and not request.headers.get("Authorization", "").strip()
    if nothing_given and door.users and request.path == "/alerts/google":
        _log.info("asked %s for a name and a password", request.remote_addr)
    else:
        _log.warning("refused an alert from %s: %s", request.remote_addr, refused.message)
    return answer


def _challenge(answer: Response, door: AlertDoor) -> None:
    """Ask for what would be taken: Monitoring sends its password only when it is asked."""
    if door.users:
        answer.headers.add("WWW-Authenticate", _REALM)
    if door.tokens is not None:
        answer.headers.add("WWW-Authenticate", "Bearer")


def _take(intake: Intake, source: Source, body: bytes) -> None:
    """Read and keep a notice.

    Raises:
        Refused: 400, nobody can read it.
        DatabaseAway: it is not kept.
    """
    message = ""
    if source is Source.PUBSUB:
        push = _pushed(body)
        message, body = f"pubsub:{push.messageId}"[:255] if push.messageId else "", _data(push)
    try:
        notice = read_notice(_json(body), source, datetime.now(UTC))
    except (UnusableNotice, Refused) as exc:
        if source is not Source.PUBSUB:
            raise Refused(400, exc.message) from exc
        # It is as unreadable the next time, and Pub/Sub would send it for days.
        _log.warning("dropped message %s of Pub/Sub: %s", message or "without id", exc.message)
        return
    intake.receive(notice, message)


def _pushed(body: bytes) -> _Message:
    try:
        return _Push.model_validate_json(body).message
    except ValidationError as exc:
        raise Refused(400, "This is nothing that Pub/Sub pushes.") from exc


def _data(push: _Message) -> bytes:
    try:
        return base64.b64decode(push.data)
    except (binascii.Error, ValueError):
        return b""


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refused(400, "The JSON cannot be read.") from exc
