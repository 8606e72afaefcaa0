"""Operations that have switched something, kept on a desk's records."""

from dataclasses import replace
from datetime import datetime

from core.call import Actor
from core.desk import Desk
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import Plan, Step
from tests.core.small_desk import INCIDENTS


def switched(
    desk: Desk,
    step: Step,
    at: datetime,
    *,
    state: StepState = StepState.DONE,
    evidence: dict[str, str] | None = None,
    verb: str = "pause",
) -> Operation:
    """Keep an operation of one step, which ended at that time."""
    wanted = OperationId(f"{verb}-{at:%m%d%H%M}")
    plan = Plan(verb, "Switch it. Reason: the incident.", {}, (step,))
    waiting = StepRecord(0, step)
    operation = Operation(
        wanted, plan, Actor("U0OLGA", "T0", "olga"), INCIDENTS, OperationState.DONE, (waiting,), at
    )
    desk.records.operations.create(operation)
    record = replace(waiting, state=state, finished_at=at, evidence=evidence or {})
    desk.records.operations.record_step(wanted, record)
    return operation
