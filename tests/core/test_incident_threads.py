"""Properties of choosing a thread: own, that of a flap, or a storm's list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.incident_threads import (
    PAGE,
    Choice,
    Flap,
    Rules,
    Scene,
    Turn,
    choose,
    diagnosis_key,
    flap_key,
    flap_of,
    page_key,
    root_key,
)
from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
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
        (known(), QUIET, Choice(Turn.OWN, "incident:0.a")),
        (known(thread="incident:0.a", opens_told=1), QUIET, Choice(Turn.SAME, "incident:0.a")),
        (
            known(thread="incident:0.a", state=IncidentState.CLOSED),
            QUIET,
            Choice(Turn.SAME, "incident:0.a"),
        ),
        (known(), Scene(quiet=(BEFORE,)), Choice(Turn.FLAP, "incident:0.before")),
        (AGAIN, Scene(quiet=(AGAIN, BEFORE)), Choice(Turn.FLAP, "incident:0.a")),
        (AGAIN, Scene(quiet=(BEFORE,)), Choice(Turn.FLAP, "incident:0.before")),
        (replace(AGAIN, opens_told=2), QUIET, Choice(Turn.SAME, "incident:0.a")),
        (AGAIN, QUIET, Choice(Turn.OWN, "incident:0.a:2")),
        (AGAIN, Scene((AGAIN,), 5, "storm:0.b"), Choice(Turn.SAME, "incident:0.a")),
        (known(), Scene((BEFORE,), 5), Choice(Turn.STORM, "storm:0.a")),
        (known(), Scene(in_a_minute=5), Choice(Turn.STORM, "storm:0.a")),
        (
            known(),
            Scene(in_a_minute=5, storm="storm:0.b"),
            Choice(Turn.STORM, "storm:0.b"),
        ),
        (
            known(),
            Scene(in_a_minute=4, storm="storm:0.b"),
            Choice(Turn.OWN, "incident:0.a"),
        ),
        (LISTED, Scene(quiet=(LISTED,)), Choice(Turn.FLAP, "storm:0.b")),
        (LISTED, QUIET, Choice(Turn.OWN, "incident:0.a:2")),
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
    assert choose(other, scene, RULES).turn is Turn.STORM
    test = known()
    test = replace(test, notice=replace(test.notice, test=True))
    assert choose(test, scene, RULES).turn is Turn.OWN


def test_another_condition_or_resource_of_the_policy_is_no_flap() -> None:
    """Staging is not production; what one of the two does not tell is not compared."""
    told = replace(BEFORE.notice, condition="hits", resource="prod")
    scene = Scene(quiet=(replace(BEFORE, notice=told),))

    def turn(condition: str, resource: str) -> Turn:
        notice = replace(known().notice, condition=condition, resource=resource)
        return choose(replace(known(), notice=notice), scene, RULES).turn

    assert turn("hits", "prod") is turn("", "") is Turn.FLAP
    assert turn("hits", "staging") is turn("misses", "prod") is Turn.OWN


def test_keys_fit_into_their_column_whatever_the_id() -> None:
    """An id is untrusted and may be long; two long ones stay two."""
    long, other = known("x" * 255, opens=100), known("x" * 254 + "y", opens=100)
    thread = f"storm:{root_key(long)}"
    keys = (
        root_key(long),
        diagnosis_key(long),
        flap_key(replace(long, thread=root_key(long), position=10**5), 10**6),
        page_key(thread, 10**5),
    )
    assert max(map(len, keys)) <= 128
    assert root_key(long) != root_key(other)
    flap = flap_key(replace(long, thread="incident:0.a:2", position=4), 3)
    assert flap_of(flap) == Flap("incident:0.a:2", 4, 3)


def test_an_id_that_looks_like_a_page_makes_no_page() -> None:
    """A slash tells a page of a storm's list from the list; an id may hold one."""
    slashed = known("projects/p/alerts/9")
    storm = choose(slashed, Scene(in_a_minute=5), RULES).thread
    assert "/" not in storm
    assert "/" not in root_key(slashed)
    assert storm != choose(known("projects/p/alerts/8"), Scene(in_a_minute=5), RULES).thread


def test_a_storms_list_has_pages() -> None:
    """The first is the root itself."""
    assert page_key("storm:0.a", PAGE - 1) == "storm:0.a"
    assert page_key("storm:0.a", PAGE) == "storm:0.a/1"
