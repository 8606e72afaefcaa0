"""A plan as cards show it: what was found, the steps, the facts, what to keep in mind."""

from core.plans import EXACT_SET, Plan
from handlers.blocks.card import Code, Facts, Mark, Note, Part, Row, Rows
from handlers.blocks.cleanup import tables_of
from handlers.blocks.prose import prose
from handlers.blocks.steps import plan_of_step, title_of_step
from handlers.blocks.symptoms import parts_of_symptoms
from handlers.blocks.tfvars import parts_of_tfvars


def parts_of_plan(plan: Plan) -> tuple[Part, ...]:
    """Return the parts of a plan that nothing has come of yet."""
    steps = (Row(Mark.INFO, title_of_step(step), plan_of_step(step)) for step in plan.steps)
    return (
        *parts_of_symptoms(plan),
        Rows(tuple(steps)),
        *tables_of(plan),
        facts_of(plan),
        *parts_of_tfvars(plan),
        *(Note(prose(warning)) for warning in plan.warnings),
    )


def facts_of(plan: Plan) -> Facts:
    """Return the facts that mean something to people."""
    shown = {name: fact for name, fact in plan.facts.items() if name != EXACT_SET}
    return Facts(tuple((_label(name), (Code(fact),)) for name, fact in shown.items()))


def _label(name: str) -> str:
    """Begin with a capital, unless it is the name of a folder."""
    word = name.split(maxsplit=1)[0]
    return f"{name[0].upper()}{name[1:]}" if word.isalpha() else name
