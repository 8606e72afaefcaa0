"""Properties of threads: each change wants its messages once, whoever looks, however often."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.causes import Diagnosis
from core.incident_threads import PAGE, Rules
from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.operations import OperationState
from core.store.database import Database, open_database
from core.store.diagnoses import DiagnosisStore
from core.store.incidents import IncidentStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore
from core.store.threads import ThreadStore
from tests.core.small_desk import NOW, about
from tests.core.store.test_operations import operation
from tests.postgres import fresh_database

RULES = Rules("C0CACHE", timedelta(minutes=30), 3)


class Stage:
    """The stores that a change of an incident goes through."""

    def __init__(self, database: Database) -> None:
        self.incidents = IncidentStore(database)
        self.threads = ThreadStore(database)
        self.messages = MessageStore(database, "me")
        self.diagnoses = DiagnosisStore(database)

    def take(self, identity: str, at: datetime = NOW, policy: str = "", **more: object) -> None:
        """Hear of an incident, and follow it."""
        notice = Notice(
            IncidentId(identity), IncidentState.OPEN, policy or identity, Source.WEBHOOK,
            opened_at=at,
        )  # fmt: skip
        notice = replace(notice, **more)  # type: ignore[arg-type]  # a test's own fields
        self.incidents.take(notice, about(Subject.HIT_RATE), at)
        for one in self.threads.behind():
            assert self.threads.follow(one, RULES, at)

    def close(self, identity: str, at: datetime, policy: str = "") -> None:
        """Hear that it has closed."""
        known = self.incidents.get(IncidentId(identity))
        source = Source.WEBHOOK if known is None else known.notice.source
        self.take(identity, at, policy, state=IncidentState.CLOSED, closed_at=at, source=source)

    def known(self, identity: str) -> KnownIncident:
        """Return what is known of it."""
        found = self.incidents.get(IncidentId(identity))
        assert found is not None
        return found

    def wanted(self, key: str) -> int:
        """Return how often a message was wanted, 0 where it never was."""
        told = self.messages.get(key)
        return 0 if told is None else told.wanted


@pytest.fixture
def stage(database: Database) -> Stage:
    """Nothing has happened yet."""
    return Stage(database)


def test_an_opening_wants_a_root_and_a_diagnosis_and_a_close_edits_both(stage: Stage) -> None:
    """The diagnosis comes below the root, and is told anew when its buttons are past."""
    stage.take("0.a")
    assert stage.wanted("incident:0.a") == 1
    wanted = stage.diagnoses.take(NOW)
    assert wanted is not None
    assert stage.diagnoses.take(NOW) is None, "one process makes it"
    stage.diagnoses.conclude(wanted, Diagnosis("Because."), stage.known("0.a"), NOW)
    assert stage.wanted("diagnosis:0.a:1") == 1
    assert stage.diagnoses.waiting(NOW + timedelta(hours=1)) == 0
    stage.close("0.a", NOW + timedelta(minutes=9))
    assert stage.wanted("incident:0.a") > 1
    assert stage.wanted("diagnosis:0.a:1") == 2
    assert stage.threads.behind() == []


def test_a_diagnosis_of_a_dead_process_is_made_by_another(stage: Stage) -> None:
    """Its claim runs out."""
    stage.take("0.a")
    assert stage.diagnoses.take(NOW) is not None
    assert stage.diagnoses.take(NOW + timedelta(seconds=31)) is not None


def test_a_new_incident_of_the_same_policy_goes_on_in_the_thread(stage: Stage) -> None:
    """Within the window; while the other is open, and after the window, it has its own."""
    minute = timedelta(minutes=1)
    stage.take("0.a", NOW, "Low")
    stage.take("0.beside", NOW, "Low")
    assert stage.known("0.beside").thread == "incident:0.beside"
    stage.close("0.a", NOW + 5 * minute, "Low")
    stage.take("0.b", NOW + 20 * minute, "Low")
    assert stage.known("0.b").thread == "incident:0.a"
    assert stage.wanted("flap:2:1:incident:0.a") == 1
    assert [one.id for one in stage.threads.members("incident:0.a")] == ["0.a", "0.b"]
    stage.close("0.b", NOW + 25 * minute, "Low")
    stage.take("0.c", NOW + 56 * minute, "Low")
    assert stage.known("0.c").thread == "incident:0.c"


@pytest.mark.parametrize(
    ("minutes", "goes_on"), [(29, True), (30, True), (30.01, False), (31, False)]
)
def test_the_flap_window_ends_after_thirty_minutes(
    stage: Stage, minutes: float, goes_on: bool
) -> None:
    """To the moment; for another incident of the policy and for the same one alike."""
    again = NOW + timedelta(minutes=minutes)
    for identity, policy in (("0.a", "Low"), ("0.same", "High")):
        stage.take(identity, NOW - timedelta(minutes=5), policy)
        stage.close(identity, NOW, policy)
    stage.take("0.b", again, "Low")
    stage.take("0.same", again, "High")
    threads = [stage.known(one).thread for one in ("0.b", "0.same")]
    old, new = ["incident:0.a", "incident:0.same"], ["incident:0.b", "incident:0.same:2"]
    assert threads == (old if goes_on else new)


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


def test_a_thread_tells_of_one_open_incident_at_a_time(stage: Stage) -> None:
    """Two of a policy that come back both find a thread; a third one gets its own."""
    minute = timedelta(minutes=1)
    for identity in ("0.a", "0.b"):
        stage.take(identity, NOW, "Low")
    for identity in ("0.a", "0.b"):
        stage.close(identity, NOW + 2 * minute, "Low")
    for number, identity in enumerate(("0.c", "0.d", "0.e"), start=3):
        stage.take(identity, NOW + number * minute, "Low")
    threads = [stage.known(identity).thread for identity in ("0.c", "0.d", "0.e")]
    assert sorted(threads[:2]) == ["incident:0.a", "incident:0.b"]
    assert threads[2] == "incident:0.e"
    stage.take("0.a", NOW + 6 * minute, "Low")
    assert stage.known("0.a").thread == "incident:0.a:2", "0.c or 0.d is open in the old one"


def test_the_same_incident_opened_late_gets_a_thread_of_its_own(stage: Stage) -> None:
    """It stays one row; the old root says for good how it closed, the new one counts anew."""
    stage.take("0.a")
    stage.close("0.a", NOW + timedelta(minutes=5))
    stage.take("0.a", NOW + timedelta(hours=2))
    assert stage.known("0.a").thread == "incident:0.a:2"
    assert stage.threads.members("incident:0.a") == []
    assert stage.known("0.a").openings == 1
    stage.close("0.a", NOW + timedelta(hours=3))
    stage.take("0.a", NOW + timedelta(hours=3, minutes=5))
    assert stage.known("0.a").thread == "incident:0.a:2"
    assert stage.known("0.a").openings == 2
    assert stage.wanted("flap:2:0:incident:0.a:2") == 1


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


def test_what_comes_back_in_the_same_storm_is_told_in_the_list_alone(stage: Stage) -> None:
    """A reply each would be the flood that the list is there to prevent."""
    for number in range(10):
        stage.take(f"0.{number}")
    for number in range(10):
        stage.close(f"0.{number}", NOW + timedelta(seconds=5))
    for number in range(10):
        stage.take(f"0.{number}", NOW + timedelta(seconds=10 + number))
    assert {stage.known(f"0.{number}").thread for number in range(10)} == {"storm:0.3"}
    assert not any(stage.wanted(f"flap:2:{number}:storm:0.3") for number in range(10))


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


def test_another_apps_message_is_its_own_root(stage: Stage) -> None:
    """No root is posted; the diagnosis goes below the message, and a test gets none at all."""
    name = "channel:C0OTHER:1.2:1.1:"
    stage.take(name, source=Source.CHANNEL)
    assert stage.known(name).thread == ""
    assert (stage.known(name).channel_id, stage.known(name).thread_ts) == ("C0OTHER", "1.1")
    stage.take("0.t", test=True)
    assert stage.wanted("incident:0.t") == 1
    assert stage.diagnoses.waiting(NOW) == 1


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


def test_what_another_app_has_closed_is_told_on_its_diagnosis(stage: Stage) -> None:
    """Its buttons are past."""
    name = "channel:C0OTHER:1.2:1.1:"
    stage.take(name, source=Source.CHANNEL)
    wanted = stage.diagnoses.take(NOW)
    assert wanted is not None
    stage.diagnoses.conclude(wanted, Diagnosis("Because."), stage.known(name), NOW)
    before = stage.wanted(wanted.key)
    stage.close(name, NOW)
    assert stage.wanted(wanted.key) == before + 1


def test_repeats_edit_the_root_and_nothing_else(stage: Stage) -> None:
    """They are counted on it."""
    for _ in range(5):
        stage.take("0.a")
    assert stage.wanted("incident:0.a") == 5
    assert stage.diagnoses.waiting(NOW) == 1


def test_an_operation_that_ends_after_the_close_is_told_on_the_root(stage: Stage) -> None:
    """The root says what was done meanwhile and what came of it; other roots stay as they are."""
    minute = timedelta(minutes=1)
    stage.take("0.before", NOW)
    stage.close("0.before", NOW + minute)
    stage.take("0.during", NOW + 2 * minute)
    stage.take("0.open", NOW + 2 * minute)
    begun = replace(operation(), created_at=NOW + 3 * minute)
    operations = OperationStore(stage.incidents.database)
    assert operations.create(begun)
    stage.close("0.during", NOW + 4 * minute)
    roots = ("incident:0.before", "incident:0.during", "incident:0.open")
    before = [stage.wanted(root) for root in roots]
    operations.finish(begun.id, OperationState.DONE, NOW + 9 * minute)
    changed = [stage.wanted(root) - was for root, was in zip(roots, before, strict=True)]
    assert changed == [0, 1, 0]


def test_many_processes_choose_one_thread(postgres: str) -> None:
    """Eight replicas follow two that come back at once: one goes on in the thread, once."""
    stage = Stage(open_database(fresh_database(postgres)))
    stage.take("0.a", NOW, "Low")
    stage.close("0.a", NOW, "Low")
    for identity in ("0.b", "0.c"):
        notice = Notice(IncidentId(identity), IncidentState.OPEN, "Low", Source.WEBHOOK)
        stage.incidents.take(notice, about(Subject.HIT_RATE), NOW)

    def follow(number: int) -> bool:
        return stage.threads.follow(IncidentId(("0.b", "0.c")[number % 2]), RULES, NOW)

    with ThreadPoolExecutor(8) as pool:
        followed = list(pool.map(follow, range(8)))
    assert sum(followed) == 2
    threads = {stage.known(one).thread for one in ("0.b", "0.c")}
    assert threads in ({"incident:0.a", "incident:0.b"}, {"incident:0.a", "incident:0.c"})
    assert stage.wanted("flap:2:1:incident:0.a") == 1
    assert stage.diagnoses.waiting(NOW) == 3
    stage.incidents.database.close()


def test_what_is_told_later_is_told_by_an_edit_and_diagnosed_anew(stage: Stage) -> None:
    """What was concluded with less is not kept, even where it comes in a moment later."""
    stage.take("0.a", policy="Alert 7", source=Source.MONITORING)
    stage.incidents.take(replace(stage.known("0.a").notice), about(Subject.OTHER), NOW)
    early = stage.diagnoses.take(NOW)
    assert early is not None
    more = replace(stage.known("0.a").notice, source=Source.WEBHOOK, condition="usage > 80 %")
    before = stage.wanted("incident:0.a")
    stage.incidents.take(more, about(Subject.USAGE), NOW)
    assert stage.wanted("incident:0.a") == before + 1
    stage.diagnoses.conclude(early, Diagnosis("Who knows."), stage.known("0.a"), NOW)
    assert stage.diagnoses.get(early.key) is None
    late = stage.diagnoses.take(NOW)
    assert late is not None
    stage.diagnoses.conclude(late, Diagnosis("It is full."), stage.known("0.a"), NOW)
    found = stage.diagnoses.get(late.key)
    assert found is not None
    assert found[1].cause == "It is full."


def test_a_flap_is_told_by_monitorings_times(stage: Stage) -> None:
    """However long the bot was away: what matters is when it closed, not when that was heard."""
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    for name in ("0.a", "0.x"):
        stage.take(name, NOW, name[-1])
    late = NOW + 6 * hour
    stage.take("0.a", late, "a", state=IncidentState.CLOSED, closed_at=NOW + 10 * minute)
    stage.take("0.x", late, "x", state=IncidentState.CLOSED, closed_at=NOW + 10 * minute)
    stage.take("0.b", late, "a", opened_at=NOW + 30 * minute)
    assert stage.known("0.b").thread == "incident:0.a", "it came back after twenty minutes"
    stage.take("0.y", late + 10 * minute, "x")
    assert stage.known("0.y").thread == "incident:0.y", "it closed hours ago"
    stage.take("0.c", late, "x", opened_at=NOW)
    assert stage.known("0.c").thread == "incident:0.c", "it was open before the other closed"
