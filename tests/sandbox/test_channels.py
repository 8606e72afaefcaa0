"""The pretend Monitoring's notification channels, as whoever receives from them sees them."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
from google.auth import jwt

from sandbox.clock import Clock
from sandbox.cloud.channels import PUSH, WEBHOOK, Delivery, Subscription, Webhook
from sandbox.cloud.default_policies import HIGH_USAGE, LOW_HIT_RATE
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.policies import Incident
from sandbox.cloud.project import Layout, Project, create_project
from sandbox.faults import Fault, Refuse

PATIENCE = 20.0


class Receiver:
    """Answers each request with the next of `statuses`, the last one for ever, and keeps it."""

    def __init__(self) -> None:
        self.project: Project = create_project(Clock(), Layout(history=False))
        self.statuses = [200]
        self.challenge = 'Basic realm="x"'
        self.bodies: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        app = flask.Flask("receiver")
        app.add_url_rule("/alerts", view_func=self.take, methods=["POST"])
        self.server = HttpServer(app)

    def take(self) -> flask.Response:
        """Take one."""
        self.bodies.append(flask.request.get_json())
        self.authorizations.append(flask.request.headers.get("Authorization", ""))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        answer = flask.Response(status=status)
        if status == 401:
            answer.headers["WWW-Authenticate"] = self.challenge
        return answer

    def fire(self, title: str = LOW_HIT_RATE) -> Incident:
        """Open an incident of a policy."""
        policies = self.project.policies
        return policies.open_incident(str(policies.named(title).name), 0.625)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that a webhook is configured for."""
    made = Receiver()
    made.server.start()
    made.project.channels.webhook = Webhook(f"{made.server.url}/alerts", "user", "password")
    yield made
    made.project.channels.stop()
    made.server.stop()


def test_an_incident_is_told_when_it_opens_and_when_it_closes(receiver: Receiver) -> None:
    """Once each, in the form of version 1.2: seconds, numbers as text, an end only at the end."""
    incident = receiver.fire()
    receiver.project.policies.close_incident(incident.id)
    receiver.project.policies.close_incident(incident.id)
    opened, closed = (body["incident"] for body in receiver.bodies)
    assert [body["version"] for body in receiver.bodies] == ["1.2", "1.2"]
    assert (opened["state"], opened["ended_at"]) == ("open", None)
    assert opened["started_at"] == int(incident.opened.timestamp())
    assert (opened["observed_value"], opened["threshold_value"]) == ("0.625", "0.9")
    assert opened["policy_user_labels"] == {"service": "tabular"}
    assert "conditionPrometheusQueryLanguage" in opened["condition"]
    assert closed["state"] == "closed"
    assert closed["ended_at"] >= closed["started_at"]
    receiver.fire(HIGH_USAGE)
    assert receiver.bodies[-1]["incident"]["threshold_value"] == "8000000000"


def test_the_password_is_given_only_to_whoever_asks_for_it(receiver: Receiver) -> None:
    """A bare refusal gets none; a challenge does."""
    receiver.statuses = [403, 401, 200]
    receiver.fire()
    assert receiver.authorizations == [""]
    receiver.fire()
    given = f"Basic {base64.b64encode(b'user:password').decode()}"
    assert receiver.authorizations == ["", "", given]


def test_a_webhook_that_fails_is_not_repeated(receiver: Receiver) -> None:
    """No contract says that it would be: the incident is there to be found out about."""
    receiver.statuses = [503]
    receiver.fire()
    receiver.project.faults.add(Fault(WEBHOOK, Refuse(503), times=1))
    lost = receiver.fire()
    assert len(receiver.bodies) == 1
    assert receiver.project.channels.deliveries[-1] == Delivery(WEBHOOK, lost.id, 0)


def test_the_test_notification_has_a_form_of_its_own(receiver: Receiver) -> None:
    """What a receiver that was written for version 1.2 only stumbles over."""
    receiver.project.channels.send_test()
    (body,) = receiver.bodies
    assert (body["version"], body["incident"]["state"]) == ("test", "OPEN")
    assert body["incident"]["documentation"] == "Test documentation"


def test_a_push_comes_again_until_it_is_acknowledged(receiver: Receiver) -> None:
    """The same message under the same id, each time with a token that its certificate proves."""
    channels = receiver.project.channels
    channels.webhook = None
    channels.subscription = Subscription(f"{receiver.server.url}/alerts", "us", "push@example")
    receiver.statuses = [503, 200]
    incident = receiver.fire()
    assert channels.wait_for(Delivery(PUSH, incident.id, 200), PATIENCE)
    first, second = (body["message"] for body in receiver.bodies)
    assert first["messageId"] == second["messageId"]
    told = json.loads(base64.b64decode(first["data"]))
    assert told["incident"]["incident_id"] == incident.id
    decode: Any = jwt.decode
    claims = decode(
        receiver.authorizations[0].removeprefix("Bearer "),
        certs=channels.identity.certificates,
        audience="us",
    )
    assert (claims["email"], claims["email_verified"]) == ("push@example", True)
