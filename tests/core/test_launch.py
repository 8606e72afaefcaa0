"""Properties of setting operations going: once per request, one at a time, and stopped by name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.answers import PlanReport, StopAsked
from core.errors import Busy, NotAllowed, NothingToDo, OpsError, Unavailable, UsageError
from core.operations import OperationId, OperationState, operation_id
from core.ops import admit, carry_out
from core.store.database import memory_database
from tests.core.launch_stage import SECOND, Stage, renamed
from tests.core.small_desk import ANNA, INCIDENTS, NOW, VIC, NotedEngine, Watch, call_of, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage on which nothing runs yet."""
    database, watch, engine = memory_database(), Watch(), NotedEngine()
    trouble: list[Exception] = []

    def before(_question: str) -> None:
        if trouble:
            raise trouble[0]

    cloud = SyncCloud(tmp_path, watch, before)
    yield Stage(desk_on(database, as_cloud(cloud), engine, watch), cloud, engine, watch, trouble)
    database.close()


def test_a_sync_is_kept_submitted_and_told(stage: Stage) -> None:
    """In this order: a crash in between is mended by the request itself."""
    operation = stage.start()
    assert operation.state is OperationState.WAITING
    assert (operation.actor.user_id, operation.place) == ("U0OLGA", INCIDENTS)
    assert stage.engine.known == [operation.id]
    assert stage.message_wanted(operation.id)


def test_the_same_request_is_the_same_operation(stage: Stage) -> None:
    """Answered again after a crash, it neither starts a second one nor asks the cloud."""
    first = stage.start()
    stage.trouble.append(Unavailable("The cloud is away."))
    stage.watch.pass_by(SECOND)
    assert stage.start() == first
    assert stage.engine.known == [first.id]


def test_a_request_answered_again_after_its_operation_has_ended_starts_nothing(
    stage: Stage,
) -> None:
    """Even where another one holds the cache by then."""
    first = stage.start()
    stage.engine.end()
    stage.desk.records.operations.finish(first.id, OperationState.DONE, NOW)
    stage.start("2")
    again = stage.start("1")
    assert (again.id, again.state) == (first.id, OperationState.DONE)


def test_a_request_that_died_between_keeping_and_submitting_is_planned_anew(
    stage: Stage,
) -> None:
    """The plan that nobody saw run may be old by now."""
    stage.engine.breaks = ConnectionError("the process dies here")
    with pytest.raises(ConnectionError):
        stage.start()
    stage.engine.breaks = None
    stage.watch.pass_by(timedelta(minutes=20))
    operation = stage.start()
    assert operation.created_at == NOW + timedelta(minutes=20)
    assert stage.engine.known == [operation.id]


def test_a_message_that_was_not_wanted_yet_is_wanted_by_the_second_answer(stage: Stage) -> None:
    """The process died between submitting and wanting it."""
    operation = stage.start()
    forgotten = call_of("sync", "other")
    stage.engine.end()
    wanted = operation_id("sync", forgotten.request_id)
    stage.engine.known.append(wanted)
    copied = stage.desk.records.operations.get(operation.id)
    assert copied is not None
    stage.desk.records.operations.create(renamed(copied, wanted))
    assert not stage.message_wanted(wanted)
    stage.start("other")
    assert stage.message_wanted(wanted)


def test_a_second_operation_is_told_what_runs_and_leaves_nothing_behind(stage: Stage) -> None:
    """It is not queued unseen, and it is in no list."""
    first = stage.start()
    with pytest.raises(Busy, match=f"{first.id} is already running, started by olga.") as caught:
        stage.carry_out(call_of("sync", "2", ANNA))
    assert caught.value.operation_id == first.id
    assert stage.unfinished() == [first.id]
    assert stage.engine.known == [first.id]


def test_busy_names_the_one_that_holds_the_cache_and_not_another_that_lost(stage: Stage) -> None:
    """Two others may be on record for a moment, waiting to be refused as well."""
    first = stage.start()
    other = OperationId("sync-loser2")
    stage.desk.records.operations.create(renamed(first, other, NOW - SECOND))
    with pytest.raises(Busy, match=first.id):
        stage.start("2")


def test_busy_without_a_name_asks_to_try_again(stage: Stage) -> None:
    """The other one ended between the refusal and the question."""
    stage.engine.held_by = OperationId("sync-gone22")
    with pytest.raises(Busy, match="just ending"):
        stage.start()


def test_a_refused_person_starts_nothing(stage: Stage) -> None:
    """The policy is asked before anything is kept."""
    with pytest.raises(NotAllowed):
        stage.carry_out(call_of("sync", user=VIC))
    assert stage.unfinished() == []


def test_a_dry_run_keeps_nothing(stage: Stage) -> None:
    """The plan is shown, and that is all."""
    answer = stage.carry_out(call_of("sync --dry-run"))
    assert isinstance(answer, PlanReport)
    assert stage.unfinished() == []
    assert stage.engine.known == []


def test_where_nothing_runs_the_reader_is_told_where_it_does(stage: Stage) -> None:
    """Such as on the command line."""
    looking = desk_on(memory_database(), as_cloud(stage.cloud), None, stage.watch)
    call = call_of("sync")
    with pytest.raises(OpsError, match="inside the bot's own process"):
        carry_out(admit(call, looking), call, looking)


@pytest.mark.parametrize("words", ["cancel", "cancel {id}", "cancel {upper}"])
def test_a_stop_is_asked_of_the_running_operation(stage: Stage, words: str) -> None:
    """With or without its name, in whatever case a phone writes it."""
    operation = stage.start()
    typed = words.format(id=operation.id, upper=operation.id.upper())
    answer = stage.carry_out(call_of(typed, "2", ANNA))
    assert isinstance(answer, StopAsked)
    assert answer.operation.state is OperationState.STOPPING
    assert answer.operation.stop_asked_by == ANNA


def test_a_stop_answered_late_does_not_hit_what_was_begun_since(stage: Stage) -> None:
    """The process that took "cancel" died; by the time it is answered, another one runs."""
    asked = call_of("cancel", "c", at=stage.watch.now)
    stage.watch.pass_by(SECOND)
    later = stage.start()
    with pytest.raises(NothingToDo, match="No operation is running"):
        stage.carry_out(asked)
    found = stage.read(later.id)
    assert found is not None
    assert found.stop_asked_by == ""


def test_a_stop_means_what_runs_rather_than_what_is_about_to_be_refused(stage: Stage) -> None:
    """A loser of the race for the cache may be on record for a moment, and be the older one."""
    first = stage.start()
    other = OperationId("sync-loser2")
    stage.desk.records.operations.create(renamed(first, other, NOW - SECOND))
    stage.desk.records.operations.begin_step(first.id, 0, NOW)
    answer = stage.carry_out(call_of("cancel", "2"))
    assert isinstance(answer, StopAsked)
    assert answer.operation.id == first.id


def test_what_has_ended_or_never_was_cannot_be_stopped(stage: Stage) -> None:
    """Each is said in its own words."""
    with pytest.raises(NothingToDo, match="No operation is running"):
        stage.carry_out(call_of("cancel"))
    with pytest.raises(UsageError, match='no operation "sync-nosuch"'):
        stage.carry_out(call_of("cancel sync-nosuch"))
    operation = stage.start()
    stage.desk.records.operations.finish(operation.id, OperationState.DONE, NOW)
    with pytest.raises(NothingToDo, match="already ended: done"):
        stage.carry_out(call_of(f"cancel {operation.id}", "2"))
