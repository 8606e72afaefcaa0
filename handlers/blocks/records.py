"""Cards out of the bot's own records: operations, one operation in full, the audit, a plan."""

from datetime import datetime

from core.answers import AuditReport, Declined, OpsReport, PlanReport, ShowReport, StopAsked
from core.operations import Operation
from core.store.calls import AuditEntry
from handlers.blocks.card import (
    Bullets,
    Card,
    Code,
    Line,
    Mark,
    Moment,
    Note,
    Part,
    Person,
    Row,
    Rows,
)
from handlers.blocks.cleanup import remaining_of
from handlers.blocks.operation import MARKS, card_of_operation
from handlers.blocks.plan import facts_of, parts_of_plan
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration
from handlers.blocks.steps import title_of_step

_ERROR = "error: "
_REFUSALS = {
    "Busy": "refused, as another operation was running",
    "Decided": "too late, as somebody had decided it already",
    "NotFound": "something was not there",
    "PermissionDenied": "Google Cloud did not let me",
    "Rejected": "Google Cloud refused it",
    "Conflict": "somebody else had changed it first",
    "QuotaExceeded": "Google Cloud got too many requests",
    "Unavailable": "Google Cloud gave no clear answer",
    "DatabaseAway": "my database did not answer",
}
"""What came of a request that could not be carried out, by the kind of the error."""


def card_of_ops(report: OpsReport, now: datetime) -> Card:
    """Render the list of operations."""
    if not report.operations:
        return Card("Operations", Mark.INFO, ("There has been no operation yet.",))
    rows = tuple(_operation_row(operation, now) for operation in report.operations)
    headline: Line = (f"The last {count(len(rows), 'operation')}, newest first.",)
    note = Note(("One in full: ", Code("/cache show ID"), "."))
    return Card("Operations", Mark.INFO, headline, (Rows(rows), note))


def card_of_show(report: ShowReport, now: datetime) -> Card:
    """Render one operation in full: its card, its plan's facts and when each step ran."""
    card = card_of_operation(report.operation, now)
    times: list[Line] = []
    for record in report.operation.steps:
        if record.started_at is not None:
            took = duration((record.finished_at or now) - record.started_at)
            said = f"took {took}" if record.finished_at else f"for {took} so far"
            title = title_of_step(record.step)
            times.append((f"{title}: ", Moment(record.started_at), f", {said}"))
    parts: tuple[Part, ...] = (
        *card.parts,
        *remaining_of(report.operation),
        facts_of(report.operation.plan),
        Bullets(tuple(times)),
    )
    return Card(card.title, card.mark, card.headline, parts)


def card_of_audit(report: AuditReport) -> Card:
    """Render who asked for what, and what came of it."""
    if not report.entries:
        return Card("Audit", Mark.INFO, ("Nobody has asked for anything yet.",))
    lines = [_audit_line(entry) for entry in report.entries]
    headline: Line = (f"The last {count(len(lines), 'request')}, newest first.",)
    return Card("Audit", Mark.INFO, headline, (Bullets(tuple(lines)),))


def _audit_line(entry: AuditEntry) -> Line:
    """Say who asked for what, by which door, what was answered and how it stands now."""
    actor = entry.call.actor
    outcome = entry.outcome or "not answered yet"
    kind = outcome.removeprefix(_ERROR)
    if kind != outcome:
        outcome = _REFUSALS.get(kind.partition(",")[0], "not possible, and told why")
    operation: Line = (" ", Code(entry.operation_id)) if entry.operation_id else ()
    became = f", now {entry.became}" if entry.became else ""
    return (
        Moment(entry.call.at),
        " ",
        Person(actor.user_id, actor.name),
        " ",
        Code(entry.call.words[:80] or "help"),
        f" by {entry.call.door.value}: {outcome}",
        *operation,
        became,
    )


def card_of_plan(report: PlanReport) -> Card:
    """Render a plan that was only asked for: nothing runs."""
    plan = report.plan
    usual = f"It usually takes {duration(plan.expected)}. "
    expected = Note(prose(f"{usual}The same words without `--dry-run` go ahead."))
    return Card(
        f"Plan: {plan.verb}",
        Mark.INFO,
        (f"{plan.summary} This is only the plan: nothing was changed.",),
        (*parts_of_plan(plan), expected),
    )


def card_of_stop(answer: StopAsked) -> Card:
    """Tell the asker that the operation has heard."""
    return Card(
        "Stopping",
        Mark.RUNNING,
        (
            Code(answer.operation.id),
            " stops at its next safe point. Its message tells what state the cache is left in.",
        ),
    )


def card_of_declined(answer: Declined) -> Card:
    """Tell the asker that the no was taken."""
    line: Line = (Code(answer.proposal.id), " is cancelled. Nothing was changed.")
    return Card(f"Plan: {answer.proposal.plan.verb}", Mark.CANCELLED, line)


def _operation_row(operation: Operation, now: datetime) -> Row:
    line: Line = (
        f"{operation.plan.summary} Asked for at ",
        Moment(operation.created_at),
        f", {duration(operation.took(now))}, by ",
        Person(operation.actor.user_id, operation.actor.name),
    )
    return Row(MARKS[operation.state], operation.id, line)
