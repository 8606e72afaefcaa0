"""Asking for a yes, and taking it once: across people, double clicks and processes.

A yes counts for the plan that was shown. When it comes, the plan is made again from what is
there then; where the two differ, nothing runs, and the new plan is shown in its place.
"""

from dataclasses import replace
from typing import get_args

from core.answers import Declined, Proposed, Started
from core.call import Call
from core.commands import Mutation
from core.desk import Desk
from core.errors import Busy, Conflict, Decided, OpsError, UsageError
from core.launch import start, started_before
from core.operations import operation_id
from core.planning import plan_for
from core.plans import Plan
from core.proposals import Proposal, ProposalId, ProposalState, changed_facts
from core.snapshot import Snapshot
from core.store.proposals import proposal_key
from core.verbs import parse


def propose(
    plan: Plan, words: str, call: Call, desk: Desk, changes: tuple[str, ...] = ()
) -> Proposed:
    """Show a plan and wait; the same request always means the same proposal."""
    now = desk.clock()
    proposal = Proposal(
        id=ProposalId(operation_id(plan.verb, call.request_id)),
        plan=plan,
        words=words,
        actor=call.actor,
        place=call.place,
        state=ProposalState.OPEN,
        created_at=now,
        expires_at=now + desk.patience,
        changes=changes,
    )
    desk.records.proposals.create(proposal)
    desk.records.messages.ensure(proposal_key(proposal.id), call.place, now)
    return Proposed(_find(proposal.id, desk))


def confirm(wanted: str, typed: str, call: Call, desk: Desk) -> Started | Proposed:
    """Carry out a proposal, or show a new one where the facts have changed.

    Raises:
        NotAllowed: this person may not say yes to it.
        OpsError: it has been decided, has expired, or the typed word is wrong.
    """
    proposal = _find(wanted, desk)
    _require(proposal, call, desk)
    if proposal.decided_call == call.request_id:
        return _take_up_again(proposal, call, desk)
    _refuse_decided(proposal, desk)
    _refuse_mistyped(proposal, typed)
    return _carry_out(proposal, call, desk)


def decidable(wanted: str, call: Call, desk: Desk) -> Proposal:
    """Return a proposal that this person may decide as it stands; nothing is decided by it.

    Raises:
        NotAllowed: this person may not say yes to it.
        OpsError: it has been decided or has expired.
    """
    proposal = _find(wanted, desk)
    _require(proposal, call, desk)
    _refuse_decided(proposal, desk)
    return proposal


def look_at_yes(wanted: str, typed: str, call: Call, desk: Desk) -> Proposal:
    """Tell early, by the records alone, whether a yes would come too late or is mistyped.

    The role is not asked for here: that may take a question to Slack. `confirm` asks for it.

    Raises:
        OpsError: it has been decided by another request, has expired, or the word is wrong.
    """
    proposal = _find(wanted, desk)
    if proposal.decided_call != call.request_id:
        _refuse_decided(proposal, desk)
    _refuse_mistyped(proposal, typed)
    return proposal


def _carry_out(proposal: Proposal, call: Call, desk: Desk) -> Started | Proposed:
    """Carry out an open proposal whose facts still hold; show a new plan where they do not.

    What starts is the plan as it was made now: what it compares the end with is no older.
    """
    fresh = _plan_again(proposal, desk)
    if fresh.facts_hash != proposal.plan.facts_hash:
        return _propose_anew(fresh, proposal, call, desk)
    if not desk.records.proposals.decide(proposal.id, ProposalState.CONFIRMED, desk.clock(), call):
        _refuse_decided(_find(proposal.id, desk), desk)
    try:
        return start(fresh, _asked(proposal, call), desk, proposal.id)
    except Busy:
        desk.records.proposals.reopen(proposal.id)
        raise


def _take_up_again(proposal: Proposal, call: Call, desk: Desk) -> Started | Proposed:
    """Go on with a yes that was taken by a process that died before it had answered."""
    if proposal.state is ProposalState.SUPERSEDED:
        fresh = _plan_again(proposal, desk)
        changes = changed_facts(proposal.plan, fresh)
        return propose(fresh, proposal.words, _asked(proposal, call), desk, changes)
    before = started_before(proposal.operation_id, desk)
    if before is not None:
        return before
    desk.records.proposals.reopen(proposal.id)
    return _carry_out(_find(proposal.id, desk), call, desk)


def decline(wanted: str, call: Call, desk: Desk) -> Declined:
    """Say no to a proposal.

    Raises:
        OpsError: it has been decided already.
    """
    proposal = _find(wanted, desk)
    _require(proposal, call, desk)
    _refuse_decided(proposal, desk)
    if not desk.records.proposals.decide(proposal.id, ProposalState.DECLINED, desk.clock(), call):
        _refuse_decided(_find(wanted, desk), desk)
    return Declined(_find(wanted, desk))


def expire(desk: Desk) -> None:
    """Close the proposals whose time is over, so that their cards lose the buttons."""
    for proposal in desk.records.proposals.expired(desk.clock()):
        desk.records.proposals.decide(proposal, ProposalState.EXPIRED, desk.clock())


def _propose_anew(fresh: Plan, old: Proposal, call: Call, desk: Desk) -> Proposed:
    if not desk.records.proposals.decide(old.id, ProposalState.SUPERSEDED, desk.clock(), call):
        _refuse_decided(_find(old.id, desk), desk)
    changes = changed_facts(old.plan, fresh)
    return propose(fresh, old.words, _asked(old, call), desk, changes)


def _plan_again(proposal: Proposal, desk: Desk) -> Plan:
    command = parse(proposal.words)
    if not isinstance(command, get_args(Mutation)):
        raise Conflict("This plan can no longer be made.", "Ask for it anew.")
    return plan_for(command, Snapshot(desk.cloud), desk)


def _asked(proposal: Proposal, call: Call) -> Call:
    """Let the operation be told where the proposal was shown."""
    return replace(call, place=proposal.place)


def _require(proposal: Proposal, call: Call, desk: Desk) -> None:
    asking = proposal.plan.ask
    if asking is not None:
        desk.policy.require(call.actor, asking.role, proposal.plan.verb, call.door)


def _find(wanted: str, desk: Desk) -> Proposal:
    proposal = desk.records.proposals.get(ProposalId(wanted.lower()))
    if proposal is None:
        raise UsageError(f'There is no plan "{wanted[:40]}" that waits.', "Ask for it anew.")
    return proposal


def _refuse_mistyped(proposal: Proposal, typed: str) -> None:
    if proposal.word and typed != proposal.word:
        raise UsageError(
            f"To confirm, type {proposal.word} exactly.",
            f"Nothing was changed; the plan waits on. `/cache {proposal.yes}` says yes to it.",
        )


def _refuse_decided(proposal: Proposal, desk: Desk) -> None:
    by = proposal.decided_by
    match proposal.state:
        case ProposalState.CONFIRMED:
            raise Decided(
                by,
                f"was faster: {proposal.id} is confirmed already.",
                f"`/cache show {proposal.operation_id}` tells how it goes.",
            )
        case ProposalState.DECLINED:
            raise Decided(by, f"has cancelled {proposal.id}.", "Ask for it anew.")
        case ProposalState.SUPERSEDED:
            raise OpsError(
                f"{proposal.id} no longer fits what is there now.",
                "A new plan was shown below it; decide on that one.",
            )
        case ProposalState.EXPIRED:
            raise OpsError(f"{proposal.id} has expired.", "Ask for it anew.")
        case ProposalState.OPEN:
            if proposal.expires_at <= desk.clock():
                raise OpsError(f"{proposal.id} has expired.", "Ask for it anew.")
