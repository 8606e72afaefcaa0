"""Properties of plan cards: short enough for a phone, and what matters comes first."""

from dataclasses import replace

from core.cache.symptoms import Condition
from core.plans import EXACT_SET, Plan
from handlers.blocks.card import Facts, Note, Rows
from handlers.blocks.plan import facts_of, parts_of_plan
from handlers.blocks.proposal import card_of_proposal
from handlers.blocks.text import to_text
from tests.core.recover_cases import LOST, gone, plan, wiped
from tests.handlers.blocks.operation_samples import NOW, PROPOSAL


def shown(made: Plan) -> set[str]:
    """Return the facts that the card of a plan shows."""
    return {
        name for part in parts_of_plan(made) if isinstance(part, Facts) for name, _ in part.pairs
    }


def test_what_is_said_of_several_parts_is_said_once() -> None:
    """Without a bucket nothing in it can be looked at: one row for all of that."""
    made = plan(gone(LOST))
    unknown = [one.title for one in made.symptoms if one.condition is Condition.UNKNOWN]
    rows = next(part for part in parts_of_plan(made) if isinstance(part, Rows)).rows
    assert [row.title for row in rows] == ["Bucket", ", ".join(unknown)]
    assert len(unknown) == 5


def test_a_card_leaves_out_the_facts_that_its_rows_tell() -> None:
    """The bucket, the roles and the rules stand in the rows already; one in full has them all."""
    made = plan(wiped())
    assert shown(made) == {"To restore", "Shared volume", "Running execution"}
    everything = {name for name, _ in facts_of(made).pairs}
    assert len(everything) == len(made.facts.keys() - {EXACT_SET}) > len(shown(made))


def test_warnings_come_before_facts() -> None:
    """Who reads no further than the steps has read what can go wrong."""
    parts = parts_of_plan(plan(wiped()))
    last_note = max(at for at, part in enumerate(parts) if isinstance(part, Note))
    assert last_note < next(at for at, part in enumerate(parts) if isinstance(part, Facts))


def test_a_plan_says_how_it_is_taken_back_or_that_nothing_does() -> None:
    """A plan that replaces another may have lost its undo: nobody should count on it."""
    for undo, no_undo in (("undo {id}", ""), ("", "This one cannot be undone: it is final.")):
        proposal = replace(PROPOSAL, plan=replace(PROPOSAL.plan, undo=undo, no_undo=no_undo))
        card = to_text(card_of_proposal(proposal, NOW))
        assert ("takes it back" in card) is bool(undo)
        assert no_undo in card
