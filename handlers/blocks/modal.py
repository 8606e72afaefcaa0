"""The modal of a plan that asks for a typed word: what is at stake, and where to type it."""

from core.errors import Decided, OpsError, UsageError
from core.plans import Plan
from core.proposals import Proposal
from handlers.blocks import limits
from handlers.blocks.card import Code, Line, Mark, Moment, Person, Strong
from handlers.blocks.escape import one_line
from handlers.blocks.kit import Block, context, marked, section, unmarked
from handlers.blocks.mrkdwn import SIGNS, mrkdwn
from handlers.blocks.prose import prose
from handlers.blocks.stakes import stakes_of

CALLBACK = "typed-word"
"""Names the modal in what Slack sends when it is submitted."""

WORD = "word"
"""The block of the input and the input itself."""

_SUMMARY = 1_000
_WARNING = 300
_WARNINGS = 3
_ERROR = 200


def modal_of(proposal: Proposal) -> Block:
    """Render the modal. The yes without its word comes back with what is typed.

    Source: docs.slack.dev/reference/views/modal-views
    """
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": f"confirm {proposal.id}",
        "title": unmarked(one_line(f"Confirm {proposal.plan.verb}"), limits.MODAL_WORDS),
        "submit": unmarked("Confirm", limits.MODAL_WORDS),
        "close": unmarked("Not now", limits.MODAL_WORDS),
        "blocks": [
            section(mrkdwn((f"{proposal.plan.summary} Nothing has been changed yet.",), _SUMMARY)),
            *_stakes(proposal.plan),
            *_warnings(proposal.plan.warnings),
            _input(proposal.word),
            context(marked(mrkdwn(_small_print(proposal), limits.CONTEXT))),
        ],
    }


def error_in_modal(error: OpsError) -> str:
    """Say a problem beneath an input: plain text, in which nothing is a mention or a command.

    How to word a command is left out: the reader has the input before them.
    """
    match error:
        case Decided(deed=deed, hint=hint):
            said = f"Somebody {deed} {hint}"
        case UsageError():
            said = error.message
        case _:
            said = str(error)
    return str(unmarked(said.replace("`", ""), _ERROR)["text"])


def _stakes(plan: Plan) -> list[Block]:
    """Say in one block what the yes destroys: the button that sends it is always green."""
    stakes = stakes_of(plan)
    if not stakes:
        return []
    line: Line = (Strong("What it destroys or replaces:"), " ", " ".join(stakes))
    return [section(mrkdwn(line, _SUMMARY))]


def _warnings(warnings: tuple[str, ...]) -> list[Block]:
    """Show the first few warnings; the card, which stays behind the modal, has them all."""
    sign = SIGNS[Mark.WARNING]
    lines: list[Line] = [(f"{sign} ", *prose(one)) for one in warnings[:_WARNINGS]]
    missing = len(warnings) - _WARNINGS
    if missing > 0:
        lines.append((f"{sign} {missing} more on the plan's card.",))
    return [section(mrkdwn(line, _WARNING)) for line in lines]


def _input(word: str) -> Block:
    element = {"type": "plain_text_input", "action_id": WORD, "focus_on_load": True}
    label = unmarked(f"Type {word} to confirm", limits.INPUT_LABEL)
    return {"type": "input", "block_id": WORD, "label": label, "element": element}


def _small_print(proposal: Proposal) -> Line:
    asking = proposal.plan.ask
    asked: Line = ("Plan ", Code(proposal.id), ", asked for by ")
    by = Person(proposal.actor.user_id, proposal.actor.name)
    needs = f". It needs the role {asking.role.word}, and expires at " if asking else ", until "
    return (*asked, by, needs, Moment(proposal.expires_at), ".")
