"""Tests of the alerts' adapter against the pretend Cloud Monitoring."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from google.cloud import monitoring_v3
from google.rpc.status_pb2 import Status

from core.errors import PermissionDenied, Unavailable
from core.google.alerts import policy_of
from core.google.endpoints import Endpoints
from core.google.google_cloud import GoogleCloud
from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.default_policies import LOW_HIT_RATE, SYNC_FAILURES
from sandbox.cloud.http_server import HttpServer
from sandbox.faults import Fault, LoseReply, Refuse
from tests.core.google.conftest import deployment_of

_INCIDENTS = "monitoring.projects.alerts.list"


def _put_foreign_policy(pretend: PretendCloud) -> str:
    """Add a policy of another team and return its name."""
    policies = pretend.project.policies
    foreign = policies.named(LOW_HIT_RATE)
    foreign.name = foreign.name + "9"
    foreign.display_name = "Checkout latency"
    foreign.user_labels.clear()
    incident = policies.open_incident(policies.named(LOW_HIT_RATE).name)
    policies.close_incident(incident.id)
    policies.put(foreign, incident.subject)
    return str(foreign.name)


def test_the_policies_of_this_cache_are_listed(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """By display name or label; those of others are left out."""
    _put_foreign_policy(pretend)
    listed = cloud.alert_policies()
    assert [policy.display_name for policy in listed] == [
        "Low Cache Hit Rate",
        "Sync Job Failures",
        "High Bucket Usage",
    ]
    assert all(policy.enabled and not policy.problem for policy in listed)
    conditions = [policy.condition for policy in listed]
    assert conditions == [
        pretend.project.policies.named(policy.display_name).conditions[0].display_name
        for policy in listed
    ]


def test_no_policies_are_no_error(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Where monitoring was never set up there is nothing to list."""
    disasters.remove_policies(pretend.project)
    assert cloud.alert_policies() == []


def test_whether_a_policy_is_on_may_be_unknown() -> None:
    """Monitoring leaves the field out of some answers: this is neither on nor off."""
    assert policy_of(monitoring_v3.AlertPolicy(display_name="x")).enabled is None
    assert policy_of(monitoring_v3.AlertPolicy(enabled=False)).enabled is False


@pytest.mark.parametrize(
    ("validity", "problem"),
    [
        (Status(), ""),
        (Status(code=3, message="The metric does not exist."), "The metric does not exist."),
        (Status(code=3), "Monitoring calls it invalid."),
    ],
)
def test_an_invalid_policy_says_why(validity: Status, problem: str) -> None:
    """Such a policy is switched on and never fires."""
    assert policy_of(monitoring_v3.AlertPolicy(validity=validity)).problem == problem


def test_which_of_several_conditions_holds_nobody_knows() -> None:
    """An incident names its policy alone: with one condition, that is the one."""
    one, other = (monitoring_v3.AlertPolicy.Condition(display_name=name) for name in "ab")
    assert policy_of(monitoring_v3.AlertPolicy(conditions=[one])).condition == "a"
    assert policy_of(monitoring_v3.AlertPolicy(conditions=[one, other])).condition == ""


def test_open_incidents_come_newest_first(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Closed ones and those of other teams' policies are left out."""
    policies = pretend.project.policies
    now = pretend.project.clock.now()
    older = policies.open_incident(policies.named(LOW_HIT_RATE).name, at=now - timedelta(hours=2))
    newer = policies.open_incident(policies.named(SYNC_FAILURES).name, at=now)
    policies.open_incident(_put_foreign_policy(pretend), at=now)
    first, second = cloud.open_incidents()
    assert (first.policy_name, first.opened_at) == (SYNC_FAILURES, now)
    assert (second.policy_name, second.opened_at) == (LOW_HIT_RATE, now - timedelta(hours=2))
    assert first.policy == policies.named(SYNC_FAILURES).name
    assert first.name.endswith(f"/alerts/{newer.id}")
    assert second.resource == "tabular-service, europe-west1, sandbox-project"
    assert second.url == (
        f"https://console.cloud.google.com/monitoring/alerting/incidents/{older.id}"
        "?project=sandbox-project"
    )


def test_more_than_a_page_of_incidents_is_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A storm of 1,200 incidents is 1,200 incidents."""
    policies = pretend.project.policies
    name = policies.named(LOW_HIT_RATE).name
    for _ in range(1200):
        policies.open_incident(name)
    assert len({incident.name for incident in cloud.open_incidents()}) == 1200
    assert len(pretend.faults.seen(_INCIDENTS)) == 2


@pytest.mark.parametrize("kind", [Refuse(503), LoseReply()], ids=["busy", "broken"])
def test_incidents_are_asked_for_again(
    cloud: GoogleCloud, pretend: PretendCloud, kind: Refuse | LoseReply
) -> None:
    """The REST call has the same patience as the others."""
    pretend.faults.add(Fault(_INCIDENTS, kind, times=2))
    assert cloud.open_incidents() == []
    assert len(pretend.faults.seen(_INCIDENTS)) == 3


def test_a_refusal_of_the_rest_call_is_translated(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """It names the permission, as refusals over gRPC do, and is not asked again."""
    pretend.faults.add(Fault(_INCIDENTS, Refuse(403)))
    with pytest.raises(PermissionDenied, match="list the open incidents") as caught:
        cloud.open_incidents()
    assert "monitoring.alerts.list" in caught.value.hint
    assert len(pretend.faults.seen(_INCIDENTS)) == 1


@pytest.fixture
def answers() -> list[str]:
    """Return the bodies that a strange Monitoring answers, one for each request."""
    return []


@pytest.fixture
def strange(pretend: PretendCloud, answers: list[str]) -> Iterator[GoogleCloud]:
    """Connect to a Monitoring that answers what the test says."""
    app = Flask("strange-monitoring")
    app.add_url_rule("/v3/projects/<project>/alerts", "alerts", lambda **_: answers.pop(0))
    server = HttpServer(app)
    server.start()
    endpoints = Endpoints(pretend.storage_url, pretend.grpc_target, server.url)
    cloud = GoogleCloud.connect(deployment_of(pretend), endpoints)
    yield cloud
    cloud.close()
    server.stop()


@pytest.mark.parametrize(
    "body",
    [
        "<html>not JSON</html>",
        '{"alerts": [{"name": "x", "policy": {"displayName": "Tabular"}}]}',
        '{"alerts": [{"policy": {"displayName": "Tabular"}, "openTime": "2026-01-31T02:00:00Z"}]}',
        '{"alerts": [{"name": "x", "policy": {"displayName": "Tabular"}, "openTime": "soon"}]}',
        '{"alerts": ["x"]}',
    ],
)
def test_an_answer_that_cannot_be_read_is_unclear(
    strange: GoogleCloud, answers: list[str], body: str
) -> None:
    """It is no answer, and no crash either."""
    answers.append(body)
    with pytest.raises(Unavailable):
        strange.open_incidents()


def test_an_incident_with_little_about_it_is_still_told(
    strange: GoogleCloud, answers: list[str]
) -> None:
    """Nanoseconds are fine, and labels may be absent."""
    answers.append(
        '{"alerts": [{"name": "projects/p/alerts/0.x",'
        ' "openTime": "2026-01-31T02:00:00.123456789Z",'
        ' "policy": {"name": "projects/p/alertPolicies/tabular-1"}}]}'
    )
    (incident,) = strange.open_incidents()
    assert incident.policy_name == "projects/p/alertPolicies/tabular-1"
    assert incident.opened_at.microsecond == 123_456
