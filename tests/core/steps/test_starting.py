"""Properties of starting the sync job exactly once, whatever happens around the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.errors import PermissionDenied, Unavailable
from core.executions import ExecutionState
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.plans import RunSync
from core.steps.executions import run_sync
from core.store.database import DatabaseAway
from tests.core.steps.executions_stage import (
    NOW,
    cloud_with,
    context,
    run,
)
from tests.core.steps.running import Notes


def test_a_running_execution_is_joined() -> None:
    """Two syncs at once would overwrite each other."""
    cloud = cloud_with(run("old"), run("theirs", ExecutionState.RUNNING, 1))
    outcome = run_sync(RunSync(), context(cloud, Notes()))
    assert isinstance(outcome, Done)
    assert outcome.evidence == {"execution": "theirs", "joined": "yes"}
    assert cloud.started == []


def test_an_execution_that_may_have_begun_with_other_models_is_waited_for() -> None:
    """It is neither joined nor run over; only after its end one is started."""
    step, notes = RunSync(join=False), Notes()
    busy = cloud_with(run("old"), run("theirs", ExecutionState.RUNNING, 1))
    outcome = run_sync(step, context(busy, notes))
    assert isinstance(outcome, Pending)
    assert "theirs still runs" in outcome.note
    assert isinstance(run_sync(step, context(busy, notes, stopping=True)), Stopped)
    stuck = run_sync(step, context(busy, notes, now=NOW + timedelta(hours=2)))
    assert isinstance(stuck, Failed)
    assert busy.started == []
    idle = cloud_with(run("old"), run("theirs", minutes=1))
    assert isinstance(run_sync(step, context(idle, notes)), Done)
    assert idle.started == ["run_job"]


def test_without_one_exactly_one_is_started() -> None:
    """The name of the new execution is the step's evidence."""
    cloud = cloud_with(run("old"))
    outcome = run_sync(RunSync(), context(cloud, Notes()))
    assert isinstance(outcome, Done)
    assert outcome.evidence["execution"] == "tabular-model-sync-new"
    assert cloud.started == ["run_job"]


def test_a_lost_reply_is_looked_for_and_adopted() -> None:
    """The execution that was not there before the call is ours."""
    notes = Notes()
    lost = cloud_with(run("old"), refusal=Unavailable("No answer."))
    assert isinstance(run_sync(RunSync(), context(lost, notes)), Pending)
    found = cloud_with(run("old"), run("ours", ExecutionState.RUNNING, 0))
    outcome = run_sync(RunSync(), context(found, notes))
    assert isinstance(outcome, Done)
    assert outcome.evidence["execution"] == "ours"
    assert found.started == []


def test_a_lost_reply_that_started_nothing_ends_unclear_and_is_not_repeated() -> None:
    """After an ambiguous answer the bot says what it sees; it does not start again."""
    notes = Notes()
    cloud = cloud_with(run("old"), refusal=Unavailable("No answer."))
    run_sync(RunSync(), context(cloud, notes))
    early = run_sync(RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=5)))
    late = run_sync(RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=25)))
    assert isinstance(early, Pending)
    assert isinstance(late, Unclear)
    assert "No answer." in late.why
    assert cloud.started == ["run_job"]


@pytest.mark.parametrize("reached", [True, False])
def test_a_process_that_died_around_the_call_is_followed_by_one_that_looks_first(
    reached: bool,
) -> None:
    """Whether the call went out is not known: look, then adopt or start."""
    notes = Notes({"known": "old", "since": NOW.isoformat()})
    ours = (run("ours", ExecutionState.RUNNING, 0),) if reached else ()
    cloud = cloud_with(run("old"), *ours)
    outcomes: list[Outcome] = []
    for seconds in (1, 10, 21):
        outcomes.append(
            run_sync(RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=seconds)))
        )
        if not isinstance(outcomes[-1], Pending):
            break
    assert isinstance(outcomes[-1], Done)
    assert outcomes[-1].evidence["execution"] == ("ours" if reached else "tabular-model-sync-new")
    assert cloud.started == ([] if reached else ["run_job"])


@dataclass
class NotesOfAnOutage(Notes):
    """A memory whose database goes away after the first note, and comes back."""

    away: bool = False

    def remember(self, notes: Mapping[str, str]) -> None:
        """Replace the notes, once."""
        if self.away:
            raise DatabaseAway("My database does not answer.")
        self.away = True
        super().remember(notes)


def test_a_lost_reply_that_could_not_be_noted_is_not_taken_for_a_death() -> None:
    """The database was away just then; this process knows that the call was its own."""
    notes = NotesOfAnOutage()
    cloud = cloud_with(run("old"), refusal=Unavailable("No answer."))
    with pytest.raises(DatabaseAway):
        run_sync(RunSync(), context(cloud, notes))
    notes.away = False
    early = run_sync(RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=5)))
    late = run_sync(RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=25)))
    assert isinstance(early, Pending)
    assert isinstance(late, Unclear)
    assert cloud.started == ["run_job"]


def test_what_a_dead_process_could_not_note_is_started_by_its_successor() -> None:
    """Its request ended with its connection, and nothing has come of it."""
    notes = NotesOfAnOutage()
    lost = cloud_with(run("old"), refusal=Unavailable("No answer."))
    with pytest.raises(DatabaseAway):
        run_sync(RunSync(), context(lost, notes))
    notes.away = False
    cloud = cloud_with(run("old"))
    late = run_sync(
        RunSync(), context(cloud, notes, now=NOW + timedelta(seconds=25), boot="the next")
    )
    assert isinstance(late, Done)
    assert cloud.started == ["run_job"]


def test_a_clear_refusal_fails_with_its_hint() -> None:
    """Nothing was started, and the reader learns what is missing."""
    refusal = PermissionDenied("The bot may not run the job.", "Grant run.jobs.run.")
    outcome = run_sync(RunSync(), context(cloud_with(run("old"), refusal=refusal), Notes()))
    assert isinstance(outcome, Failed)
    assert "The bot may not run the job." in outcome.why
    assert outcome.hint == "Grant run.jobs.run."


def test_a_stop_before_the_start_starts_nothing() -> None:
    """Who stops in time finds nothing changed."""
    cloud = cloud_with(run("old"))
    assert isinstance(run_sync(RunSync(), context(cloud, Notes(), stopping=True)), Stopped)
    assert cloud.started == []
