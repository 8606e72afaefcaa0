"""The one sentence that matters of an operation: what goes on, what is true now, what went wrong.

At the end it always says what state the cache and the service are in, as far as that was looked
at, and names one road on.
"""

from datetime import datetime
from typing import assert_never

from core.cache.evidence import NIGHTLY
from core.operations import Operation, OperationState, StepRecord, StepState
from core.plans import (
    AwaitExecution,
    CheckConsistency,
    RunSync,
    SetJobEnv,
    SetServiceEnv,
    VerifySync,
)
from handlers.blocks.card import Code, Line, Person, Span
from handlers.blocks.cleanup import deleted_line
from handlers.blocks.prose import prose, sentence
from handlers.blocks.quantities import duration

_TOGGLED = {
    "disable": "The shared volume is off now; `/cache enable` switches it on again. ",
    "enable": "The shared volume is on now. ",
}


def headline_of(operation: Operation, now: datetime) -> Line:
    """Say how an operation stands."""
    took = duration(operation.took(now))
    summary = operation.plan.summary
    match operation.state:
        case OperationState.WAITING:
            return ("It is about to begin. ", summary)
        case OperationState.RUNNING:
            usual = duration(operation.plan.expected)
            return (summary, f" Running for {took}, usually {usual}.")
        case OperationState.STOPPING:
            return ("Asked to stop by ", Person(operation.stop_asked_by), f"; {took} so far.")
        case OperationState.DONE:
            return (*_true_now(operation), f"It took {took}.")
        case OperationState.FAILED | OperationState.UNKNOWN:
            return _what_went_wrong(operation)
        case OperationState.STOPPED:
            by: Line = ("Stopped by ", Person(operation.stop_asked_by), f" after {took}.")
            return (*by, *_left(operation))
        case _:
            assert_never(operation.state)


def told_at_the_top(record: StepRecord, operation: Operation) -> bool:
    """Whether the headline tells what came of a step, so that its row need not."""
    if operation.state is OperationState.DONE or not operation.state.finished:
        return False
    return record is _decisive(operation) or record in _looked(operation)


def hint_of(record: StepRecord, operation: Operation) -> str:
    """Return the next step after a step; where the plan knows a road of its own, only that one."""
    again = operation.plan.again
    sync = isinstance(record.step, RunSync | AwaitExecution | VerifySync)
    if not record.hint or not sync or again in ("", "sync"):
        return record.hint
    return f"`/cache logs sync errors` shows more. `/cache {again}` tries again."


def _true_now(operation: Operation) -> Line:
    evidence = operation.evidence
    line: list[Span] = [*deleted_line(operation)]
    if version := evidence.get("after_version", ""):
        agree = "the manifest, the .done marker and every model file agree."
        line += ["Version ", Code(version), f" is in place and proven: {agree} "]
    line += _set(operation)
    if revision := evidence.get("revision", ""):
        line += ["Revision ", Code(revision), " is ready and receives all of the traffic. "]
    if nightly := evidence.get(NIGHTLY, ""):
        line.append(f"The nightly trigger is {nightly}. ")
    looked = [one for one in operation.steps if isinstance(one.step, CheckConsistency)]
    if not version and looked and looked[0].state is StepState.DONE:
        line += [*prose(looked[0].note), " "]
    if not line and operation.steps:
        line += [*prose(operation.steps[len(operation.plan.steps) - 1].note), " "]
    return tuple(line)


def _set(operation: Operation) -> Line:
    """Say what the variables of the job and the service are now."""
    if told := _TOGGLED.get(operation.plan.verb):
        return prose(told)
    owners: dict[tuple[str, str | None], list[str]] = {}
    for record in operation.steps:
        step = record.step
        if record.state is StepState.DONE and isinstance(step, SetJobEnv | SetServiceEnv):
            owner = "the sync job" if isinstance(step, SetJobEnv) else "the service"
            for variable in step.after.items():
                owners.setdefault(variable, []).append(owner)
    line: list[Span] = []
    for (name, value), where in owners.items():
        now: Line = (" is absent",) if value is None else (" is ", Code(value))
        line += [Code(name), *now, f" in {' and '.join(where)} now. "]
    return tuple(line)


def _decisive(operation: Operation) -> StepRecord | None:
    """Return the planned step that went wrong, if one did."""
    wrong = (StepState.FAILED, StepState.UNKNOWN)
    planned = operation.steps[: len(operation.plan.steps)]
    return next((one for one in planned if one.state in wrong), None)


def _what_went_wrong(operation: Operation) -> Line:
    record = _decisive(operation)
    if record is None:
        return ("It did not reach its goal.", *_left(operation))
    start = "" if record.state is StepState.FAILED else "The outcome is not known."
    road = hint_of(record, operation)
    told: Line = (*sentence(start, record.note), *_left(operation))
    return (*told, " ", *prose(road)) if road else told


def _left(operation: Operation) -> Line:
    """Say what state everything was left in: what the closing steps have seen, and the trigger."""
    notes = [one.note for one in _looked(operation)]
    if nightly := operation.evidence.get(NIGHTLY, ""):
        notes.append(f"The nightly trigger is {nightly}.")
    return (" ", *sentence(*notes)) if notes else ()


def _looked(operation: Operation) -> list[StepRecord]:
    """Return the closing steps that have something to say."""
    closing = operation.steps[len(operation.plan.steps) :]
    ended = (StepState.DONE, StepState.FAILED)
    return [one for one in closing if one.state in ended and one.note]
