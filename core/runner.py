"""Takes an operation through its steps, one try at a time, and records what came of each.

Knows nothing of the engine that makes this durable: `core.engine` calls `take` until a step
is over, and `finish` at the end. Each may be called again after a crash.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never

from core.cloud import Cloud
from core.context import Clock, Context, Inventories, Pace
from core.deployment import Deployment
from core.errors import CloudError, OpsError, QuotaExceeded, Unavailable
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.perform import perform
from core.store.database import DatabaseAway
from core.store.operations import OperationStore

_log = logging.getLogger(__name__)

PATIENCE = 40
"""Tries in a row that may end without an answer; with the waits between them, ten minutes."""

Boundary = Callable[[str], None]
"""Told of each point between effect and record, as `verb:position:moment`."""


@dataclass(frozen=True, slots=True)
class StepMemory:
    """The durable notes of one step."""

    store: OperationStore
    operation: OperationId
    position: int

    def recall(self) -> dict[str, str]:
        """Return the notes."""
        return self.store.recall(self.operation, self.position)

    def remember(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        self.store.remember(self.operation, self.position, notes)


@dataclass(frozen=True, slots=True)
class Runner:
    """Everything that running a step needs. `boot` tells this process from those before it."""

    cloud: Cloud
    deployment: Deployment
    store: OperationStore
    inventories: Inventories
    clock: Clock
    pace: Pace
    changed: Callable[[OperationId], None]
    at_boundary: Boundary = lambda _: None
    boot: str = field(default_factory=lambda: secrets.token_hex(8))

    def sizes(self, operation_id: OperationId) -> tuple[int, int]:
        """Return how many steps the operation has, and how many of those are closing ones."""
        operation = self._load(operation_id)
        return len(operation.steps), len(operation.plan.closing)

    def take(self, operation_id: OperationId, position: int) -> tuple[str, float]:
        """Try a step once; return the step's state and the seconds until the next try."""
        self.store.begin_step(operation_id, position, self.clock())
        operation = self._load(operation_id)
        ended = operation.steps[position].state
        if ended not in (StepState.WAITING, StepState.RUNNING):
            return ended.value, 0.0  # the process died after recording it, before saying so
        place = f"{operation.plan.verb}:{position}"
        self.changed(operation_id)
        self.at_boundary(f"{place}:before")
        outcome = self._try(operation, position)
        self.at_boundary(f"{place}:performed")
        record = _recorded(operation.steps[position], outcome)
        if record.state is not StepState.RUNNING:
            record = replace(record, finished_at=self.clock())
        troubles = self.store.troubles(operation_id, position) + 1
        lost = isinstance(outcome, Pending) and outcome.note.startswith(_NO_ANSWER)
        self.store.record_step(operation_id, record, troubles=troubles if lost else 0)
        self.changed(operation_id)
        self.at_boundary(f"{place}:recorded")
        wait = outcome.wait.total_seconds() if isinstance(outcome, Pending) else 0.0
        return record.state.value, wait

    def finish(self, operation_id: OperationId) -> str:
        """Record the end of an operation: the state of the step that decided it."""
        operation = self._load(operation_id)
        self.at_boundary(f"{operation.plan.verb}:end:before")
        state = _end_of(operation)
        self.store.finish(operation_id, state, self.clock())
        self.changed(operation_id)
        self.at_boundary(f"{operation.plan.verb}:end:recorded")
        return state.value

    def _try(self, operation: Operation, position: int) -> Outcome:
        memory = StepMemory(self.store, operation.id, position)
        context = Context(
            operation=operation,
            cloud=self.cloud,
            deployment=self.deployment,
            memory=memory,
            inventories=self.inventories,
            clock=self.clock,
            pace=self.pace,
            boot=self.boot,
        )
        try:
            return perform(operation.steps[position].step, context)
        except DatabaseAway:
            raise  # the engine tries again; nothing could be recorded now
        except (Unavailable, QuotaExceeded) as exc:
            return self._no_answer(operation, position, exc)
        except OpsError as exc:
            return Failed(exc.message, exc.hint)
        except Exception:  # noqa: BLE001 - the seam: whatever a step raises ends as its record
            number = secrets.token_hex(3)
            _log.exception("internal error %s in %s step %d", number, operation.id, position)
            return Failed(
                f"Internal error {number}.", "It is in my log in full. Tell my maintainers."
            )

    def _no_answer(self, operation: Operation, position: int, exc: CloudError) -> Outcome:
        troubles = self.store.troubles(operation.id, position)
        if troubles >= PATIENCE:
            return Unclear(
                f"Google Cloud has not answered {troubles} times in a row: {exc.message}",
                "Look at `/cache status` once it answers again.",
            )
        return Pending(f"{_NO_ANSWER} {exc.message}", timedelta(seconds=min(2.0**troubles, 20.0)))

    def _load(self, operation_id: OperationId) -> Operation:
        operation = self.store.get(operation_id)
        if operation is None:
            raise LookupError(f"operation {operation_id} is not in the database")
        return operation


_NO_ANSWER = "No answer yet, trying again:"


def _recorded(record: StepRecord, outcome: Outcome) -> StepRecord:
    match outcome:
        case Done(note, evidence):
            return replace(
                record, state=StepState.DONE, note=note, foreign="", ratio=1.0, evidence=evidence
            )
        case Pending(note, _, ratio, evidence, foreign):
            return replace(
                record,
                state=StepState.RUNNING,
                note=note,
                foreign=foreign,
                ratio=ratio,
                evidence=evidence,
            )
        case Failed(why, hint, evidence):
            return replace(
                record, state=StepState.FAILED, note=why, hint=hint, foreign="", evidence=evidence
            )
        case Stopped(note):
            return replace(record, state=StepState.STOPPED, note=note, foreign="")
        case Unclear(why, hint):
            return replace(record, state=StepState.UNKNOWN, note=why, hint=hint, foreign="")
        case _:
            assert_never(outcome)


def _end_of(operation: Operation) -> OperationState:
    """Decide by the plan's own steps; the closing ones only say what is left."""
    ends = {
        StepState.FAILED: OperationState.FAILED,
        StepState.STOPPED: OperationState.STOPPED,
        StepState.UNKNOWN: OperationState.UNKNOWN,
    }
    for record in operation.steps[: len(operation.plan.steps)]:
        if record.state in ends:
            return ends[record.state]
    return OperationState.DONE
