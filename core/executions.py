"""Executions of the sync job, and the job itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

ExecutionName = NewType("ExecutionName", str)
"""The short name, such as `tabular-model-sync-x7k2p`."""


class ExecutionState(StrEnum):
    """Where an execution stands, by `state_of`."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (ExecutionState.PENDING, ExecutionState.RUNNING)


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """An execution's own counters of its tasks."""

    total: int = 1
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of the sync job. `message` is the platform's own last word on it."""

    name: ExecutionName
    state: ExecutionState
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    counts: TaskCounts = TaskCounts()
    message: str = ""
    log_url: str = ""
    creator: str = ""

    @property
    def retried(self) -> bool:
        """Whether its task was tried more than once; only the log says how often.

        The counter counts tasks that were retried, not tries.
        Source: cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#execution
        """
        return self.counts.retried > 0

    def took(self, now: datetime) -> timedelta:
        """Return how long it ran, up to `now` where it has not finished."""
        begun = self.started_at or self.created_at
        return (self.finished_at or now) - begun


@dataclass(frozen=True, slots=True)
class SyncJob:
    """The sync job as configured. One attempt may take `attempt_timeout`.

    `env` holds the plain variables, `secrets` the names of those that take their value from
    Secret Manager. `stamp` is what the bot's own last change left on it; `reconciling` while
    Cloud Run is still taking a change up.
    """

    name: str
    llm_model: str
    embedding_model: str
    attempt_timeout: timedelta
    max_retries: int
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    service_account: str = ""
    secrets: frozenset[str] = frozenset()
    stamp: str = ""
    reconciling: bool = False

    @property
    def longest(self) -> timedelta:
        """The longest that one execution can take: every attempt to its timeout.

        Source: cloud.google.com/run/docs/configuring/task-timeout (the timeout is per attempt)
        """
        return self.attempt_timeout * (self.max_retries + 1)


@dataclass(frozen=True, slots=True)
class JobChange:
    """Variables with the value that each must have and the one it gets; None is absent.

    `stamp` is left on the job, to recognise the change by.
    """

    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    stamp: str


def state_of(
    counts: TaskCounts, *, started: bool, completed: bool, cancel_reason: bool
) -> ExecutionState:
    """Decide the state from the counters; never from a status text.

    A cancelled execution ends without an error, so success needs every task to have
    succeeded and none to have failed or been cancelled.
    Source: cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#execution
    """
    if not completed:
        running = bool(counts.running) or started
        return ExecutionState.RUNNING if running else ExecutionState.PENDING
    if (
        counts.total > 0
        and counts.succeeded == counts.total
        and counts.failed == counts.cancelled == 0
    ):
        return ExecutionState.SUCCEEDED
    if counts.cancelled or cancel_reason:
        return ExecutionState.CANCELLED
    return ExecutionState.FAILED


def newest_first(executions: Sequence[Execution]) -> list[Execution]:
    """Sort by creation: the API documents no order."""
    return sorted(executions, key=lambda execution: execution.created_at, reverse=True)


def unfinished(executions: Sequence[Execution]) -> list[Execution]:
    """Return those still pending or running, newest first."""
    return [one for one in newest_first(executions) if not one.state.finished]


def failures_in_a_row(executions: Sequence[Execution]) -> int:
    """Count failed executions since the last good one, passing over cancelled and live ones."""
    count = 0
    for execution in newest_first(executions):
        if execution.state is ExecutionState.SUCCEEDED:
            break
        count += execution.state is ExecutionState.FAILED
    return count
