"""A cloud, a memory and an operation in whose middle a step of a sync is tried."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.call import Actor, Place
from core.cloud import Cloud
from core.context import Context, Pace
from core.deployment import Deployment
from core.executions import Execution, ExecutionName, ExecutionState, SyncJob
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.plans import AwaitExecution, Plan, RunSync
from tests.core.refusing_cloud import RefusingCloud
from tests.core.steps.running import NoInventories, Notes

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
