"""Properties of pairing: an incident is one, whatever it is called by those who tell of it."""

from dataclasses import replace
from datetime import timedelta

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.alerts.pairs import ids_of, pair
from core.signals import Incident
from tests.core.small_desk import NOW

SECOND = timedelta(seconds=1)


def listed(identity: str, after: timedelta = 0 * SECOND, policy: str = "Low") -> Incident:
    """Make an incident as Monitoring lists it."""
    return Incident(f"projects/p/alerts/{identity}", policy, NOW + after)


def known(identity: str, after: timedelta = 0 * SECOND, policy: str = "Low") -> KnownIncident:
    """Make an incident as it is known."""
    notice = Notice(
        IncidentId(identity), IncidentState.OPEN, policy, Source.WEBHOOK, opened_at=NOW + after
    )
    return KnownIncident(notice, Subject.OTHER, IncidentState.OPEN, NOW, NOW)


def test_an_id_agrees_with_and_without_its_prefix() -> None:
    """Whatever else the two say."""
    pairs = pair([listed("abc")], [known("0.abc", timedelta(hours=9), "Renamed")])
    found = pairs.known(listed("abc"))
    assert found is not None
    assert found.id == "0.abc"
    assert pairs.unlisted == ()
    assert ids_of(IncidentId("0.abc")) == ("0.abc", "abc")
    assert ids_of(IncidentId("abc")) == ("abc", "0.abc")


def test_under_other_ids_the_nearest_two_are_the_same() -> None:
    """Not the first that would do: two of one policy never swap their closes."""
    ours = [known("0.a"), known("0.b", 60 * SECOND)]
    theirs = [listed("y", 61 * SECOND), listed("x", SECOND)]
    pairs = pair(theirs, ours)
    assert {one.id: found.id for one in theirs if (found := pairs.known(one))} == {
        "x": "0.a",
        "y": "0.b",
    }


def test_two_resources_of_one_policy_are_two() -> None:
    """Where both tell; where one does not, the time is all that there is."""
    prod, staging = known("0.a"), known("0.b")
    prod = replace(prod, notice=replace(prod.notice, resource="prod"))
    staging = replace(staging, notice=replace(staging.notice, resource="staging"))
    theirs = [
        replace(listed("x"), resource="staging"),
        replace(listed("y", SECOND), resource="prod"),
    ]
    pairs = pair(theirs, [prod, staging])
    assert [found.id for one in theirs if (found := pairs.known(one))] == ["0.b", "0.a"]
    assert pair(theirs[:1], [known("0.c")]).unlisted == ()


def test_what_is_too_far_apart_or_of_another_policy_is_not_the_same() -> None:
    """Nor what Monitoring cannot know; what it does not list is told."""
    test = known("0.t")
    test = replace(test, notice=replace(test.notice, test=True))
    pairs = pair([listed("x", 121 * SECOND), listed("y", policy="High")], [known("0.a"), test])
    assert dict(pairs.by_name) == {}
    assert [one.id for one in pairs.unlisted] == ["0.a"]
