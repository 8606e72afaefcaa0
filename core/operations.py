"""Operations: a plan that somebody set going, with the record of each of its steps."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from core.call import Actor, Place
from core.plans import Plan, Step

OperationId = NewType("OperationId", str)
"""Such as `sync-k3f9q2ab`: short enough to be typed from a phone, long enough to be unique."""


class OperationState(StrEnum):
    """Where an operation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    UNKNOWN = "outcome unknown"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self in _FINISHED


_FINISHED = frozenset(
    {
        OperationState.DONE,
        OperationState.FAILED,
        OperationState.STOPPED,
        OperationState.UNKNOWN,
    }
)


class StepState(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    UNKNOWN = "outcome unknown"
    SKIPPED = "not done"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of an operation as recorded. `foreign` is untrusted, such as a log line."""

    position: int
    step: Step
    state: StepState = StepState.WAITING
    note: str = ""
    hint: str = ""
    foreign: str = ""
    ratio: float | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A plan under way or finished. `steps` holds the plan's steps, then its closing ones.

    `actor` is who set it going; `asked_by` who asked for the plan, where it had to be confirmed.
    """

    id: OperationId
    plan: Plan
    actor: Actor
    place: Place
    state: OperationState
    steps: tuple[StepRecord, ...]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stop_asked_by: str = ""
    asked_by: Actor | None = None

    @property
    def evidence(self) -> dict[str, str]:
        """Return the evidence of all steps; a later step's word counts."""
        merged: dict[str, str] = {}
        for record in self.steps:
            merged |= record.evidence
        return merged

    def took(self, now: datetime) -> timedelta:
        """Return how long it ran, up to `now` where it has not finished."""
        return (self.finished_at or now) - (self.started_at or self.created_at)


def operation_id(verb: str, request_id: str) -> OperationId:
    """Derive the id from the request, so that the same request is the same operation."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return OperationId(f"{verb}-{base64.b32encode(digest)[:8].decode().lower()}")
