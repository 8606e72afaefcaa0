"""A stage for the runner: a cloud on which a sync happens, and deaths at every boundary."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.call import Actor, Place
from core.context import Pace
from core.deployment import Deployment
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import Plan
from core.procedures.sync import plan_sync
from core.runner import Runner
from core.store.database import Database
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore, message_key
from tests.core.sync_cloud import SyncCloud, as_cloud

ID = OperationId("sync-abc234")
PLACE = Place("C0INCIDENTS")


class Killed(BaseException):
    """The process died here, as far as the runner can tell."""


@dataclass
class Stage:
    """A runner on a cloud of its own; `now` moves on by what each try asks to wait."""

    folder: Path
    database: Database
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    trouble: Callable[[str], None] = lambda _: None
    kill_at: str = ""
    boundaries: list[str] = field(default_factory=list)
    changes: list[OperationId] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the operation on record."""
        self.cloud = SyncCloud(self.folder, lambda: self.now, self._ask)
        self.plan: Plan = plan_sync(as_cloud(self.cloud))
        self.store = OperationStore(self.database)
        steps = (*self.plan.steps, *self.plan.closing)
        records = tuple(StepRecord(position, step) for position, step in enumerate(steps))
        waiting = OperationState.WAITING
        actor = Actor("U0OLGA")
        self.store.create(Operation(ID, self.plan, actor, PLACE, waiting, records, self.now))
        MessageStore(self.database, "me").put(message_key(ID), PLACE, self.now)
        self.inventories = InventoryStore(self.database, "bucket")
        self.runner = Runner(
            cloud=as_cloud(self.cloud),
            deployment=Deployment("p"),
            store=self.store,
            inventories=self.inventories,
            clock=lambda: self.now,
            pace=Pace(),
            changed=self.changes.append,
            at_boundary=self._pass,
        )

    @property
    def operation(self) -> Operation:
        """Read the operation back."""
        found = self.store.get(ID)
        assert found is not None
        return found

    def states(self) -> list[StepState]:
        """Return the states of all steps, the closing one last."""
        return [record.state for record in self.operation.steps]

    def take(self, position: int) -> tuple[StepState, float]:
        """Try a step once; the time then moves on by what it asks to wait."""
        state, wait = self.runner.take(ID, position)
        self.now += timedelta(seconds=wait)
        return StepState(state), wait

    def run(self) -> OperationState:
        """Go through all steps as the durable workflow does, from the start."""
        total, closing = self.runner.sizes(ID)
        for position in range(total - closing):
            if self._until_over(position) is not StepState.DONE:
                for last in range(total - closing, total):
                    self._until_over(last)
                break
        return OperationState(self.runner.finish(ID))

    def _until_over(self, position: int) -> StepState:
        for _ in range(2000):
            state, _wait = self.take(position)
            if state is not StepState.RUNNING:
                return state
        raise AssertionError(f"step {position} never ends")

    def _ask(self, question: str) -> None:
        self.trouble(question)

    def _pass(self, boundary: str) -> None:
        self.boundaries.append(boundary)
        if boundary == self.kill_at:
            self.kill_at = ""
            raise Killed(boundary)


def refusing(question: str, error: Exception, times: int = 10**6) -> Callable[[str], None]:
    """Have one question answered by an error so many times."""
    left = [times]

    def trouble(asked: str) -> None:
        if asked == question and left[0] > 0:
            left[0] -= 1
            raise error

    return trouble
