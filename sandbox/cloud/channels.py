"""Monitoring's notification channels: incidents are posted to a webhook, or pushed by Pub/Sub.

A webhook gets each notification once: no contract about repeating it is published, so the
pretend one repeats none. Pub/Sub pushes until it hears a 2xx.
"""

import base64
import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import Clock
from sandbox.cloud.notifications import example_notification, notification
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Incident
from sandbox.cloud.push_identity import PushIdentity
from sandbox.cloud.rfc3339 import format_time
from sandbox.faults import Faults, InjectedRefusal, ReplyLost

WEBHOOK, PUSH = "notifications.webhook", "notifications.push"
_SECONDS = 10.0
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Google-Alerts"}
_MOST_PUSHES = 50
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Webhook:
    """A channel of the kind "Webhook with basic authentication"."""

    url: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A push subscription of the topic that a channel of the kind "Pub/Sub" publishes to."""

    url: str
    audience: str
    account: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: what was sent, and the status of the answer, 0 where none came."""

    method: str
    incident_id: str
    status: int


@dataclass(slots=True)
class Channels:
    """Where notifications go; `webhook` and `subscription` may be set and taken away any time."""

    place: Place
    clock: Clock
    faults: Faults
    identity: PushIdentity = field(default_factory=PushIdentity)
    webhook: Webhook | None = None
    subscription: Subscription | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(10_000_000_000))
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def notify(self, incident: Incident) -> None:
        """Send an incident as it stands; again, where it was sent before."""
        self.send(notification(incident, self.place))

    def send_test(self) -> None:
        """Do what the button "Send test notification" does."""
        self.send(example_notification(self.place))

    def send(self, body: Mapping[str, Any]) -> None:
        """Send a body by each channel: by the webhook before this returns, by push behind it."""
        if self.webhook is not None:
            self._post_hook(self.webhook, body)
        if self.subscription is not None:
            arguments = (self.subscription, body)
            threading.Thread(target=self._push, args=arguments, daemon=True).start()

    def wait_for(self, delivery: Delivery, timeout: float) -> bool:
        """Wait until an attempt has ended in a certain way; return whether one has."""
        with self._changed:
            return self._changed.wait_for(lambda: delivery in self.deliveries, timeout)

    def stop(self) -> None:
        """Push nothing any more."""
        self._stopped.set()

    def push_once(
        self, subscription: Subscription, body: Mapping[str, Any], message_id: str
    ) -> int:
        """Push a message once and return the status of the answer, 0 where none came."""
        data = base64.b64encode(json.dumps(body).encode()).decode()
        message = {
            "attributes": {"version": body.get("version", "")},
            "data": data,
            "messageId": message_id,
            "message_id": message_id,
            "publishTime": format_time(self.clock.now()),
        }
        name = f"projects/{self.place.project}/subscriptions/cachebot-alerts"
        token = self.identity.token(subscription.account, subscription.audience)
        pushed = {"message": message, "subscription": name}
        headers = {"Authorization": f"Bearer {token}"}
        post = _Post(subscription.url, pushed, headers)
        return self._attempt(PUSH, _incident_in(body), post).status

    def _push(self, subscription: Subscription, body: Mapping[str, Any]) -> None:
        message_id = str(next(self._numbers))
        for _ in range(_MOST_PUSHES):
            status = self.push_once(subscription, body, message_id)
            if 200 <= status < 300 or self._stopped.wait(_PAUSE_SECONDS):
                return

    def _post_hook(self, hook: Webhook, body: Mapping[str, Any]) -> None:
        """Post without the password, and with it once the answer asks for it.

        Source: cloud.google.com/monitoring/support/notification-options: the server has to
        answer 401 with a WWW-Authenticate header.
        """
        incident_id = _incident_in(body)
        asked = self._attempt(WEBHOOK, incident_id, _Post(hook.url, body))
        if asked.status == 401 and asked.challenge.lower().startswith("basic"):
            pair = base64.b64encode(f"{hook.user}:{hook.password}".encode()).decode()
            post = _Post(hook.url, body, {"Authorization": f"Basic {pair}"})
            self._attempt(WEBHOOK, incident_id, post)

    def _attempt(self, method: str, incident_id: str, post: "_Post") -> "_Answer":
        answer = _Answer(0)
        try:
            with self.faults.call(method, incident_id):
                answer = post.send()
        except (InjectedRefusal, ReplyLost):
            answer = _Answer(0)
        with self._changed:
            self.deliveries.append(Delivery(method, incident_id, answer.status))
            self._changed.notify_all()
        return answer


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class _Post:
    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self) -> _Answer:
        """Post, and return what came; nothing where nothing came."""
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=_SECONDS)
        headers = {**_HEADERS, **self.headers}
        try:
            connection.request("POST", address.path, json.dumps(self.body).encode(), headers)
            response = connection.getresponse()
            response.read()
            return _Answer(response.status, response.headers.get("WWW-Authenticate", ""))
        except (OSError, HTTPException):
            return _Answer(0)
        finally:
            connection.close()


def _incident_in(body: Mapping[str, Any]) -> str:
    return str(body.get("incident", {}).get("incident_id", ""))
