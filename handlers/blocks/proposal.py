"""The plan card: what will change, who may say yes, until when, and how it was decided."""

from datetime import datetime
from typing import assert_never

from core.plans import Asking
from core.proposals import Proposal, ProposalState
from handlers.blocks.card import (
    Bullets,
    Button,
    ButtonStyle,
    Card,
    Code,
    Line,
    Mark,
    Moment,
    Note,
    Paragraph,
    Part,
    Person,
    Question,
)
from handlers.blocks.plan import parts_of_plan
from handlers.blocks.prose import sentence
from handlers.blocks.quantities import duration

ASK_FOR_WORD = "ask-for-word"
"""The action of the button that opens a form; its value is the yes without the word."""

_MARKS = {
    ProposalState.OPEN: Mark.WAITING,
    ProposalState.CONFIRMED: Mark.CONFIRMED,
    ProposalState.DECLINED: Mark.CANCELLED,
    ProposalState.EXPIRED: Mark.EXPIRED,
    ProposalState.SUPERSEDED: Mark.REPLACED,
}


def card_of_proposal(proposal: Proposal, now: datetime) -> Card:
    """Render a proposal as it stands at `now`; decided ones have no buttons."""
    return Card(
        title=f"Plan: {proposal.plan.verb}",
        mark=_MARKS[proposal.state],
        headline=_headline(proposal),
        parts=tuple(_parts(proposal)),
        buttons=_buttons(proposal, now),
    )


def _headline(proposal: Proposal) -> Line:
    match proposal.state:
        case ProposalState.OPEN:
            who = f"somebody with the role {_role(proposal)} has to confirm it"
            said = f"{proposal.plan.summary} Nothing has been changed yet: {who}"
            return (said, *_by_word(proposal), " before ", Moment(proposal.expires_at), ".")
        case ProposalState.CONFIRMED:
            return ("Confirmed by ", Person(proposal.decided_by), *_when(proposal), ".")
        case ProposalState.DECLINED:
            by: Line = ("Cancelled by ", Person(proposal.decided_by), *_when(proposal))
            return (*by, ". Nothing was changed.")
        case ProposalState.EXPIRED:
            return ("Nobody confirmed it in time. Nothing was changed.",)
        case ProposalState.SUPERSEDED:
            return ("The facts have changed, so this plan was not carried out; see the new one.",)
        case _:
            assert_never(proposal.state)


def _parts(proposal: Proposal) -> list[Part]:
    """Show all of a plan that waits; of a decided one what it was, in a sentence."""
    plan = proposal.plan
    asked: Line = ("Plan ", Code(proposal.id), ", asked for by ")
    origin = Note((*asked, Person(proposal.actor.user_id, proposal.actor.name), "."))
    if proposal.state is not ProposalState.OPEN:
        return [Paragraph((plan.summary,)), origin]
    parts: list[Part] = []
    if proposal.changes:
        parts.append(Note(("What has changed since the last plan:",)))
        parts.append(Bullets(tuple((change,) for change in proposal.changes)))
    parts += parts_of_plan(plan)
    undo = f"`/cache {plan.undo.format(id=proposal.id)}` takes it back." if plan.undo else ""
    parts.append(Note(sentence(f"It usually takes {duration(plan.expected)}.", undo, plan.no_undo)))
    return [*parts, origin]


def _buttons(proposal: Proposal, now: datetime) -> tuple[Button, ...]:
    asking = proposal.plan.ask
    if proposal.state is not ProposalState.OPEN or asking is None or proposal.expires_at <= now:
        return ()
    return (_yes(proposal, asking), Button("say-decline", "Cancel", f"decline {proposal.id}"))


def _yes(proposal: Proposal, asking: Asking) -> Button:
    """Make the button that says yes, or opens the form in which the word is typed."""
    style = ButtonStyle.DANGER if asking.danger else ButtonStyle.PRIMARY
    value = f"confirm {proposal.id}"
    if asking.typed:
        return Button(ASK_FOR_WORD, "Confirm\u2026", value, style)
    question = Question(
        f"Really {proposal.plan.verb}?", proposal.plan.summary[:280], "Yes, do it", "Not now"
    )
    return Button("say-confirm", "Confirm", value, style, question)


def _by_word(proposal: Proposal) -> Line:
    return (" by typing ", Code(proposal.word)) if proposal.word else ()


def _role(proposal: Proposal) -> str:
    asking = proposal.plan.ask
    return asking.role.word if asking else ""


def _when(proposal: Proposal) -> Line:
    return (" at ", Moment(proposal.decided_at)) if proposal.decided_at else ()
