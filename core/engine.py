"""Durable running of operations. The only module that knows DBOS.

One workflow runs every operation: it takes the steps in order until one ends the operation.
DBOS records each finished try, so a killed process goes on behind the last one. What it must
be told, and why:
- a constant application version: by default any edit of the workflow's source strands every
  operation under way;
- one queue and one deduplication id per cache: a second operation is refused at once with
  "busy" instead of waiting unseen behind the first, and the lock outlives crashes;
- a stop is a flag that steps look at: `cancel_workflow` would give the lock back at once
  while the running step goes on;
- an executor id that stays the same on SQLite (one process, recovered at launch) and differs
  per boot on PostgreSQL (recovered by `recover`);
- a try that the database was away for is made again.
Source: docs.dbos.dev/python/tutorials/workflow-tutorial and .../queue-tutorial
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, error

from core.errors import Busy
from core.operations import OperationId, StepState
from core.runner import Runner
from core.store.database import DatabaseAway

_VERSION = "cachebot-1"
_QUEUE = "operations"
_BATCH = 200
_AGAIN: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 20,
    "interval_seconds": 0.5,
    "backoff_rate": 1.5,
    "should_retry": lambda exc: isinstance(exc, DatabaseAway),
}
"""For half an hour without the database. Any other break is a mistake that a repetition keeps."""

_OVER = frozenset(("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"))


@dataclass(frozen=True, slots=True)
class Engine:
    """A launched DBOS. `lock` is what operations that exclude each other have in common."""

    lock: str
    workflow: Callable[[str], str]

    def submit(self, operation: OperationId) -> None:
        """Have an operation run. Submitting it again changes nothing.

        Raises:
            Busy: another operation holds the cache.
        """
        try:
            with SetWorkflowID(operation), SetEnqueueOptions(deduplication_id=self.lock):
                DBOS.enqueue_workflow(_QUEUE, self.workflow, operation)
        except error.DBOSQueueDeduplicatedError as exc:
            raise Busy("Another operation is running.") from exc

    def knows(self, operation: OperationId) -> bool:
        """Whether an operation was submitted, however it stands since."""
        return DBOS.get_workflow_status(operation) is not None

    def given_up(self, operation: OperationId) -> bool:
        """Whether the workflow is over, so that an operation still open will not go on."""
        status = DBOS.get_workflow_status(operation)
        return status is not None and status.status in _OVER

    def holder(self) -> OperationId | None:
        """Return the operation that holds the cache, None where it is free."""
        held = DBOS.list_workflows(
            status=["ENQUEUED", "PENDING"], queue_name=_QUEUE, load_input=False, load_output=False
        )
        names = (one.workflow_id for one in held if one.deduplication_id == self.lock)
        return next(map(OperationId, names), None)

    def owners(self) -> frozenset[str]:
        """Return the executors that have operations under way, dead or alive."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        return frozenset(one.executor_id for one in pending if one.executor_id)

    def recover(self, dead: frozenset[str]) -> None:
        """Take over the operations of dead executors; several may do so at once.

        Uses a private call of DBOS: its open edition recovers other executors' workflows
        only on request, and its public way to request it is gone since version 3.0.
        """
        DBOS._recover_pending_workflows(sorted(dead))  # noqa: SLF001 - see the docstring

    def forget(self, before: datetime) -> int:
        """Delete the records of workflows that had ended by then, and say how many there were.

        DBOS itself keeps them for ever. An operation's own record tells more, for longer.
        """
        deleted = 0
        while ended := DBOS.list_workflows(
            completed_before=before.isoformat(), load_input=False, load_output=False, limit=_BATCH
        ):
            DBOS.delete_workflows([one.workflow_id for one in ended])
            deleted += len(ended)
        return deleted

    def stop(self) -> None:
        """Stop taking up work; what is under way goes on after the next start.

        A workflow between two steps finds DBOS gone, which DBOS logs as an error. It is none.
        """
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS.destroy()


def start_engine(url: str, executor: str, lock: str, runner: Runner) -> Engine:
    """Launch DBOS on the database `url` and recover what `executor` left unfinished."""
    DBOS(
        config={
            "name": "cachebot",
            "system_database_url": url,
            "executor_id": executor,
            "application_version": _VERSION,
            "sys_db_pool_size": 10,
            "log_level": "WARNING",
        }
    )
    workflow = _register(runner)
    DBOS.launch()
    DBOS.register_queue(_QUEUE, worker_concurrency=4, polling_interval_sec=0.25)
    return Engine(lock, workflow)


def _register(runner: Runner) -> Callable[[str], str]:
    sizes, take, finish = _durable_steps(runner)

    def until_over(operation: str, position: int) -> StepState:
        while True:
            state, wait = take(operation, position)
            if state != StepState.RUNNING:
                return StepState(state)
            DBOS.sleep(wait)

    # Deterministic on purpose: everything that may differ on a second run is in the steps.
    @DBOS.workflow(name="operation", max_recovery_attempts=20)
    def run(operation: str) -> str:
        total, closing = sizes(operation)
        for position in range(total - closing):
            if until_over(operation, position) is not StepState.DONE:
                for last in range(total - closing, total):
                    until_over(operation, last)
                break
        return finish(operation)

    return run


def _durable_steps(
    runner: Runner,
) -> tuple[
    Callable[[str], tuple[int, int]],
    Callable[[str, int], tuple[str, float]],
    Callable[[str], str],
]:
    @DBOS.step(name="sizes", **_AGAIN)
    def sizes(operation: str) -> tuple[int, int]:
        return runner.sizes(OperationId(operation))

    @DBOS.step(name="take", **_AGAIN)
    def take(operation: str, position: int) -> tuple[str, float]:
        return runner.take(OperationId(operation), position)

    @DBOS.step(name="finish", **_AGAIN)
    def finish(operation: str) -> str:
        return runner.finish(OperationId(operation))

    return sizes, take, finish
