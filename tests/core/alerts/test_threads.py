"""Properties of choosing a thread: own, that of a flap, or a storm's list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.alerts.threads import Choice, Rules, Scene, choose
from tests.core.small_desk import NOW

RULES = Rules("C0CACHE", timedelta(minutes=30), 5)
QUIET = Scene()


def known(identity: str = "0.a", **changed: object) -> KnownIncident:
    """Make an open incident of the hit rate."""
    notice = Notice(IncidentId(identity), IncidentState.OPEN, "Low Hit Rate", Source.WEBHOOK)
    made = KnownIncident(notice, Subject.HIT_RATE, IncidentState.OPEN, NOW, NOW)
    return replace(made, **changed)  # type: ignore[arg-type]  # a test's own fields


BEFORE = known("0.before", thread="incident:0.before", state=IncidentState.CLOSED)
AGAIN = known(thread="incident:0.a", opens=2, opens_told=1)
LISTED = known(thread="storm:0.b", opens=2, opens_told=1)


@pytest.mark.parametrize(
    ("incident", "scene", "wanted"),
    [
        (known(), QUIET, Choice("incident:0.a")),
        (known(thread="incident:0.a", opens_told=1), QUIET, Choice("incident:0.a")),
        (
            known(thread="incident:0.a", state=IncidentState.CLOSED),
            QUIET,
            Choice("incident:0.a"),
        ),
        (known(), Scene(quiet=(BEFORE,)), Choice("incident:0.before", is_flap=True)),
        (AGAIN, Scene(quiet=(AGAIN, BEFORE)), Choice("incident:0.a", is_flap=True)),
        (AGAIN, Scene(quiet=(BEFORE,)), Choice("incident:0.before", is_flap=True)),
        (replace(AGAIN, opens_told=2), QUIET, Choice("incident:0.a")),
        (AGAIN, QUIET, Choice("incident:0.a:2")),
        (AGAIN, Scene((AGAIN,), 5, "storm:0.b"), Choice("incident:0.a")),
        (known(), Scene((BEFORE,), 5), Choice("storm:0.a")),
        (known(), Scene(in_a_minute=5), Choice("storm:0.a")),
        (
            known(),
            Scene(in_a_minute=5, storm="storm:0.b"),
            Choice("storm:0.b"),
        ),
        (
            known(),
            Scene(in_a_minute=4, storm="storm:0.b"),
            Choice("incident:0.a"),
        ),
        (LISTED, Scene(quiet=(LISTED,)), Choice("storm:0.b", is_flap=True)),
        (LISTED, QUIET, Choice("incident:0.a:2")),
        (replace(BEFORE, thread=""), Scene(quiet=(BEFORE,)), Choice("incident:0.before")),
    ],
)
def test_a_thread_is_chosen_by_what_there_is(
    incident: KnownIncident, scene: Scene, wanted: Choice
) -> None:
    """Its own unless it has come back, or comes with too many others."""
    assert choose(incident, scene, RULES) == wanted


def test_another_policy_and_a_test_are_no_flap() -> None:
    """What closed lately is gone on with by its own policy only, and never by a test."""
    scene = Scene(quiet=(BEFORE,), in_a_minute=9)
    other = known()
    other = replace(other, notice=replace(other.notice, policy="High Usage"))
    assert choose(other, scene, RULES) == Choice("storm:0.a")
    test = known()
    test = replace(test, notice=replace(test.notice, test=True))
    assert choose(test, scene, RULES) == Choice("incident:0.a")


def test_another_condition_or_resource_of_the_policy_is_no_flap() -> None:
    """Staging is not production; what one of the two does not tell is not compared."""
    told = replace(BEFORE.notice, condition="hits", resource="prod")
    scene = Scene(quiet=(replace(BEFORE, notice=told),))

    def is_flap(condition: str, resource: str) -> bool:
        notice = replace(known().notice, condition=condition, resource=resource)
        return choose(replace(known(), notice=notice), scene, RULES).is_flap

    assert is_flap("hits", "prod")
    assert is_flap("", "")
    assert not is_flap("hits", "staging")
    assert not is_flap("misses", "prod")
