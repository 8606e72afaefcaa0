"""What an incident is about, by its names."""

import pytest

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.alerts.subjects import Subjects


def notice(policy: str, service: str = "", condition: str = "") -> Notice:
    """A notice with nothing but names."""
    return Notice(
        IncidentId("0.a"),
        IncidentState.OPEN,
        policy,
        Source.WEBHOOK,
        condition=condition,
        service=service,
    )


@pytest.mark.parametrize(
    ("policy", "subject"),
    [
        ("Low Cache Hit Rate", Subject.HIT_RATE),
        ("tabular: cache misses", Subject.HIT_RATE),
        ("Sync Job Failures", Subject.SYNC_FAILURES),
        ("Failing nightly sync", Subject.SYNC_FAILURES),
        ("Cache sync failures drop the hit rate", Subject.SYNC_FAILURES),
        ("High Bucket Usage", Subject.USAGE),
        ("tabular bucket over capacity", Subject.USAGE),
        ("CPU of the tabular service", Subject.OTHER),
        ("", Subject.OTHER),
    ],
)
def test_the_policys_name_tells(policy: str, subject: Subject) -> None:
    """The names that the cache's own policies have, and names like them."""
    assert Subjects().of(notice(policy)) is subject


def test_the_condition_tells_where_the_policy_does_not() -> None:
    """A policy may be called anything."""
    one = notice("Tabular alert 1", condition="hit rate < 90%")
    assert Subjects().of(one) is Subject.HIT_RATE


def test_a_policy_of_another_service_is_none_of_ours() -> None:
    """Its label tells whose it is, unless its name says that it is ours."""
    assert Subjects().of(notice("Low Cache Hit Rate", "web")) is Subject.OTHER
    assert Subjects().of(notice("Low Cache Hit Rate", "tabular")) is Subject.HIT_RATE
    assert Subjects().of(notice("Tabular Low Cache Hit Rate", "models")) is Subject.HIT_RATE


def test_the_patterns_are_the_operators() -> None:
    """Names in another language are a matter of settings."""
    subjects = Subjects(usage="(?i)speicher")
    assert subjects.of(notice("Speicher voll")) is Subject.USAGE
    assert subjects.of(notice("High Bucket Usage")) is Subject.OTHER
