"""Properties of starting the sync job exactly once, whatever happens around the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from core.call import Actor, Place
from core.cloud import Cloud
from core.context import Context, Pace
from core.deployment import Deployment
from core.errors import PermissionDenied, Unavailable
from core.executions import Execution, ExecutionName, ExecutionState, SyncJob
from core.inventory import Inventory
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.plans import AwaitExecution, Plan, RunSync
from core.signals import LogLine
from core.steps.executions import await_execution, run_sync
from core.store.database import DatabaseAway
from tests.core.refusing_cloud import RefusingCloud

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
JOB = SyncJob("tabular-model-sync", "llama3.2:1b", "BAAI/bge-m3", timedelta(minutes=15), 2)
STEP = AwaitExecution(longest=JOB.longest, expected=timedelta(minutes=8))
PLAN = Plan("sync", "Start it.", {}, (RunSync(), STEP))


@dataclass(frozen=True)
class MemoryCloud(RefusingCloud):
    """A reader that can be asked to start and cancel: it notes that it was."""

    started: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    refusal: Exception | None = None

    def run_job(self) -> ExecutionName:
        """Start one, or refuse."""
        self.started.append("run_job")
        if self.refusal is not None:
            raise self.refusal
        return ExecutionName("tabular-model-sync-new")

    def cancel_execution(self, name: ExecutionName) -> None:
        """Note it."""
        self.cancelled.append(name)


@dataclass
class Notes:
    """A step's memory; `events` tells in which order things were written."""

    notes: dict[str, str] = field(default_factory=dict)

    def recall(self) -> dict[str, str]:
        """Return the notes."""
        return dict(self.notes)

    def remember(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        self.notes = dict(notes)


class NoInventories:
    """Keeps nothing: no step here saves one."""

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Refuse."""
        raise AssertionError(f"{inventory.version} saved at {at}")


def run(
    name: str, state: ExecutionState = ExecutionState.SUCCEEDED, minutes: int = 60
) -> Execution:
    """Make an execution that began some minutes ago."""
    began = NOW - timedelta(minutes=minutes)
    ended = began + timedelta(minutes=8) if state.finished else None
    return Execution(ExecutionName(name), state, began, began, ended)


def cloud_with(*runs: Execution, refusal: Exception | None = None) -> MemoryCloud:
    """Make a cloud with the job and these executions."""
    return MemoryCloud(sync_job=JOB, runs=runs, refusal=refusal)


def context(
    cloud: Cloud,
    notes: Notes,
    *,
    now: datetime = NOW,
    stopping: bool = False,
    execution: str = "",
    boot: str = "this process",
) -> Context:
    """Make the context of a try."""
    evidence = {"execution": execution} if execution else {}
    operation = Operation(
        id=OperationId("sync-abc123"),
        plan=PLAN,
        actor=Actor("U0OLGA"),
        place=Place("C0INCIDENTS"),
        state=OperationState.RUNNING,
        steps=(StepRecord(0, RunSync(), evidence=evidence), StepRecord(1, STEP)),
        created_at=NOW,
        stop_asked_by="U0ANNA" if stopping else "",
    )
    pace = Pace()
    return Context(
        operation, cloud, Deployment("p"), notes, NoInventories(), lambda: now, pace, boot
    )


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


def test_a_stop_cancels_the_execution_and_waits_for_its_end() -> None:
    """A stopped operation ends when the execution has ended, not before."""
    running = cloud_with(run("ours", ExecutionState.RUNNING, 1))
    asked = context(running, Notes(), stopping=True, execution="ours")
    assert isinstance(await_execution(STEP, asked), Pending)
    assert running.cancelled == ["ours"]
    ended = cloud_with(run("ours", ExecutionState.CANCELLED, 1))
    after = context(ended, Notes(), stopping=True, execution="ours")
    assert isinstance(await_execution(STEP, after), Stopped)


def test_a_cancelled_execution_is_no_success() -> None:
    """It ends without an error, which must not be taken for a good end."""
    cloud = cloud_with(run("ours", ExecutionState.CANCELLED, 1))
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Failed)
    assert "cancelled from outside" in outcome.why


def test_a_failed_execution_tells_its_last_errors() -> None:
    """The reason stands in the message, not behind a link."""
    lines = (LogLine(NOW, "ERROR", "pull model manifest: file does not exist"),)
    failed = replace(run("ours", ExecutionState.FAILED, 5), message="Task failed.")
    cloud = replace(cloud_with(failed), lines=lines)
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Failed)
    assert "Task failed." in outcome.why
    assert "file does not exist" in outcome.why


def test_log_lines_are_read_sparingly_and_never_decide() -> None:
    """Reads of the log are few a minute for the whole project; without them it goes on."""
    notes = Notes()
    cloud = replace(
        cloud_with(run("ours", ExecutionState.RUNNING, 1)),
        lines=(LogLine(NOW, "INFO", "pulling 40 %"),),
    )
    first = await_execution(STEP, context(cloud, notes, execution="ours"))
    again = context(cloud, notes, execution="ours", now=NOW + timedelta(seconds=5))
    second = await_execution(STEP, again)
    assert isinstance(first, Pending)
    assert isinstance(second, Pending)
    assert first.foreign == second.foreign == "pulling 40 %"
    assert cloud.questions().count("log_lines") == 1
    down = replace(cloud, errors={"log_lines": Unavailable("Logging is down.")})
    third = await_execution(STEP, context(down, Notes(), execution="ours"))
    assert isinstance(third, Pending)
    assert "Logging is down." in third.foreign


def test_an_execution_that_outlives_all_its_attempts_is_unclear() -> None:
    """Beyond every timeout nobody knows what it does."""
    cloud = cloud_with(run("ours", ExecutionState.RUNNING, 60))
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Unclear)
