"""The diagnosis that a plan goes by, as rows: how each part stands, with its evidence."""

from core.plans import Plan
from core.symptoms import Condition
from handlers.blocks.card import Mark, Part, Row, Rows
from handlers.blocks.prose import prose

_MARKS = {
    Condition.OK: Mark.OK,
    Condition.WRONG: Mark.FAILING,
    Condition.UNKNOWN: Mark.UNKNOWN,
}


def parts_of_symptoms(plan: Plan) -> tuple[Part, ...]:
    """Show every symptom; nothing where the plan goes by no diagnosis."""
    rows = tuple(
        Row(_MARKS[one.condition], one.title, prose(one.evidence)) for one in plan.symptoms
    )
    return (Rows(rows),) if rows else ()
