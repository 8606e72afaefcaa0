"""The road of a command: words -> command -> policy -> report or operation.

Read this file first. Every request takes this road, whether a person typed it, clicked it,
or a clock or an alert sent it: `admit` reads the words and asks the policy; `carry_out`
looks at the cache (`core.queries`) or makes a plan (`core.planning`), has it confirmed where it
asks for that (`core.confirm`) and sets it going as a durable operation (`core.launch`), whose
steps `core.runner` takes one by one.
"""

from core.alerts.words import bare, refuse_late
from core.answers import Answer, PlanReport
from core.call import Call
from core.commands import (
    Cancel,
    Cleanup,
    Command,
    Confirm,
    Decline,
    Disable,
    Enable,
    Mutation,
    Nightly,
    Recover,
    Rollback,
    Sync,
    Undo,
    Update,
)
from core.confirm import confirm, decline, propose
from core.desk import Desk
from core.launch import only_in_slack, start, started_before, stop
from core.operations import operation_id
from core.planning import plan_for
from core.queries import look
from core.snapshot import Snapshot
from core.verbs import parse, verb_of


def admit(call: Call, desk: Desk) -> Command:
    """Read the words and ask the policy.

    Raises:
        UsageError: the words are no command.
        NotAllowed: this actor may not.
        OpsError: the incident that a button belonged to has moved on.
    """
    command = parse(bare(call.words))
    verb = verb_of(command)
    desk.policy.require(call.actor, verb.role, verb.word, call.door)
    refuse_late(call.words, desk)
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
            | Nightly()
            | Undo()
        ):
            return _change(command, call, desk)
        case Confirm() | Decline() | Cancel() if desk.engine is None:
            raise only_in_slack(bare(call.words))
        case Confirm(proposal_id, typed):
            return confirm(proposal_id, typed, call, desk)
        case Decline(proposal_id):
            return decline(proposal_id, call, desk)
        case Cancel(operation_id):
            return stop(operation_id, call, desk)
        case _:
            return look(command, call, desk)


def _change(mutation: Mutation, call: Call, desk: Desk) -> Answer:
    """Plan a change; show the plan, ask for a yes, or set it going."""
    word = verb_of(mutation).word
    before = started_before(operation_id(word, call.request_id), desk)
    if before is not None:
        return before
    plan = plan_for(mutation, Snapshot(desk.cloud), desk)
    if mutation.dry_run:
        return PlanReport(plan)
    if desk.engine is None:
        raise only_in_slack(bare(call.words))
    if plan.ask is not None:
        return propose(plan, bare(call.words), call, desk)
    return start(plan, call, desk)
