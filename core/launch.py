"""Setting operations going and asking them to stop."""

from core.answers import Started, StopAsked
from core.call import Call
from core.desk import Desk, Launching
from core.errors import Busy, NothingToDo, OpsError, UsageError
from core.operations import Operation, OperationId, OperationState, StepRecord, operation_id
from core.plans import Plan
from core.store.operations import message_key


def started_before(wanted: OperationId, desk: Desk) -> Started | None:
    """Return what the same request has started already, before the process died that did.

    What was kept and never submitted is dropped: the plan is made anew from what is true now.
    """
    operation = desk.records.operations.get(wanted)
    if operation is None or desk.engine is None:
        return None
    if not operation.state.finished and not desk.engine.knows(operation.id):
        desk.records.operations.forget(operation.id)
        return None
    desk.records.messages.ensure(message_key(operation.id), operation.place, desk.clock())
    return Started(operation)


def start(plan: Plan, call: Call, desk: Desk, known_as: str = "") -> Started:
    """Set a plan going as a durable operation; the same request always means the same one.

    `known_as` is the id of the proposal that it comes from, if any.

    The operation is kept before the engine hears of it, and its message is wanted after, so
    a crash in between is mended by answering the request again (`started_before`).

    Raises:
        Busy: another operation holds the cache.
        OpsError: this process runs no operations.
    """
    if desk.engine is None:
        raise only_in_slack(plan.verb)
    wanted = OperationId(known_as) or operation_id(plan.verb, call.request_id)
    steps = (*plan.steps, *plan.closing)
    operation = Operation(
        id=wanted,
        plan=plan,
        actor=call.actor,
        place=call.place,
        state=OperationState.WAITING,
        steps=tuple(StepRecord(position, step) for position, step in enumerate(steps)),
        created_at=desk.clock(),
    )
    desk.records.operations.create(operation)
    try:
        desk.engine.submit(wanted)
    except Busy as exc:
        desk.records.operations.forget(wanted)
        raise _busy(desk.engine, desk) from exc
    desk.records.messages.ensure(message_key(wanted), call.place, desk.clock())
    return Started(find(wanted, desk))


def stop(wanted: str, call: Call, desk: Desk) -> StopAsked:
    """Ask the running operation, or the one named, to stop at its next safe point.

    Raises:
        OpsError: nothing runs, or that operation has ended.
    """
    operation = find(wanted, desk) if wanted else _running(call, desk)
    if operation.state.finished:
        raise NothingToDo(
            f"{operation.id} has already ended: {operation.state.value}.",
            f"`/cache show {operation.id}` tells it in full.",
        )
    desk.records.operations.ask_stop(operation.id, call.actor.user_id or call.actor.name)
    return StopAsked(find(operation.id, desk))


def only_in_slack(words: str) -> OpsError:
    """Make the refusal of a process that only looks."""
    return OpsError(
        "Operations run inside the bot's own process.",
        f"Type `/cache {words}` in Slack; `--dry-run` works here too.",
    )


def find(wanted: str, desk: Desk) -> Operation:
    """Look an operation up.

    Raises:
        UsageError: there is none of that name.
    """
    operation = desk.records.operations.get(OperationId(wanted.lower()))
    if operation is None:
        raise UsageError(
            f'There is no operation "{wanted[:40]}".', "`/cache ops` lists the last ones."
        )
    return operation


def _running(call: Call, desk: Desk) -> Operation:
    """Find what ran when the stop was asked for.

    The answer may come late, after a crash: what was begun in between is not meant.
    """
    meant = [one for one in desk.records.operations.unfinished() if one.created_at <= call.at]
    if not meant:
        raise NothingToDo("No operation is running.", "`/cache ops` lists the last ones.")
    begun = (one for one in meant if one.state is not OperationState.WAITING)
    return next(begun, meant[0])


def _busy(engine: Launching, desk: Desk) -> Busy:
    holder = engine.holder()
    running = None if holder is None else desk.records.operations.get(holder)
    if running is None:
        return Busy("Another operation is just ending.", "Try again in a moment.")
    return Busy(
        f"{running.id} is already running, started by",
        f"`/cache show {running.id}` tells how it stands; `/cache cancel` stops it.",
        operation_id=running.id,
        by=running.actor.user_id,
        name=running.actor.name,
    )
