"""The road of a command: words -> command -> policy -> report or operation.

Read this file first. Every request takes this road, whether a person typed it, clicked it,
or a clock or an alert sent it: `admit` reads the words and asks the policy; `carry_out`
looks at the cache (`core.queries`) or makes a plan (`core.procedures`) and sets it going as
a durable operation (`core.launch`), whose steps `core.runner` takes one by one.
"""

from core.answers import Answer, PlanReport
from core.call import Call
from core.commands import (
    Action,
    Cancel,
    Cleanup,
    Command,
    Disable,
    Enable,
    Nightly,
    Recover,
    Rollback,
    Sync,
    Update,
)
from core.desk import Desk
from core.launch import start, stop
from core.procedures.sync import plan_sync
from core.queries import look
from core.snapshot import Snapshot
from core.verbs import NOT_BUILT_YET, not_built_yet, parse, verb_of


def admit(call: Call, desk: Desk) -> Command:
    """Read the words and ask the policy.

    Raises:
        UsageError: the words are no command.
        NotAllowed: this actor may not.
        NotBuiltYet: this version cannot.
    """
    command = parse(call.words)
    verb = verb_of(command)
    desk.policy.require(call.actor, verb.role, verb.word, call.door)
    if verb.word in NOT_BUILT_YET:
        raise not_built_yet(verb)
    return command


def carry_out(command: Command, call: Call, desk: Desk) -> Answer:
    """Answer an admitted command.

    Raises:
        OpsError: it cannot be answered; the message says why and what to do.
    """
    match command:
        case (
            Sync()
            | Rollback()
            | Disable()
            | Enable()
            | Cleanup()
            | Update()
            | Recover()
            | Cancel()
            | Nightly()
        ):
            return _act(command, call, desk)
        case _:
            return look(command, call, desk)


def _act(action: Action, call: Call, desk: Desk) -> Answer:
    match action:
        case Sync(dry_run):
            plan = plan_sync(Snapshot(desk.cloud))
            return PlanReport(plan) if dry_run else start(plan, call, desk)
        case Cancel(operation_id):
            return stop(operation_id, call, desk)
        case _:
            raise not_built_yet(verb_of(action))
