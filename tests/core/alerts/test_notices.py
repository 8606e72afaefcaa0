"""Properties of reading notices: every form of Monitoring is read, and nothing crashes it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.incidents import IncidentState, Notice, Source
from core.alerts.notices import UnusableNotice, read_notice

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
INCIDENT: dict[str, Any] = {
    "incident_id": "0.opqiw61fsv7p",
    "scoping_project_id": "my-proj",
    "url": "https://console.cloud.google.com/monitoring/alerting/incidents/0.opqiw61fsv7p",
    "severity": "Warning",
    "started_at": 1577840461,
    "ended_at": None,
    "state": "open",
    "policy_name": "Tabular Low Cache Hit Rate",
    "policy_user_labels": {"service": "tabular"},
    "condition_name": "hit rate < 90%",
    "condition": {"conditionThreshold": {"aggregations": [{"alignmentPeriod": "3600s"}]}},
    "resource_display_name": "tabular-service-00007-abc",
    "resource": {
        "type": "cloud_run_revision",
        "labels": {
            "project_id": "my-proj",
            "service_name": "tabular-service",
            "location": "europe-west1",
        },
    },
    "threshold_value": "0.9",
    "observed_value": "0.835",
    "documentation": {"content": "See the *runbook*.\nThen act.", "mime_type": "text/markdown"},
    "summary": "Cloud Run Revision is below 0.9.",
    "apigee_url": "https://apigee.example.com",
}
TEST = {
    "version": "test",
    "incident": {
        "incident_id": "12345",
        "state": "OPEN",
        "started_at": 0,
        "ended_at": 0,
        "documentation": "Test documentation",
        "policy_name": "projects/12345/alertPolicies/12345",
        "condition_name": "Example condition",
        "summary": "Example summary",
        "url": "https://console.cloud.google.com/monitoring/alerting/incidents/12345",
    },
}
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


def read(**changes: object) -> Notice:
    """Read the full form with some keys changed."""
    return read_notice({"version": "1.2", "incident": {**INCIDENT, **changes}}, Source.WEBHOOK, NOW)


def test_the_full_form_is_read() -> None:
    """Every field of version 1.2 that is of use arrives."""
    assert read() == Notice(
        incident=read().incident,
        state=IncidentState.OPEN,
        policy="Tabular Low Cache Hit Rate",
        source=Source.WEBHOOK,
        condition="hit rate < 90%",
        resource="tabular-service, europe-west1, my-proj",
        summary="Cloud Run Revision is below 0.9.",
        severity="Warning",
        threshold="0.9",
        observed="0.835",
        window=timedelta(hours=1),
        url=INCIDENT["url"],
        documentation="See the *runbook*.\nThen act.",
        service="tabular",
        opened_at=datetime(2020, 1, 1, 1, 1, 1, tzinfo=UTC),
    )
    assert read().incident == "0.opqiw61fsv7p"


def test_a_close_has_its_time() -> None:
    """The end is told in seconds, or as text."""
    for ended in (1577844061, "1577844061", 1577844061.0):
        closed = read(state="closed", ended_at=ended)
        assert closed.state is IncidentState.CLOSED
        assert closed.closed_at == datetime(2020, 1, 1, 2, 1, 1, tzinfo=UTC)


def test_the_test_of_the_console_is_read() -> None:
    """Capitals, times of zero, and a plain string as the documentation."""
    notice = read_notice(TEST, Source.WEBHOOK, NOW)
    assert notice.test
    assert notice.state is IncidentState.OPEN
    assert (notice.opened_at, notice.closed_at) == (None, None)
    assert notice.documentation == "Test documentation"
    assert notice.policy == "projects/12345/alertPolicies/12345"


def test_two_tests_are_two_incidents() -> None:
    """Monitoring gives all tests one id; a minute later it is another one all the same."""
    first, same, later = (
        read_notice(TEST, Source.WEBHOOK, at).incident
        for at in (NOW, NOW.replace(second=59), NOW.replace(minute=1))
    )
    assert first == same != later


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ({}, "tabular-service-00007-abc"),
        ({"labels": "none"}, "tabular-service-00007-abc"),
        ({"labels": {"bucket_name": "models\n<!here>", "location": ["eu"]}}, "models <!here>"),
    ],
)
def test_a_resource_is_named_by_what_there_is(resource: object, told: str) -> None:
    """Its labels are as untrusted as everything else."""
    assert read(resource=resource).resource == told


@pytest.mark.parametrize("key", sorted(INCIDENT))
def test_any_key_may_be_absent(key: str) -> None:
    """A notice is one without any single key."""
    incident = {name: value for name, value in INCIDENT.items() if name != key}
    assert read_notice({"incident": incident}, Source.WEBHOOK, NOW).policy


@pytest.mark.parametrize("key", sorted(INCIDENT))
@pytest.mark.parametrize("value", [None, True, -1, 1e400, float("nan"), [], {"a": []}, "\ud800\0"])
def test_no_wrong_type_is_in_the_way(key: str, value: object) -> None:
    """Whatever a key holds, the others are read, and all of it can be kept."""
    notice = read(**{key: value})
    assert notice.policy
    assert json.dumps(str(notice), ensure_ascii=False).encode()


def test_an_incident_without_an_id_has_the_same_one_at_its_close() -> None:
    """What stays the same from open to close stands for it."""
    opened = read(incident_id=None)
    closed = read(incident_id=None, state="closed", ended_at=1577844061, observed_value="0.95")
    assert opened.incident == closed.incident
    assert opened.incident != read(incident_id=None, started_at=1577840462).incident
    assert read(incident_id="x" * 5000).incident.startswith("unnamed-")


def test_an_unknown_state_is_told_by_the_end() -> None:
    """Without a word that is known, an end closes."""
    assert read(state="acknowledged").state is IncidentState.OPEN
    assert read(state=None, ended_at=1577844061).state is IncidentState.CLOSED


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://[",
        "https://a b",
        "file:///etc/passwd",
        "x" * 10_000,
        "http://console.cloud.google.com/monitoring",
        "https://console.cloud.google.com.evil.example/monitoring",
        "https://console.cloud.google.com@evil.example/monitoring",
        "https://evil.example/console.cloud.google.com",
    ],
)
def test_only_the_console_becomes_a_link(url: str) -> None:
    """A link is a promise of where it leads, and this one says Cloud Monitoring."""
    assert read(url=url).url == ""


def test_texts_are_cut_and_printable() -> None:
    """Nobody's log or channel is filled, moved about in, or coloured by a policy's name."""
    notice = read(policy_name="a\x1b[31m\nb\u202ec" + "x" * 10_000, documentation="y" * 100_000)
    assert notice.policy.startswith("a [31m b c")
    assert len(notice.policy) == 500
    assert len(notice.documentation) == 5000


@pytest.mark.parametrize("body", [None, [], "x", 7, {}, {"incident": []}, {"incident": {"a": 1}}])
def test_what_tells_of_no_incident_is_refused(body: object) -> None:
    """The refusal says what to send."""
    with pytest.raises(UnusableNotice, match="Monitoring"):
        read_notice(body, Source.WEBHOOK, NOW)


@given(
    _JSON
    | st.fixed_dictionaries({"incident": st.dictionaries(st.sampled_from([*INCIDENT]), _JSON)})
)
def test_no_json_crashes_the_reader(body: object) -> None:
    """Every document is a notice that can be kept, or is refused."""
    try:
        notice = read_notice(body, Source.PUBSUB, NOW)
    except UnusableNotice:
        return
    assert 0 < len(notice.incident) <= 255
    str(notice).encode()
