"""Starting the sync job exactly once, and following its execution.

Starting is the one call here that must not be repeated. Before it is made, the names of the
executions that exist are written down. Whatever happens then (a lost reply, the death of
this process), the next try looks for an execution that is not among them and adopts it. It
starts again only what another process died over; what became of this one's own call is open
where it could not be noted.
"""

from datetime import datetime, timedelta

from core.context import Context
from core.errors import CloudError, Conflict, PermissionDenied, Rejected, Unavailable
from core.executions import Execution, ExecutionName, ExecutionState, unfinished
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.plans import AwaitExecution, RunSync
from core.signals import LogLine, LogQuery, LogSource
from core.steps.failures import go_on, told_failure
from core.steps.wholeness import spared

_MARGIN = timedelta(minutes=5)


def run_sync(step: RunSync, context: Context) -> Outcome:
    """Join the running execution, or wait for it, or start one; never start a second."""
    if done := spared(context):
        return done
    notes = context.memory.recall()
    if notes:
        return _look_for_ours(context, notes)
    if context.stopping:
        return Stopped("Nothing was started.")
    executions = context.cloud.executions()
    running = unfinished(executions)
    if running:
        return _joined(running[0]) if step.join else _wait_for(running[-1], context)
    return _start(context, frozenset(one.name for one in executions))


def await_execution(step: AwaitExecution, context: Context) -> Outcome:
    """Look once how the execution stands."""
    if done := spared(context):
        return done
    name = ExecutionName(context.operation.evidence["execution"])
    execution = context.cloud.execution(name)
    match execution.state:
        case ExecutionState.SUCCEEDED:
            return Done(f"{name} succeeded{' after a retry' * execution.retried}.")
        case ExecutionState.CANCELLED if context.stopping:
            return Stopped(f"{name} was cancelled.")
        case ExecutionState.CANCELLED:
            return Failed(
                f"{name} was cancelled from outside cachebot.",
                go_on(context),
            )
        case ExecutionState.FAILED:
            return _failed(context, execution)
        case ExecutionState.PENDING | ExecutionState.RUNNING:
            return _still_running(step, context, execution)


def _start(context: Context, known: frozenset[ExecutionName]) -> Outcome:
    since = context.clock()
    notes = {
        "known": " ".join(sorted(known)),
        "since": since.isoformat(),
        "boot": context.boot,
    }
    context.memory.remember(notes)
    try:
        name = context.cloud.run_job()
    except Unavailable as exc:
        context.memory.remember(notes | {"unclear": exc.message})
        return Pending("The reply to the start was lost; looking for the execution.", _glance())
    except CloudError as exc:
        return Failed(f"The sync job was not started. {exc.message}", exc.hint)
    return Done(f"Started {name}.", {"execution": name, "joined": "no"})


def _look_for_ours(context: Context, notes: dict[str, str]) -> Outcome:
    known = notes["known"].split()
    ours = [one for one in context.cloud.executions() if one.name not in known]
    if ours:
        first = min(ours, key=lambda one: one.created_at)
        return Done(
            f"Found {first.name}, started just now.", {"execution": first.name, "joined": "no"}
        )
    since = datetime.fromisoformat(notes["since"])
    if context.clock() - since < context.pace.grace:
        return Pending("Looking whether the execution was started.", _glance())
    if "unclear" in notes:
        return _unclear(context, f"got no clear answer ({notes['unclear']})")
    if notes.get("boot") == context.boot:
        return _unclear(context, "got an answer that my database could not take down")
    if context.stopping:
        return Stopped("Nothing was started.")
    # Another process died around the call. It is long dead, nothing has come of it, and the
    # request ended with its connection: starting is safe.
    return _start(context, frozenset(ExecutionName(name) for name in known))


def _unclear(context: Context, why: str) -> Unclear:
    return Unclear(
        f"The start of the sync job {why}, and no new execution has appeared within "
        f"{context.pace.grace.total_seconds():.0f} s.",
        "Look at `/cache history` in a minute. `/cache sync` joins an execution that turns "
        "up late instead of starting a second one.",
    )


def _joined(execution: Execution) -> Done:
    by = f", started by {execution.creator}" if execution.creator else ""
    return Done(
        f"Joined {execution.name}, which was already running{by}.",
        {"execution": execution.name, "joined": "yes"},
    )


def _wait_for(execution: Execution, context: Context) -> Outcome:
    """Let an execution end that may have begun before the job was changed."""
    longest = context.cloud.job().longest
    if execution.took(context.clock()) > longest + _MARGIN:
        return Failed(
            f"{execution.name} still runs, longer than all its attempts together may take, so "
            "nothing was started beside it.",
            f"Look at {execution.log_url or 'its log in the console'}.",
        )
    note = (
        f"{execution.name} still runs and may have begun with other models. It is waited for, "
        "not joined."
    )
    return Pending(note, context.pace.poll)


def _still_running(step: AwaitExecution, context: Context, execution: Execution) -> Outcome:
    took = execution.took(context.clock())
    if took > step.longest + _MARGIN:
        return Unclear(
            f"{execution.name} still runs after {took.total_seconds() / 60:.0f} minutes, longer "
            "than all its attempts together may take.",
            f"Look at {execution.log_url or 'its log in the console'}.",
        )
    if context.stopping:
        return _stopping(context, execution)
    expected = max(step.expected.total_seconds(), 1.0)
    state = "waits to start" if execution.state is ExecutionState.PENDING else "runs"
    line, attempt = _newest_line(context, execution)
    return Pending(
        f"{execution.name} {state}{f', attempt {attempt}' if attempt else ''}.",
        context.pace.poll,
        ratio=min(took.total_seconds() / expected, 0.95),
        foreign=line,
    )


def _stopping(context: Context, execution: Execution) -> Outcome:
    """Cancel the execution; one that cannot be cancelled is followed to its end."""
    try:
        context.cloud.cancel_execution(execution.name)
    except (PermissionDenied, Rejected, Conflict) as exc:
        note = f"{execution.name} runs on and cannot be stopped. {exc.message} {exc.hint}"
        return Pending(note.strip(), context.pace.poll)
    return Pending(f"Stopping {execution.name}.", _glance())


def _newest_line(context: Context, execution: Execution) -> tuple[str, str]:
    """Return the newest log line and its attempt, read at most every `pace.logs`."""
    notes = context.memory.recall()
    now = context.clock()
    if notes and now - datetime.fromisoformat(notes["at"]) < context.pace.logs:
        return notes["line"], notes["attempt"]
    lines = _lines(context, execution, limit=1)
    line, attempt = "", ""
    if isinstance(lines, CloudError):
        line = f"(log lines could not be read: {lines.message})"
    elif lines:
        line, attempt = lines[0].text, str(lines[0].attempt or "")
    context.memory.remember({"at": now.isoformat(), "line": line, "attempt": attempt})
    return line, attempt


def _failed(context: Context, execution: Execution) -> Failed:
    return told_failure(context, execution, _lines(context, execution, limit=3, errors_only=True))


def _lines(
    context: Context, execution: Execution, *, limit: int, errors_only: bool = False
) -> list[LogLine] | CloudError:
    query = LogQuery(
        LogSource.SYNC,
        since=execution.created_at - timedelta(minutes=1),
        errors_only=errors_only,
        execution=execution.name,
        limit=limit,
    )
    try:
        return list(context.cloud.log_lines(query))
    except CloudError as exc:
        return exc  # log lines illustrate; the execution's own state decides


def _glance() -> timedelta:
    return timedelta(seconds=1)
