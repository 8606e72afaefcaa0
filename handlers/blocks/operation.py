"""The card of an operation: one message that follows it from the first step to the proof."""

from datetime import datetime
from typing import assert_never

from core.evidence import CACHE, CHANGED, CHANGED_JOB, CONSISTENT, GONE, INCONSISTENT
from core.operations import Operation, OperationState, StepRecord, StepState
from handlers.blocks.card import (
    Button,
    ButtonStyle,
    Card,
    Code,
    Facts,
    Line,
    Mark,
    Note,
    Part,
    Person,
    Progress,
    Question,
    Row,
    Rows,
    Span,
)
from handlers.blocks.cleanup import STOP, deleted_line, parts_of_cleanup
from handlers.blocks.offers import offers_of
from handlers.blocks.prose import prose, sentence
from handlers.blocks.quantities import duration
from handlers.blocks.steps import title_of_step
from handlers.blocks.tfvars import parts_of_tfvars

_STOP = Question(
    "Stop this operation?",
    "A running sync is cancelled, also where somebody else started it. One cancelled while it "
    "replaces files leaves the cache inconsistent until the next one.",
    "Stop it",
    "Let it run",
)
MARKS = {
    OperationState.WAITING: Mark.WAITING,
    OperationState.RUNNING: Mark.RUNNING,
    OperationState.STOPPING: Mark.RUNNING,
    OperationState.DONE: Mark.DONE,
    OperationState.FAILED: Mark.FAILED,
    OperationState.STOPPED: Mark.STOPPED,
    OperationState.UNKNOWN: Mark.UNKNOWN,
}
_STEP_MARKS = {
    StepState.WAITING: Mark.WAITING,
    StepState.RUNNING: Mark.RUNNING,
    StepState.DONE: Mark.DONE,
    StepState.FAILED: Mark.FAILED,
    StepState.STOPPED: Mark.STOPPED,
    StepState.UNKNOWN: Mark.UNKNOWN,
    StepState.SKIPPED: Mark.SKIPPED,
}
_LONGEST_LINE = 300
_TITLES = {
    "sync": "Sync of the model cache",
    "disable": "Switching the shared cache off",
    "enable": "Switching the shared cache on",
    "cleanup": "Cleanup of the bucket",
    "pause": "Pausing the nightly sync",
    "resume": "Resuming the nightly sync",
    "recover": "Recovery of the model cache",
    "undo": "Taking an operation back",
    "rollback": "Rolling the model cache back",
    "update": "Updating the models",
}


def card_of_operation(operation: Operation, now: datetime) -> Card:
    """Render how an operation stands at `now`."""
    return Card(
        title=title_of(operation),
        mark=MARKS[operation.state],
        headline=_headline(operation, now),
        parts=tuple(_parts(operation, now)),
        buttons=_buttons(operation),
    )


def title_of(operation: Operation) -> str:
    """Name an operation as its command does."""
    return _TITLES.get(operation.plan.verb, operation.plan.verb.capitalize())


def _headline(operation: Operation, now: datetime) -> Line:
    took = duration(operation.took(now))
    match operation.state:
        case OperationState.WAITING:
            return ("It is about to begin. ", operation.plan.summary)
        case OperationState.RUNNING:
            return prose(f"Running for {took}, usually {duration(operation.plan.expected)}.")
        case OperationState.STOPPING:
            return ("Asked to stop by ", Person(operation.stop_asked_by), f"; {took} so far.")
        case OperationState.DONE:
            return _done(operation, took)
        case OperationState.FAILED | OperationState.UNKNOWN:
            return _what_went_wrong(operation)
        case OperationState.STOPPED:
            return (
                "Stopped by ",
                Person(operation.stop_asked_by),
                f" after {took}.",
                *_left_in(operation),
            )
        case _:
            assert_never(operation.state)


def _done(operation: Operation, took: str) -> Line:
    evidence = operation.evidence
    line: list[Span] = []
    if version := evidence.get("after_version", ""):
        agree = "the manifest, the .done marker and every model file agree."
        line += ["Version ", Code(version), f" is in place and proven: {agree} "]
    if revision := evidence.get("revision", ""):
        line += ["Revision ", Code(revision), " is ready and receives all of the traffic. "]
    if nightly := evidence.get("nightly", ""):
        line.append(f"The nightly trigger is {nightly}. ")
    return (*line, *deleted_line(operation), f"It took {took}.")


def _what_went_wrong(operation: Operation) -> Line:
    for record in operation.steps:
        if record.state in (StepState.FAILED, StepState.UNKNOWN):
            start = "" if record.state is StepState.FAILED else "The outcome is not known."
            return (*sentence(start, record.note, record.hint), *_left_in(operation))
    return ("It did not reach its goal.",)


def _left_in(operation: Operation) -> Line:
    """Say at the top what state the cache was left in, where that is known and bad."""
    for record in operation.steps[len(operation.plan.steps) :]:
        if record.state is StepState.FAILED:
            return (" ", *prose(record.note))
    return ()


def _parts(operation: Operation, now: datetime) -> list[Part]:
    parts: list[Part] = []
    running = next((one for one in operation.steps if one.state is StepState.RUNNING), None)
    if running is not None and running.ratio is not None:
        usual = duration(operation.plan.expected)
        caption = f"{duration(operation.took(now))} of the usual {usual}"
        parts.append(Progress(running.ratio, caption))
    parts.append(Rows(tuple(_row(record, operation) for record in _shown(operation))))
    if running is not None and running.foreign:
        parts.append(Note(("Last log line: ", running.foreign[:_LONGEST_LINE])))
    if operation.state is OperationState.DONE and operation.stop_asked_by:
        late = "asked to stop it, too late: there was nothing left to stop."
        parts.append(Note((Person(operation.stop_asked_by), f" {late}")))
    if operation.state is OperationState.DONE and "after_version" in operation.evidence:
        parts.append(_before_and_after(operation))
    if operation.state is OperationState.DONE:
        parts += parts_of_tfvars(operation.plan)
    parts += parts_of_cleanup(operation)
    parts += [Note(prose(warning)) for warning in operation.plan.warnings]
    parts.append(Note(_origin(operation)))
    return parts


def _shown(operation: Operation) -> tuple[StepRecord, ...]:
    """Return the plan's steps, and the closing ones once they matter."""
    planned = len(operation.plan.steps)
    begun = (StepState.WAITING, StepState.SKIPPED)
    closing = tuple(one for one in operation.steps[planned:] if one.state not in begun)
    return operation.steps[:planned] + closing


def _row(record: StepRecord, operation: Operation) -> Row:
    told = record.state in (StepState.FAILED, StepState.UNKNOWN)
    in_headline = told and record.position < len(operation.plan.steps)
    line: Line = ("See above.",) if in_headline else prose(record.note)
    hint = () if in_headline else prose(record.hint)
    return Row(_STEP_MARKS[record.state], title_of_step(record.step), line, hint)


def _before_and_after(operation: Operation) -> Facts:
    facts, evidence = operation.plan.facts, operation.evidence
    pairs = (
        ("Version before", facts.get("version before", "")),
        ("Version now", evidence.get("after_version", "unknown")),
        ("Execution", evidence.get("execution", "")),
        ("Language model", facts.get("language model", "")),
        ("Embedding model", facts.get("embedding model", "")),
    )
    return Facts(tuple((name, (Code(value),)) for name, value in pairs if value))


def _origin(operation: Operation) -> Line:
    actor = operation.actor
    return (
        "Operation ",
        Code(operation.id),
        ", asked for by ",
        Person(actor.user_id, actor.name),
        ".",
    )


def _buttons(operation: Operation) -> tuple[Button, ...]:
    """Offer what makes sense now; a button says a command, and takes its whole road."""
    if operation.state in (OperationState.WAITING, OperationState.RUNNING):
        asked = STOP if operation.plan.verb == "cleanup" else _STOP
        return (Button("say-cancel", "Stop", f"cancel {operation.id}", ButtonStyle.DANGER, asked),)
    if operation.state is OperationState.STOPPING:
        return ()
    words = () if operation.state is OperationState.DONE else _mending(operation)
    return (*offers_of((*words, "health")), *_undo(operation), *_files_before(operation))


def _mending(operation: Operation) -> tuple[str, ...]:
    """Return the commands that go on from what state the cache was left in, the best first."""
    again = (operation.plan.again,) if operation.plan.again else ()
    left = operation.evidence.get(CACHE, "")
    if left == GONE:
        return ("recover",)
    return (*again, "sync") if left == INCONSISTENT else again


def _undo(operation: Operation) -> tuple[Button, ...]:
    if not operation.plan.undo or not CHANGED & operation.evidence.keys():
        return ()
    words = operation.plan.undo.format(id=operation.id)
    return (Button("say-undo", "Undo", words, spoken=f"Undo {operation.id}"),)


def _files_before(operation: Operation) -> tuple[Button, ...]:
    """Offer the very files of before where others were downloaded; undo only asks for the names."""
    facts, evidence = operation.plan.facts, operation.evidence
    before = facts.get("version before", "")
    replaced = CHANGED_JOB in evidence and evidence.get("after_version", before) != before
    if not replaced or facts.get("cache before") != CONSISTENT:
        return ()
    label = f"Roll back to {before}"
    return (Button("say-rollback", label, f"rollback {before}", spoken=label),)
