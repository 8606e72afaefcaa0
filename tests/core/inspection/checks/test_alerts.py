"""The checks of incidents, alert policies and log metrics."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Unavailable
from core.inspection.checks.alerts import check_incidents, check_metrics, check_policies
from core.inspection.findings import Verdict
from core.signals import AlertPolicy, Incident
from tests.core.whole_cache import NOW, judged, whole_cache


def _incident(name: str, hours: int) -> Incident:
    return Incident(name, f"{name} policy", NOW - timedelta(hours=hours))


def test_an_open_incident_fails() -> None:
    """Each open incident's policy is named once, with the age of the oldest."""
    incidents = [_incident("Low hit rate", 1), _incident("Usage", 5), _incident("Usage", 2)]
    judgement = judged(check_incidents, replace(whole_cache(), incidents=incidents))
    assert judgement.verdict is Verdict.FAILING
    assert judgement.why == (
        "3 incidents are open, the oldest for 5 h: Low hit rate policy, Usage policy."
    )
    assert judgement.next_step == "Look at /cache alerts."


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        (("warning",), Verdict.WARNING),
        (("warning", "WARNING"), Verdict.WARNING),
        (("warning", "critical"), Verdict.FAILING),
        (("",), Verdict.FAILING),
    ],
)
def test_incidents_are_as_bad_as_their_policies_say(
    severities: tuple[str, ...], verdict: Verdict
) -> None:
    """The worst counts, and where a policy names no severity it is taken for serious."""
    incidents = [replace(_incident("A", 1), severity=severity) for severity in severities]
    reader = replace(whole_cache(), incidents=incidents)
    assert judged(check_incidents, reader).verdict is verdict


def test_without_policies_no_incident_can_open() -> None:
    """Silence means little where nothing watches; with policies unreadable it is just silence."""
    silent = judged(check_incidents, replace(whole_cache(), policies=()))
    assert silent.verdict is Verdict.NOT_CONFIGURED
    unread = replace(whole_cache(), errors={"alert_policies": Unavailable("away")})
    assert judged(check_incidents, unread).verdict is Verdict.OK


def test_incidents_that_cannot_be_read_are_raised() -> None:
    """No answer is not "no incident"."""
    with pytest.raises(Unavailable):
        judged(
            check_incidents, replace(whole_cache(), errors={"open_incidents": Unavailable("away")})
        )


@pytest.mark.parametrize(
    ("policies", "verdict", "words"),
    [
        ([], Verdict.NOT_CONFIGURED, "No alert policy watches this cache."),
        ([AlertPolicy("1", "A", True)], Verdict.OK, "1 policy is on: A."),
        (
            [AlertPolicy("1", "A", True), AlertPolicy("2", "B", True)],
            Verdict.OK,
            "2 policies are on: A, B.",
        ),
        ([AlertPolicy("1", "A", False)], Verdict.WARNING, "Switched off: A."),
        ([AlertPolicy("1", "A", None)], Verdict.UNKNOWN, "does not say whether these are on: A."),
        (
            [AlertPolicy("1", "A", True, "No such metric.")],
            Verdict.WARNING,
            "A is invalid and never fires: No such metric.",
        ),
        (
            [AlertPolicy("1", "A", None), AlertPolicy("2", "B", False)],
            Verdict.WARNING,
            "Switched off: B. Cloud Monitoring does not say",
        ),
    ],
)
def test_policies_are_judged_by_what_they_can_do(
    policies: list[AlertPolicy], verdict: Verdict, words: str
) -> None:
    """Absent, switched off, invalid and unclear policies are told apart."""
    judgement = judged(check_policies, replace(whole_cache(), policies=policies))
    assert judgement.verdict is verdict
    assert words in judgement.why


def test_missing_metrics_are_named() -> None:
    """What is missing is named; the bot does without."""
    judgement = judged(check_metrics, replace(whole_cache(), metrics_missing=["a", "b"]))
    assert judgement.verdict is Verdict.NOT_CONFIGURED
    assert judgement.why.startswith("Missing: a, b.")
