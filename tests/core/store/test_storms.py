"""Properties of storms: one list, a diagnosis of each kind, and no flood of replies."""

from datetime import timedelta

import pytest

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.alerts.keys import PAGE
from core.store.database import Database
from tests.core.small_desk import NOW
from tests.core.store.threads_stage import RULES, Stage


@pytest.fixture
def stage(database: Database) -> Stage:
    """Nothing has happened yet."""
    return Stage(database)


def test_a_storm_of_a_policy_that_has_just_closed_is_a_storm(stage: Stage) -> None:
    """One goes on in its thread, some have their own, the rest is one list: no flood of replies."""
    minute = timedelta(minutes=1)
    stage.take("0.a", NOW, "Low")
    stage.close("0.a", NOW + minute, "Low")
    for number in range(20):
        stage.take(f"0.b{number:02}", NOW + 5 * minute, "Low")
    assert [one.id for one in stage.threads.members("incident:0.a")] == ["0.a", "0.b00"]
    threads = [stage.known(f"0.b{number:02}").thread for number in range(20)]
    assert threads[1:3] == ["incident:0.b01", "incident:0.b02"]
    assert set(threads[3:]) == {"storm:0.b03"}
    assert [stage.wanted(f"flap:{number}:1:incident:0.a") for number in range(2, 9)] == [1] + [
        0
    ] * 6
    assert stage.diagnoses.waiting(NOW + 5 * minute) == 5


def test_a_storm_fills_a_list_page_by_page(stage: Stage) -> None:
    """Three have threads, all others the list; one diagnosis is made for all of a kind there."""
    for number in range(PAGE + 5):
        stage.take(f"0.{number:02}")
    threads = [stage.known(f"0.{number:02}").thread for number in range(PAGE + 5)]
    assert threads[:3] == ["incident:0.00", "incident:0.01", "incident:0.02"]
    assert set(threads[3:]) == {"storm:0.03"}
    assert stage.wanted("storm:0.03") == PAGE + 2
    assert stage.wanted("storm:0.03/1") == 2
    assert stage.diagnoses.waiting(NOW) == 4


def test_a_storm_has_a_diagnosis_for_each_kind_that_is_still_open(stage: Stage) -> None:
    """The first of its kind may close before anything is found out; another one takes its place."""
    for number in range(3):
        stage.take(f"0.own{number}")
    assert all(stage.diagnoses.take(NOW) for _ in range(3))
    stage.take("0.a")
    stage.take("0.b")
    first = stage.diagnoses.take(NOW)
    assert first is not None
    assert first.incident == "0.a"
    assert stage.diagnoses.waiting(NOW) == 0, "one is enough"
    stage.close("0.a", NOW)
    stage.diagnoses.drop(first, NOW)
    second = stage.diagnoses.take(NOW)
    assert second is not None
    assert second.incident == "0.b"
    stage.close("0.b", NOW)
    stage.diagnoses.drop(second, NOW)
    assert stage.diagnoses.waiting(NOW) == 0, "nothing of it is open"
    stage.take("0.c")
    third = stage.diagnoses.take(NOW)
    assert third is not None
    assert third.incident == "0.c"


def test_what_is_over_before_it_is_told_keeps_no_diagnosis_from_others(stage: Stage) -> None:
    """It wants none itself, so the next of its kind does."""
    for number in range(3):
        stage.take(f"0.own{number}")
    stage.take("0.a", state=IncidentState.CLOSED, closed_at=NOW)
    stage.take("0.b")
    assert stage.known("0.a").thread == stage.known("0.b").thread == "storm:0.a"
    assert stage.diagnoses.waiting(NOW) == 4


def test_what_comes_back_out_of_a_storm_is_told_anew(stage: Stage) -> None:
    """Soon after, by a reply in the list's thread; later, by a message of its own."""
    minute = timedelta(minutes=1)
    for number in range(PAGE + 8):
        stage.take(f"0.{number:02}")
    stage.close("0.05", NOW + minute)
    stage.take("0.05", NOW + 20 * minute)
    assert stage.known("0.05").thread == "storm:0.03"
    assert stage.wanted("flap:2:2:storm:0.03") == 1
    stage.close("0.05", NOW + 30 * minute)
    listed = stage.wanted("storm:0.03")
    stage.take("0.05", NOW + timedelta(days=3))
    assert stage.known("0.05").thread == "incident:0.05:3"
    assert stage.known("0.05").openings == 1
    assert stage.wanted("incident:0.05:3") == 1
    assert stage.wanted("storm:0.03") > listed, "it is not in the list any more"


def test_what_comes_back_in_the_same_storm_is_told_where_it_is(stage: Stage) -> None:
    """A reply each would be the flood that the list is there to prevent."""
    for number in range(10):
        stage.take(f"0.{number}")
    for number in range(10):
        stage.close(f"0.{number}", NOW + timedelta(seconds=5))
    for number in range(10):
        stage.take(f"0.{number}", NOW + timedelta(seconds=10 + number))
    threads = [stage.known(f"0.{number}").thread for number in range(10)]
    assert threads == [f"incident:0.{number}" for number in range(3)] + ["storm:0.3"] * 7
    flaps = [f"flap:2:{number}:storm:0.3" for number in range(7)]
    assert not any(map(stage.wanted, [*flaps, "flap:2:0:incident:0.0"]))


def test_a_storm_that_waited_for_its_teller_is_still_one_list(stage: Stage) -> None:
    """What came within a minute counts, not what is told within one: the bot was away between."""
    for number in range(10):
        notice = Notice(
            IncidentId(f"0.{number}"), IncidentState.OPEN, f"Policy {number}", Source.WEBHOOK,
            opened_at=NOW,
        )  # fmt: skip
        stage.incidents.take(notice, lambda _: Subject.HIT_RATE, NOW + timedelta(seconds=number))
    for one in stage.threads.behind():
        assert stage.threads.follow(one, RULES, NOW + timedelta(hours=2))
    threads = [stage.known(f"0.{number}").thread for number in range(10)]
    assert threads[:3] == ["incident:0.0", "incident:0.1", "incident:0.2"]
    assert set(threads[3:]) == {"storm:0.3"}


def test_incidents_far_apart_that_waited_together_are_no_storm(stage: Stage) -> None:
    """They were heard of minutes apart, though they are told at once."""
    for number in range(6):
        notice = Notice(IncidentId(f"0.{number}"), IncidentState.OPEN, f"{number}", Source.WEBHOOK)
        stage.incidents.take(
            notice, lambda _: Subject.HIT_RATE, NOW + number * timedelta(minutes=2)
        )
    for one in stage.threads.behind():
        assert stage.threads.follow(one, RULES, NOW + timedelta(hours=2))
    assert {stage.known(f"0.{number}").thread for number in range(6)} == {
        f"incident:0.{number}" for number in range(6)
    }


def test_a_storm_of_another_app_gets_a_diagnosis_of_each_kind(stage: Stage) -> None:
    """After as many as make a storm; what somebody asks for is diagnosed always."""
    for number in range(10):
        stage.take(f"channel:C0OTHER:1.{number}:1.{number}:", source=Source.CHANNEL)
    assert stage.diagnoses.waiting(NOW) == RULES.storm
    stage.take("channel:C0OTHER:1.9:1.9:asked", source=Source.CHANNEL)
    assert stage.diagnoses.waiting(NOW) == RULES.storm + 1
    later = NOW + timedelta(minutes=2)
    stage.take("channel:C0OTHER:2.1:2.1:", later, source=Source.CHANNEL)
    assert stage.diagnoses.waiting(later) == RULES.storm + 2
