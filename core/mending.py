"""What becomes of operations that were left lying: never submitted, or given up."""

import logging
from dataclasses import replace
from datetime import timedelta

from core.desk import Desk, Launching
from core.operations import Operation, OperationState, StepRecord, StepState
from core.store.operations import message_key

_log = logging.getLogger(__name__)

SETTLED = timedelta(seconds=30)
"""An operation younger than this may still be on its way to the engine."""


def mend(operation: Operation, engine: Launching, desk: Desk) -> None:
    """Give an unfinished operation its due; one that simply runs only gets its message.

    A process may die between keeping an operation and submitting it. The request that it
    belongs to is then unanswered still and makes a new one when it is answered, or is told
    that it came too late; what was kept before must not begin by itself some day.
    """
    if desk.clock() - operation.created_at < SETTLED:
        return
    if not engine.knows(operation.id):
        _drop(operation, desk)
        return
    desk.records.messages.ensure(message_key(operation.id), operation.place, desk.clock())
    if engine.given_up(operation.id):
        _give_up(operation, desk)


def mend_proposals(desk: Desk) -> None:
    """Open the plans again that got their yes and became nothing, before their time is over.

    The process died in between, or had no database. Whoever said yes is answered still, or
    says it again; nobody is told for ever that it is confirmed.
    """
    for proposal in desk.records.proposals.forsaken(desk.clock() - SETTLED):
        _log.warning("the yes to %s became no operation", proposal)
        desk.records.proposals.reopen(proposal)


def _drop(operation: Operation, desk: Desk) -> None:
    _log.warning("operation %s was never begun and is dropped", operation.id)
    if operation.stop_asked_by:
        desk.records.operations.finish(operation.id, OperationState.STOPPED, desk.clock())
        desk.records.messages.ensure(message_key(operation.id), operation.place, desk.clock())
    else:
        desk.records.operations.forget(operation.id)


def _give_up(operation: Operation, desk: Desk) -> None:
    """End it as unknown, unless it has ended since it was read."""
    now = desk.clock()
    current = desk.records.operations.get(operation.id)
    if current is None or current.state.finished:
        return
    _log.error("operation %s was given up after too many crashes", operation.id)
    for record in current.steps:
        if record.state is StepState.RUNNING:
            given_up = _given_up(record)
            desk.records.operations.record_step(
                operation.id, replace(given_up, finished_at=now), troubles=0
            )
    desk.records.operations.finish(operation.id, OperationState.UNKNOWN, now)


def _given_up(record: StepRecord) -> StepRecord:
    return replace(
        record,
        state=StepState.UNKNOWN,
        note="I broke off here too many times and gave up.",
        hint="`/cache health` shows what state the cache is in, `/cache history` whether an "
        "execution still runs. My log has the reason.",
        foreign="",
    )
