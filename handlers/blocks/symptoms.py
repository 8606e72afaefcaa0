"""The diagnosis that a plan goes by, as rows: how each part stands, with its evidence."""

from core.cache.symptoms import Condition
from core.plans import Plan
from handlers.blocks.card import Mark, Part, Row, Rows
from handlers.blocks.prose import prose

_MARKS = {
    Condition.OK: Mark.OK,
    Condition.WRONG: Mark.FAILING,
    Condition.UNKNOWN: Mark.UNKNOWN,
}


def parts_of_symptoms(plan: Plan) -> tuple[Part, ...]:
    """Show every symptom, in one row those of which the same is to be said."""
    titles: dict[tuple[Condition, str], list[str]] = {}
    for one in plan.symptoms:
        titles.setdefault((one.condition, one.evidence), []).append(one.title)
    rows = tuple(
        Row(_MARKS[condition], ", ".join(same), prose(evidence))
        for (condition, evidence), same in titles.items()
    )
    return (Rows(rows),) if rows else ()
