"""The history: the last executions of the sync job, the newest first."""

from core.executions import Execution, ExecutionState
from core.inspection.history import HistoryReport
from handlers.blocks.card import Card, Mark, Moment, Note, Row, Rows, Span
from handlers.blocks.pictures import parts_of_trend
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration

MARKS = {
    ExecutionState.PENDING: Mark.WAITING,
    ExecutionState.RUNNING: Mark.RUNNING,
    ExecutionState.SUCCEEDED: Mark.DONE,
    ExecutionState.FAILED: Mark.FAILED,
    ExecutionState.CANCELLED: Mark.STOPPED,
}

_VERBS = {ExecutionState.PENDING: "waiting for", ExecutionState.RUNNING: "running for"}


def card_of_history(report: HistoryReport) -> Card:
    """Render the executions; the headline says what they add up to."""
    failing = report.failures_in_a_row > 0
    step = " Read `/cache logs sync errors`." if failing else ""
    return Card(
        "Cache history",
        Mark.WARNING if failing else Mark.INFO,
        prose(_headline(report) + step),
        (
            Rows(tuple(_row(execution, report) for execution in report.executions)),
            *parts_of_trend(report.trend),
            Note((_footnote(report),)),
        )
        if report.executions
        else (),
    )


def _headline(report: HistoryReport) -> str:
    if not report.seen:
        return "The sync job has not run yet. `/cache sync` starts it."
    told: list[str] = []
    if report.running:
        told.append(f"{count(len(report.running), 'sync')} running now.")
    if report.failures_in_a_row:
        told.append(f"{count(report.failures_in_a_row, 'sync')} failed in a row.")
    age = report.last_good_age
    told.append(
        f"The last good sync finished {duration(age)} ago."
        if age is not None
        else f"None of the last {count(report.seen, 'sync')} was good."
    )
    return " ".join(told)


def _row(execution: Execution, report: HistoryReport) -> Row:
    took = duration(execution.took(report.at))
    attempts = ", with retries" if execution.retried else ""
    by = f", started by {execution.creator}" if execution.creator else ""
    line: list[Span] = [
        Moment(execution.created_at),
        f", {_VERBS.get(execution.state, 'took')} {took}{attempts}{by}.",
    ]
    if execution.message and execution.state is not ExecutionState.SUCCEEDED:
        line.append(f" {execution.message}")
    return Row(MARKS[execution.state], execution.name, tuple(line))


def _footnote(report: HistoryReport) -> str:
    shown = len(report.executions)
    return f"{shown} of the last {count(report.seen, 'execution')}, the newest first."
