"""Delivery by signed HTTP POST to the app's request URL.

docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode, urlsplit

from sandbox.slack.directory import SIGNING_SECRET
from sandbox.slack.transport import ACK_SECONDS, Ack, AckStatus, Kind, Retry
from sandbox.slack.wire import Json

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class RequestUrl:
    """Posts to the address that `address()` gives at that moment, "" meaning none."""

    address: Callable[[], str]
    fault_name: str = "request_url"

    def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Post once; an answer other than 2xx is a failed dispatch."""
        started = time.monotonic()
        content_type, body = encoded(kind, payload)
        headers = {"Content-Type": content_type, **signed_headers(body), **_retry_headers(retry)}
        target = urlsplit(self.address())
        if target.scheme != "http" or not target.hostname:
            return _failed(AckStatus.FAILED, started, "connection_failed")
        connection = HTTPConnection(target.hostname, target.port, timeout=ACK_SECONDS)
        try:
            connection.request("POST", target.path or "/", body.encode(), headers)
            response = connection.getresponse()
            return _answer(response, response.read(), started)
        except TimeoutError:
            return _failed(AckStatus.TIMEOUT, started, "http_timeout")
        except (OSError, HTTPException):
            return _failed(AckStatus.FAILED, started, "connection_failed")
        finally:
            connection.close()


def encoded(kind: Kind, payload: Json) -> tuple[str, str]:
    """Return the content type and the body of a payload."""
    match kind:
        case Kind.EVENT:
            return "application/json", json.dumps(payload)
        case Kind.COMMAND:
            return _FORM, urlencode(payload)
        case Kind.INTERACTION:
            return _FORM, urlencode({"payload": json.dumps(payload)})


def signed_headers(body: str) -> dict[str, str]:
    """Return Slack's headers over a body: HMAC-SHA256 of `v0:timestamp:body`."""
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:{body}".encode()
    digest = hmac.new(SIGNING_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


def _retry_headers(retry: Retry | None) -> dict[str, str]:
    if retry is None:
        return {}
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}


def _answer(response: HTTPResponse, body: bytes, started: float) -> Ack:
    latency = timedelta(seconds=time.monotonic() - started)
    if latency.total_seconds() > ACK_SECONDS:
        return Ack(AckStatus.TIMEOUT, latency, {}, "http_timeout")
    if not 200 <= response.status < 300:
        no_retry = response.headers.get("x-slack-no-retry") == "1"
        return Ack(AckStatus.FAILED, latency, {}, "http_error", no_retry)
    try:
        answered = _body(response.headers.get_content_type(), body.decode().strip())
    except ValueError:
        return Ack(AckStatus.FAILED, latency, {}, "http_error")
    return Ack(AckStatus.OK, latency, answered)


def _body(content_type: str, text: str) -> Json:
    """Return an answer as JSON (ValueError where it is none); plain text is a private answer."""
    if content_type != "application/json":
        return {"text": text} if text else {}
    parsed = json.loads(text or "{}")
    return parsed if isinstance(parsed, dict) else {}


def _failed(status: AckStatus, started: float, reason: str) -> Ack:
    return Ack(status, timedelta(seconds=time.monotonic() - started), {}, reason)
