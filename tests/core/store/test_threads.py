"""Properties of threads: each change wants its messages once, whoever looks, however often."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.causes import Diagnosis
from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.operations import OperationState
from core.store.database import Database, open_database
from core.store.operations import OperationStore
from tests.core.small_desk import NOW, about
from tests.core.store.test_operations import operation
from tests.core.store.threads_stage import RULES, Stage
from tests.postgres import fresh_database


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


def test_another_apps_message_is_its_own_root(stage: Stage) -> None:
    """No root is posted; the diagnosis goes below the message, and a test gets none at all."""
    name = "channel:C0OTHER:1.2:1.1:"
    stage.take(name, source=Source.CHANNEL)
    assert stage.known(name).thread == ""
    assert (stage.known(name).channel_id, stage.known(name).thread_ts) == ("C0OTHER", "1.1")
    stage.take("0.t", test=True)
    assert stage.wanted("incident:0.t") == 1
    assert stage.diagnoses.waiting(NOW) == 1


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
    for number in range(5):
        stage.take(f"0.{number}", NOW + 4 * minute)
    stage.close("0.4", NOW + 5 * minute)
    roots = ("incident:0.before", "incident:0.during", "incident:0.open", "storm:0.3")
    before = [stage.wanted(root) for root in roots]
    operations.finish(begun.id, OperationState.DONE, NOW + 9 * minute)
    changed = [stage.wanted(root) - was for root, was in zip(roots, before, strict=True)]
    assert changed == [0, 1, 0, 1]


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
