"""Properties of taking an operation through its steps, with every moment of a crash."""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import PermissionDenied, QuotaExceeded, Unavailable
from core.executions import ExecutionState
from core.operations import OperationId, OperationState, StepState
from core.runner import PATIENCE
from core.store.database import DatabaseAway, memory_database
from tests.core.runner_stage import ID, Killed, Stage, refusing
from tests.core.sync_cloud import NEWEST

RUN, AWAIT, VERIFY, SAVE, CHECK = range(5)
MOMENTS = ("before", "performed", "recorded")
GOOD_ROAD = [f"sync:{step}:{moment}" for step in (RUN, AWAIT, VERIFY, SAVE) for moment in MOMENTS]
BAD_ROAD = [f"sync:{step}:{moment}" for step in (RUN, AWAIT, CHECK) for moment in MOMENTS]
END = ["sync:end:before", "sync:end:recorded"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage on which the execution succeeds as soon as it is looked at."""
    database = memory_database()
    made = Stage(tmp_path, database)
    made.cloud.end()
    yield made
    database.close()


def test_a_good_sync_is_recorded_step_by_step_with_its_proof(stage: Stage) -> None:
    """Each step is done, the evidence names the execution and the version, nothing is closed."""
    assert stage.run() is OperationState.DONE
    assert stage.states() == [StepState.DONE] * 4 + [StepState.SKIPPED]
    assert stage.operation.evidence["after_version"] == NEWEST
    assert stage.operation.evidence["execution"] == "tabular-model-sync-0"
    assert set(stage.inventories.all()) == {NEWEST}
    assert stage.boundaries == [*GOOD_ROAD, *END]
    assert set(stage.changes) == {ID}


@pytest.mark.parametrize("boundary", [*GOOD_ROAD, *END])
def test_a_process_killed_anywhere_is_followed_by_one_that_ends_the_same(
    stage: Stage, boundary: str
) -> None:
    """Every step can be tried again from the start, and the job is started once."""
    stage.kill_at = boundary
    with pytest.raises(Killed):
        stage.run()
    assert stage.run() is OperationState.DONE
    assert stage.cloud.asked("run_job") == 1
    assert stage.states() == [StepState.DONE] * 4 + [StepState.SKIPPED]
    assert set(stage.inventories.all()) == {NEWEST}


def test_a_step_knows_which_process_wrote_its_notes(stage: Stage, tmp_path: Path) -> None:
    """No two processes have the same name, so a successor takes no note for its own."""
    stage.take(RUN)
    assert stage.store.recall(ID, RUN)["boot"] == stage.runner.boot
    with closing(memory_database()) as database:
        assert Stage(tmp_path, database).runner.boot != stage.runner.boot


@pytest.mark.parametrize("boundary", [*BAD_ROAD, *END])
def test_a_failed_sync_killed_anywhere_still_ends_with_a_look_at_the_cache(
    stage: Stage, boundary: str
) -> None:
    """The steps behind the failure are not done, the closing one is."""
    stage.cloud.end(ExecutionState.FAILED)
    stage.kill_at = boundary
    with pytest.raises(Killed):
        stage.run()
    assert stage.run() is OperationState.FAILED
    assert stage.cloud.asked("run_job") == 1
    failed, skipped = StepState.FAILED, StepState.SKIPPED
    assert stage.states() == [StepState.DONE, failed, skipped, skipped, StepState.DONE]


def test_a_lost_reply_and_a_death_in_one_start_one_execution(stage: Stage) -> None:
    """The answer is lost, and then the process dies while it looks for the execution."""
    stage.trouble = refusing("run_job:applied", Unavailable("No answer."), times=1)
    assert stage.take(RUN)[0] is StepState.RUNNING
    stage.kill_at = "sync:0:before"
    with pytest.raises(Killed):
        stage.take(RUN)
    assert stage.run() is OperationState.DONE
    assert stage.cloud.asked("run_job") == 1


def test_the_closing_steps_decide_nothing(stage: Stage) -> None:
    """A failed sync is a failed sync, whatever the cache turns out to be."""
    stage.cloud.end(ExecutionState.FAILED)
    stage.trouble = refusing("objects", PermissionDenied("The bot may not list objects."))
    assert stage.run() is OperationState.FAILED
    assert stage.states()[CHECK] is StepState.FAILED


def test_a_question_without_an_answer_is_asked_again_ever_more_slowly(stage: Stage) -> None:
    """A cloud that is away for a while costs nothing but time."""
    stage.take(RUN)
    stage.trouble = refusing("execution", Unavailable("Cloud Run is away."), times=6)
    waits = [stage.take(AWAIT)[1] for _ in range(6)]
    assert waits == [1, 2, 4, 8, 16, 20]
    assert stage.operation.steps[AWAIT].note.endswith("Cloud Run is away.")
    assert stage.take(AWAIT)[0] is StepState.DONE
    assert stage.store.troubles(ID, AWAIT) == 0


@pytest.mark.parametrize("error", [Unavailable("It is away."), QuotaExceeded("Too many.")])
def test_a_cloud_that_stays_away_ends_unknown_after_ten_minutes(
    stage: Stage, error: Exception
) -> None:
    """Nobody knows what the execution does by then, and the message says so."""
    stage.trouble = refusing("execution", error)
    began = stage.now
    assert stage.run() is OperationState.UNKNOWN
    assert timedelta(minutes=10) < stage.now - began < timedelta(minutes=20)
    step = stage.operation.steps[AWAIT]
    assert (step.state, step.finished_at is not None) == (StepState.UNKNOWN, True)
    assert f"{PATIENCE} times" in step.note


def test_a_refusal_ends_the_step_with_what_to_do(stage: Stage) -> None:
    """Asking again would not help."""
    stage.trouble = refusing("execution", PermissionDenied("It may not look.", "Grant it."))
    assert stage.run() is OperationState.FAILED
    step = stage.operation.steps[AWAIT]
    assert (step.note, step.hint) == ("It may not look.", "Grant it.")


def test_a_fault_of_our_own_is_shown_by_its_number_and_logged_in_full(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader learns a number, the maintainers a traceback; the operation ends."""
    stage.trouble = refusing("execution", ZeroDivisionError("secret detail"))
    with caplog.at_level(logging.ERROR):
        assert stage.run() is OperationState.FAILED
    step = stage.operation.steps[AWAIT]
    number = step.note.removeprefix("Internal error ").removesuffix(".")
    assert len(number) == 6
    assert "secret detail" not in f"{step.note} {step.hint}"
    (logged,) = [one for one in caplog.records if number in one.getMessage()]
    assert logged.exc_info is not None


def test_a_database_that_is_away_decides_nothing(stage: Stage) -> None:
    """The try breaks off unrecorded, and the engine makes it again."""
    stage.take(RUN)
    stage.trouble = refusing("execution", DatabaseAway("It does not answer."), times=1)
    with pytest.raises(DatabaseAway):
        stage.take(AWAIT)
    assert stage.states()[AWAIT] is StepState.RUNNING
    assert stage.run() is OperationState.DONE


def test_a_stop_before_the_beginning_starts_nothing(stage: Stage) -> None:
    """And the cache is looked at all the same."""
    stage.store.ask_stop(ID, "U0ANNA")
    assert stage.run() is OperationState.STOPPED
    assert stage.cloud.asked("run_job") == 0
    assert stage.states()[CHECK] is StepState.DONE


@pytest.mark.parametrize("reached", [True, False])
def test_a_stop_while_the_start_is_unclear_ends(
    stage: Stage,
    reached: bool,
) -> None:
    """What was started is cancelled; what was not is not started afterwards."""
    (stage.folder / "end").unlink()
    lost = "run_job:applied" if reached else "run_job"
    stage.trouble = refusing(lost, Unavailable("No answer."), times=1)
    stage.take(RUN)
    stage.store.ask_stop(ID, "U0ANNA")
    end = stage.run()
    assert end is (OperationState.STOPPED if reached else OperationState.UNKNOWN)
    assert stage.cloud.asked("run_job") == 1
    assert stage.cloud.asked("cancel_execution") == int(reached)


def test_a_stop_while_the_execution_runs_cancels_it(stage: Stage) -> None:
    """The operation ends when the execution has."""
    (stage.folder / "end").unlink()
    stage.take(RUN)
    assert stage.take(AWAIT)[0] is StepState.RUNNING
    stage.store.ask_stop(ID, "U0ANNA")
    assert stage.run() is OperationState.STOPPED
    assert stage.cloud.asked("cancel_execution") == 1
    assert "was cancelled" in stage.operation.steps[AWAIT].note


@pytest.mark.parametrize("done", [VERIFY, SAVE])
def test_a_stop_that_comes_too_late_changes_nothing(stage: Stage, done: int) -> None:
    """What is proven by then stays proven, and the operation does not wait for ever."""
    for position in range(done):
        stage.take(position)
    stage.store.ask_stop(ID, "U0ANNA")
    assert stage.run() is OperationState.DONE


@pytest.mark.parametrize("error", [PermissionDenied("It may not cancel."), Unavailable("Away.")])
def test_an_execution_that_cannot_be_cancelled_is_followed_to_its_end(
    stage: Stage, error: Exception
) -> None:
    """Nobody is told that it has stopped while it still writes to the cache."""
    (stage.folder / "end").unlink()
    stage.take(RUN)
    stage.store.ask_stop(ID, "U0ANNA")
    stage.trouble = refusing("cancel_execution", error, times=3)
    for _ in range(3):
        assert stage.take(AWAIT)[0] is StepState.RUNNING
    note = stage.operation.steps[AWAIT].note
    assert str(error) in note
    stage.cloud.end()
    assert stage.run() is OperationState.DONE


def test_an_operation_that_is_not_there_is_said_to_be_missing(stage: Stage) -> None:
    """The engine tells it from a database that is away."""
    with pytest.raises(LookupError, match="sync-gone"):
        stage.runner.sizes(OperationId("sync-gone"))


def test_a_recorded_end_is_recorded_once(stage: Stage) -> None:
    """Finishing again, after a crash, changes neither the end nor its time."""
    stage.run()
    before = stage.operation
    stage.now += timedelta(hours=1)
    assert stage.runner.finish(ID) == OperationState.DONE.value
    assert stage.operation == replace(before)
