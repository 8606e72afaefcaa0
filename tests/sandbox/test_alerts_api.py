"""Incidents over Monitoring's REST API, through google-auth's session."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession

from sandbox.clock import Clock
from sandbox.cloud.alerts_api import blueprint
from sandbox.cloud.default_policies import default_policies
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Incident, Policies
from sandbox.faults import Fault, Faults, LoseReply, Refuse
from tests.sandbox.observe_fixtures import WATCHED

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Served policies and a session to ask for their incidents."""

    policies: Policies
    faults: Faults
    session: Any
    url: str

    def open(self, title: str, minutes: int = 0) -> Incident:
        """Open an incident so many minutes after noon."""
        at = NOON + timedelta(minutes=minutes)
        return self.policies.open_incident(self.policies.named(title).name, at=at)

    def get(self, path: str = "projects/sandbox-project/alerts", **params: Any) -> Any:
        """Answer the response of GET /v3/`path`."""
        return self.session.get(f"{self.url}/v3/{path}", params=params, timeout=10)

    def names(self, **params: Any) -> list[str]:
        """Return the ids of a listing, in order."""
        response = self.get(**params)
        assert response.status_code == 200, response.text
        return [alert["name"].rpartition("/")[2] for alert in response.json()["alerts"]]


@pytest.fixture(name="alerts")
def _alerts() -> Iterator[Alerts]:
    clock, place = Clock(), Place()
    faults = Faults(clock)
    policies = Policies(clock, place, default_policies(place, WATCHED))
    app = flask.Flask(__name__)
    app.register_blueprint(blueprint(place, policies, faults))
    server = HttpServer(app)
    server.start()
    try:
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # unannotated
        session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # unannotated
        with session:
            yield Alerts(policies, faults, session, server.url)
    finally:
        server.stop()


def test_an_open_incident_has_googles_json(alerts: Alerts) -> None:
    """Names and keys are Google's, times RFC 3339, and the policy a snapshot."""
    incident = alerts.open("Low Cache Hit Rate")
    assert alerts.get().json() == {
        "alerts": [
            {
                "name": f"projects/sandbox-project/alerts/{incident.id}",
                "state": "OPEN",
                "openTime": "2026-11-01T12:00:00Z",
                "resource": {
                    "type": "cloud_run_revision",
                    "labels": {
                        "project_id": "sandbox-project",
                        "location": "europe-west1",
                        "service_name": "tabular-service",
                    },
                },
                "metric": {"type": "logging.googleapis.com/user/tabular_model_cache_hits"},
                "policy": {
                    "name": "projects/sandbox-project/alertPolicies/1000000000000000001",
                    "displayName": "Low Cache Hit Rate",
                    "userLabels": {"service": "tabular"},
                    "severity": "WARNING",
                },
            }
        ]
    }


def test_a_closed_incident_says_when(alerts: Alerts) -> None:
    """A close time is there once the incident is closed, with its fraction of a second."""
    incident = alerts.open("Sync Job Failures")
    alerts.policies.close_incident(incident.id, at=NOON + timedelta(milliseconds=1500))
    (alert,) = alerts.get().json()["alerts"]
    assert (alert["state"], alert["closeTime"]) == ("CLOSED", "2026-11-01T12:00:01.500Z")
    one = alerts.get(f"projects/123456789012/alerts/{incident.id}")
    assert one.json() == alert


def test_no_incidents_is_an_empty_list(alerts: Alerts) -> None:
    """A quiet project answers an empty list and no token."""
    assert alerts.get().json() == {"alerts": []}


def test_incidents_are_filtered(alerts: Alerts) -> None:
    """State, policy and times select incidents; an open one has no close time to compare."""
    first = alerts.open("Low Cache Hit Rate", 0).id
    second = alerts.open("High Bucket Usage", 10).id
    alerts.policies.close_incident(first, at=NOON + timedelta(minutes=20))
    for text, ids in [
        ('state="OPEN"', [second]),
        ('state = "CLOSED"', [first]),
        ('state != "OPEN"', [first]),
        ('policy.display_name="High Bucket Usage"', [second]),
        ('policy.displayName=starts_with("Low")', [first]),
        ('policy.name="projects/sandbox-project/alertPolicies/1000000000000000003"', [second]),
        ('open_time >= "2026-11-01T12:10:00Z"', [second]),
        ('openTime < "2026-11-01T12:10:00Z" AND state="CLOSED"', [first]),
        ('close_time > "2026-11-01T12:00:00Z"', [first]),
        ('state="OPEN" AND policy.display_name="Low Cache Hit Rate"', []),
    ]:
        assert alerts.names(filter=text) == ids, text


def test_incidents_are_ordered(alerts: Alerts) -> None:
    """Newest first by default; by open or close time either way, ties by the next field."""
    a, b, c = (alerts.open("Low Cache Hit Rate", minutes).id for minutes in (0, 5, 10))
    for incident, minutes in [(a, 30), (b, 20), (c, 30)]:
        alerts.policies.close_incident(incident, at=NOON + timedelta(minutes=minutes))
    assert alerts.names() == [c, b, a]
    assert alerts.names(orderBy="open_time desc") == [c, b, a]
    assert alerts.names(orderBy="openTime") == [a, b, c]
    assert alerts.names(orderBy="close_time desc, open_time") == [a, c, b]
    assert alerts.names(orderBy="close_time, open_time desc") == [b, c, a]


def test_pages_make_up_the_listing(alerts: Alerts) -> None:
    """Fifty to a page unless asked otherwise, at most a thousand, each incident once."""
    ids = [alerts.open("Low Cache Hit Rate", minutes).id for minutes in range(55)]
    first = alerts.get().json()
    assert len(first["alerts"]) == 50
    rest = alerts.get(pageToken=first["nextPageToken"]).json()
    assert "nextPageToken" not in rest
    listed = [alert["name"].rpartition("/")[2] for alert in first["alerts"] + rest["alerts"]]
    assert listed == ids[::-1]
    assert len(alerts.names(pageSize=3)) == 3
    assert len(alerts.names(pageSize=-1)) == 50
    for minutes in range(55, 1001):
        alerts.open("Low Cache Hit Rate", minutes)
    assert len(alerts.names(pageSize=5000)) == 1000


@pytest.mark.parametrize(
    ("path", "params", "status", "why"),
    [
        ("", {"filter": "nope"}, "INVALID_ARGUMENT", "Expected an operator"),
        ("", {"filter": 'state="open"'}, "INVALID_ARGUMENT", "'open' is not a state"),
        ("", {"filter": "state=OPEN"}, "INVALID_ARGUMENT", "double quotes"),
        ("", {"filter": 'severity="ERROR"'}, "INVALID_ARGUMENT", "severity is unknown"),
        ("", {"filter": 'state="OPEN" OR state="CLOSED"'}, "INVALID_ARGUMENT", "AND"),
        ("", {"filter": 'open_time > "noon"'}, "INVALID_ARGUMENT", "RFC 3339"),
        ("", {"orderBy": "name"}, "INVALID_ARGUMENT", "Invalid orderBy"),
        ("", {"orderBy": "open_time down"}, "INVALID_ARGUMENT", "Invalid orderBy"),
        ("", {"orderBy": "open_time,"}, "INVALID_ARGUMENT", "Invalid orderBy"),
        ("", {"pageSize": "many"}, "INVALID_ARGUMENT", "page_size"),
        ("", {"pageToken": "nonsense"}, "INVALID_ARGUMENT", "page_token"),
        ("", {"order_by": "open_time"}, "INVALID_ARGUMENT", 'Unknown name "order_by"'),
        ("projects/other/alerts", {}, "PERMISSION_DENIED", "projects/other"),
        ("projects/sandbox-project/alerts/0.x", {}, "NOT_FOUND", "0.x was not found"),
    ],
)
def test_wrong_requests_have_googles_error(
    alerts: Alerts, path: str, params: dict[str, str], status: str, why: str
) -> None:
    """A refusal is an HTTP status with Google's error object and a message that says why."""
    alerts.open("Low Cache Hit Rate")
    response = alerts.get(path or "projects/sandbox-project/alerts", **params)
    error = response.json()["error"]
    code = {"INVALID_ARGUMENT": 400, "PERMISSION_DENIED": 403, "NOT_FOUND": 404}[status]
    assert (response.status_code, error["code"], error["status"]) == (code, code, status)
    assert why in error["message"]


@pytest.mark.parametrize(
    ("status", "code", "name", "retry_after"),
    [
        (429, 429, "RESOURCE_EXHAUSTED", "7"),
        (503, 503, "UNAVAILABLE", "7"),
        (403, 403, "PERMISSION_DENIED", None),
        ("NOT_FOUND", 404, "NOT_FOUND", None),
    ],
)
def test_injected_refusals_look_like_googles(
    alerts: Alerts, status: int | str, code: int, name: str, retry_after: str | None
) -> None:
    """A fault answers its status as error JSON, with Retry-After where one may try again."""
    fault = Fault("monitoring.projects.alerts.list", Refuse(status, "no", 7), times=1)
    alerts.faults.add(fault)
    session = requests.Session()  # google-auth's session retries some of these by itself
    response = session.get(f"{alerts.url}/v3/projects/sandbox-project/alerts", timeout=10)
    assert response.status_code == code
    assert response.json() == {"error": {"code": code, "message": "no", "status": name}}
    assert response.headers.get("Retry-After") == retry_after
    assert alerts.names() == []
    assert len(alerts.faults.seen("monitoring.projects.alerts.list")) == 2


def test_a_lost_reply_drops_the_connection(alerts: Alerts) -> None:
    """Where the reply is lost the client sees a broken connection, not an error page."""
    alerts.faults.add(Fault("monitoring.projects.alerts.list", LoseReply(), times=1))
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{alerts.url}/v3/projects/sandbox-project/alerts", timeout=10)
    assert alerts.names() == []
