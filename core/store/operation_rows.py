"""Rows of operations and their steps: how they are written, and how they are read."""

import json
from collections.abc import Sequence

from sqlalchemy import Row

from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import plan_from_json, plan_to_json


def operation_row(operation: Operation) -> dict[str, object]:
    """Return what an operation's row holds."""
    return {
        "id": operation.id,
        "verb": operation.plan.verb,
        "plan": plan_to_json(operation.plan),
        "actor_id": operation.actor.user_id,
        "actor_name": operation.actor.name,
        "team_id": operation.actor.team_id,
        "channel_id": operation.place.channel_id,
        "thread_ts": operation.place.thread_ts,
        "state": operation.state.value,
        "stop_asked_by": operation.stop_asked_by,
        "created_at": operation.created_at,
    }


def load_operation(
    row: Row[tuple[object, ...]], found_steps: Sequence[Row[tuple[object, ...]]]
) -> Operation:
    """Read an operation out of its row and those of its steps."""
    plan = plan_from_json(row.plan)
    records = tuple(
        StepRecord(
            position=found.position,
            step=step,
            state=StepState(found.state),
            note=found.note,
            hint=found.hint,
            foreign=found.foreign_text,
            ratio=found.ratio,
            evidence=json.loads(found.evidence),
            started_at=found.started_at,
            finished_at=found.finished_at,
        )
        for step, found in zip((*plan.steps, *plan.closing), found_steps, strict=True)
    )
    return Operation(
        id=OperationId(row.id),
        plan=plan,
        actor=Actor(row.actor_id, row.team_id, row.actor_name),
        place=Place(row.channel_id, row.thread_ts),
        state=OperationState(row.state),
        steps=records,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        stop_asked_by=row.stop_asked_by,
    )
