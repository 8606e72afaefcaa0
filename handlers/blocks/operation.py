"""The card of an operation: one message that follows it from the first step to the proof."""

from datetime import datetime

from core.cache.evidence import (
    CACHE,
    CHANGED,
    CHANGED_JOB,
    CONSISTENT,
    DELETED,
    GONE,
    INCONSISTENT,
    NEXT,
    NIGHTLY,
)
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
    Row,
    Rows,
)
from handlers.blocks.cleanup import parts_of_cleanup
from handlers.blocks.headline import headline_of, hint_of, told_at_the_top
from handlers.blocks.offers import offers_of
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count
from handlers.blocks.steps import plan_of_step, title_of_step
from handlers.blocks.stopping import stop_question
from handlers.blocks.tfvars import parts_of_tfvars

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
_LEFT_BEHIND = CHANGED | {DELETED, NIGHTLY}
"""The evidence of a step that has changed anything."""

_NEVER_ALL = 0.99
"""The most that a bar shows before the end."""
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
        headline=headline_of(operation, now),
        parts=tuple(_parts(operation)),
        buttons=_buttons(operation),
    )


def title_of(operation: Operation) -> str:
    """Name an operation as its command does."""
    taken_back = operation.plan.facts.get("operation", "")
    if operation.plan.verb == "undo" and taken_back:
        return f"Taking back {taken_back}"
    return _TITLES.get(operation.plan.verb, operation.plan.verb.capitalize())


def _parts(operation: Operation) -> list[Part]:
    parts: list[Part] = []
    running = next((one for one in operation.steps if one.state is StepState.RUNNING), None)
    if operation.state in (OperationState.RUNNING, OperationState.STOPPING):
        parts.append(_progress(operation, running))
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
    parts += [Note(prose(one)) for one in _remarks(operation)]
    if operation.state.finished or operation.state is OperationState.STOPPING:
        parts.append(Note(("It was to: ", operation.plan.summary)))
    parts.append(Note(_origin(operation)))
    return parts


def _remarks(operation: Operation) -> tuple[str, ...]:
    """Return what to keep in mind: on the way what may happen, at the end what still holds.

    Where it ended early, that is nothing, unless something was changed by then.
    """
    plan, changed = operation.plan, not _LEFT_BEHIND.isdisjoint(operation.evidence)
    if not operation.state.finished:
        return plan.warnings
    if operation.state is OperationState.DONE:
        return (*plan.reminders, *((plan.no_undo,) if plan.no_undo else ()))
    return plan.reminders if changed else ()


def _shown(operation: Operation) -> tuple[StepRecord, ...]:
    """Return the plan's steps, and the closing ones once they matter."""
    planned = len(operation.plan.steps)
    begun = (StepState.WAITING, StepState.SKIPPED)
    closing = tuple(one for one in operation.steps[planned:] if one.state not in begun)
    return operation.steps[:planned] + closing


def _row(record: StepRecord, operation: Operation) -> Row:
    if told_at_the_top(record, operation):
        return Row(_STEP_MARKS[record.state], title_of_step(record.step), ("See above.",))
    note, hint = prose(record.note), prose(hint_of(record, operation))
    if record.state is StepState.RUNNING and not record.note:
        note = plan_of_step(record.step)
    return Row(_STEP_MARKS[record.state], title_of_step(record.step), note, hint)


def _progress(operation: Operation, running: StepRecord | None) -> Progress:
    """Show the share of the steps that are done; the one that runs counts as far as it is."""
    planned = operation.steps[: len(operation.plan.steps)]
    done = sum(one.state is StepState.DONE for one in planned)
    part = running.ratio if running is not None and running in planned and running.ratio else 0.0
    ratio = min((done + min(part, 1.0)) / max(len(planned), 1), _NEVER_ALL)
    return Progress(ratio, f"{done} of {count(len(planned), 'step')} done")


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
    by = Person(actor.user_id, actor.name)
    asked = operation.asked_by
    told: Line = ("Operation ", Code(operation.id), ", asked for by ")
    if asked is None or asked.user_id == actor.user_id:
        return (*told, by, ".")
    return (*told, Person(asked.user_id, asked.name), ", confirmed by ", by, ".")


def _buttons(operation: Operation) -> tuple[Button, ...]:
    """Offer what makes sense now; a button says a command, and takes its whole road."""
    if operation.state in (OperationState.WAITING, OperationState.RUNNING):
        asked = stop_question(operation)
        return (Button("say-cancel", "Stop", f"cancel {operation.id}", ButtonStyle.DANGER, asked),)
    if operation.state is OperationState.STOPPING:
        return ()
    words = () if operation.state is OperationState.DONE else _mending(operation)
    return (*offers_of((*words, "health")), *_undo(operation), *_files_before(operation))


def _mending(operation: Operation) -> tuple[str, ...]:
    """Return the commands that go on from what state the cache was left in, the best first.

    Where the same one is known to fail again, it is the one that leads on instead.
    """
    if words := operation.evidence.get(NEXT, ""):
        return (words,)
    again = (operation.plan.again,) if operation.plan.again else ()
    left = operation.evidence.get(CACHE, "")
    if left == GONE or again == ("recover",):
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
