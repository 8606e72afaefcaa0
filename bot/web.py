"""HTTP in: Slack's requests, alerts, and the questions of a platform whether the bot is well."""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask, Response, jsonify, request
from slack_bolt import App
from slack_bolt.adapter.flask.handler import to_flask_response
from slack_bolt.request import BoltRequest
from slack_sdk.signature import SignatureVerifier
from werkzeug.exceptions import HTTPException

from bot.alert_web import AlertDoor, alert_receiver
from bot.plain_http import MOST_BODY_BYTES, Refused, plain, read_body
from bot.slack_request import Payload, payload_of, verified

_log = logging.getLogger(__name__)

_RETRY_HEADERS = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")


@dataclass(frozen=True, slots=True)
class Front:
    """What the web side needs of the bot.

    `bolt` is None where Slack's requests come by Socket Mode; `problems` says what cannot be
    reached at the moment, nothing where all is well.
    """

    bolt: App | None
    signing_secret: str = field(repr=False)
    problems: Callable[[], Sequence[str]]
    alerts: AlertDoor | None = None


def create_web(front: Front) -> Flask:
    """List the routes."""
    web = Flask("cachebot", static_folder=None)
    # One more than is taken: a body without a length is cut there in silence.
    web.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES + 1
    if front.bolt is not None:
        receive = _receiver(front.bolt, SignatureVerifier(front.signing_secret))
        web.add_url_rule("/slack/events", "slack", receive, methods=["POST"])
    if front.alerts is not None:
        take = alert_receiver(front.alerts)
        for path in ("/alerts/google", "/alerts/pubsub"):
            web.add_url_rule(path, "alerts", take, methods=["POST"])
    web.add_url_rule("/healthz", view_func=_alive, endpoint="healthz")
    web.add_url_rule("/readyz", view_func=_readiness(front.problems), endpoint="readyz")
    # App Engine asks these; any 2xx means started
    # (cloud.google.com/appengine/docs/standard/how-instances-are-managed).
    web.add_url_rule("/_ah/start", view_func=_alive, endpoint="start")
    web.add_url_rule("/_ah/stop", view_func=_alive, endpoint="stop")
    web.register_error_handler(HTTPException, _refusal)
    web.register_error_handler(Exception, _failure)
    return web


def _receiver(bolt: App, verifier: SignatureVerifier) -> Callable[[], Response]:
    def receive() -> Response:
        try:
            text = verified(read_body(), dict(request.headers), verifier)
            bolt_request = _for_bolt(payload_of(text, request.mimetype))
        except Refused as exc:
            _log.warning("refused a request from %s: %s", request.remote_addr, exc.message)
            return plain(exc.message, exc.status)
        return to_flask_response(bolt.dispatch(bolt_request))

    return receive


def _for_bolt(payload: Payload) -> BoltRequest:
    """Wrap a verified payload as Socket Mode's adapter does: already trusted, already read.

    Raises:
        Refused: an object is where Bolt needs another kind of value.
    """
    headers: dict[str, str | Sequence[str]] = {
        name: request.headers[name] for name in _RETRY_HEADERS if name in request.headers
    }
    try:
        return BoltRequest(mode="socket_mode", body=payload, headers=headers)
    except (TypeError, KeyError, AttributeError, IndexError, ValueError):
        raise Refused(400, "This is nothing that Slack sends.") from None


def _alive() -> Response:
    return plain("alive", 200)


def _readiness(problems: Callable[[], Sequence[str]]) -> Callable[[], Response]:
    def ready() -> Response:
        try:
            found = list(problems())
        except Exception:  # noqa: BLE001 - the seam: a check that breaks is a reason
            _log.exception("the readiness check failed")
            found = ["the readiness check failed"]
        answer = jsonify(ready=not found, problems=found)
        answer.status_code = 503 if found else 200
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return ready


def _refusal(error: HTTPException) -> Response:
    answer = plain(f"{error.code} {error.name}", error.code or 500)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    return answer


def _failure(error: Exception) -> Response:
    number = secrets.token_hex(3)
    _log.error("internal error %s", number, exc_info=error)
    return plain(f"internal error {number}", 500)
