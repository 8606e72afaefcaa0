"""Alert policies over the wire, and the incidents that they open."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api_core import exceptions

from tests.sandbox.observe_fixtures import NOON, PROJECT, Observed, observed


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Observed]:
    with observed() as cloud:
        yield cloud


def test_the_three_policies_are_listed(cloud: Observed) -> None:
    """The default deployment has its policies with conditions, labels and a switch."""
    policies = list(cloud.alert_policies.list_alert_policies(name=PROJECT))
    assert [policy.display_name for policy in policies] == [
        "Low Cache Hit Rate",
        "Sync Job Failures",
        "High Bucket Usage",
    ]
    for policy in policies:
        assert policy.enabled is True
        assert dict(policy.user_labels) == {"service": "tabular"}
        (condition,) = policy.conditions
        assert condition.name.startswith(f"{policy.name}/conditions/")
    assert policies[2].conditions[0].condition_threshold.threshold_value == 8e9
    query = policies[0].conditions[0].condition_prometheus_query_language.query
    assert query.endswith("< 0.9")


def test_a_policy_may_be_invalid_or_without_its_switch(cloud: Observed) -> None:
    """`enabled` may be unset and `validity` may say why a policy never fires."""
    policy = cloud.policies.named("Sync Job Failures")
    policy.enabled = None
    policy.validity = {"code": 5, "message": "metric not found"}
    cloud.policies.replace(policy)
    (found,) = cloud.alert_policies.list_alert_policies(
        {"name": PROJECT, "filter": 'display_name="Sync Job Failures"'}
    )
    assert found.enabled is None
    assert (found.validity.code, found.validity.message) == (5, "metric not found")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('display_name = "High Bucket Usage"', 1),
        ('display_name != "High Bucket Usage"', 2),
        ('display_name = monitoring.regex.full_match(".*(Job|Bucket).*")', 2),
        ('user_labels.service = "tabular"', 3),
        ('user_labels.service = "other"', 0),
        ('user_label.service = "tabular" AND display_name = starts_with("Low")', 1),
    ],
)
def test_policies_are_filtered(cloud: Observed, text: str, count: int) -> None:
    """Display names and user labels select policies."""
    request = {"name": PROJECT, "filter": text}
    assert len(list(cloud.alert_policies.list_alert_policies(request))) == count


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"filter": 'enabled = "true"'}, "enabled is unknown"),
        ({"filter": 'display_name = has_substring("x")'}, "has_substring is not supported"),
        ({"filter": 'display_name > "x"'}, "operator >"),
        ({"filter": 'display_name = monitoring.regex.full_match("(")'}, "regular expression"),
        ({"filter": 'display_name = "a" OR display_name = "b"'}, "Expected AND"),
        ({"order_by": "display_name"}, "order_by"),
    ],
)
def test_policy_filters_that_are_not_understood_are_refused(
    cloud: Observed, fields: dict[str, str], why: str
) -> None:
    """A filter outside of the subset is an error with a reason, never a silent match."""
    with pytest.raises(exceptions.InvalidArgument, match=why):
        cloud.alert_policies.list_alert_policies({"name": PROJECT, **fields})


def test_policies_may_be_absent(cloud: Observed) -> None:
    """A project whose monitoring was never set up, or removed, has no policies."""
    cloud.policies.remove(cloud.policies.named("Low Cache Hit Rate").name)
    request = {"name": PROJECT, "page_size": 1}
    assert len(list(cloud.alert_policies.list_alert_policies(request))) == 2
    cloud.policies.clear()
    assert list(cloud.alert_policies.list_alert_policies(name=PROJECT)) == []


def test_incidents_open_and_close(cloud: Observed) -> None:
    """An incident is of its policy, open until it is closed; closing it twice changes nothing."""
    policy = cloud.policies.named("High Bucket Usage")
    opened = cloud.policies.open_incident(policy.name, observed_value=8.5e9, at=NOON)
    assert (opened.opened, opened.closed, opened.observed_value) == (NOON, None, 8.5e9)
    assert opened.subject.resource_labels["bucket_name"] == "sandbox-project-tabular-model-cache"
    later = NOON + timedelta(minutes=10)
    assert cloud.policies.close_incident(opened.id, at=later).closed == later
    assert cloud.policies.close_incident(opened.id).closed == later
    again = cloud.policies.open_incident(policy.name)
    assert [incident.id for incident in cloud.policies.incidents()] == [opened.id, again.id]
    assert opened.id != again.id


def test_an_incident_keeps_its_policy_as_it_was(cloud: Observed) -> None:
    """Renaming or deleting a policy does not reach the incidents that it opened."""
    policy = cloud.policies.named("Sync Job Failures")
    incident = cloud.policies.open_incident(policy.name)
    cloud.policies.replace(policy)
    policy.display_name = "Renamed"  # the caller's own copy from here on
    assert cloud.policies.named("Sync Job Failures").name == policy.name
    cloud.policies.replace(policy)
    assert cloud.policies.named("Renamed").name == policy.name
    cloud.policies.remove(policy.name)
    assert incident.policy.display_name == "Sync Job Failures"
    assert cloud.policies.incidents() == [incident]
    with pytest.raises(KeyError):
        cloud.policies.open_incident(policy.name)
    with pytest.raises(KeyError):
        cloud.policies.named("Sync Job Failures")
