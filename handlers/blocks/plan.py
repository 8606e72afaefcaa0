"""A plan as cards show it: what was found, the steps, the facts, what to keep in mind."""

from core.plans import EXACT_SET, Plan
from handlers.blocks.card import Code, Facts, Mark, Note, Part, Row, Rows
from handlers.blocks.cleanup import tables_of
from handlers.blocks.prose import prose
from handlers.blocks.steps import plan_of_step, title_of_step
from handlers.blocks.symptoms import parts_of_symptoms
from handlers.blocks.tfvars import parts_of_tfvars

_OF_ROLLBACK = frozenset(
    {
        "version before",
        "version to restore",
        "language model",
        "embedding model",
        "to restore",
        "to remove under sbert/",
        "nightly trigger",
        "nightly trigger at the end",
        "job models",
        "operation",
    }
)
_OF_RECOVERY = frozenset(
    {
        "bucket",
        "diagnosis",
        "delete rules to remove",
        "delete rules to add",
        "grant for the service",
        "grant for the sync job",
        "language model",
        "embedding model",
    }
)
_TOLD_ELSEWHERE = {"rollback": _OF_ROLLBACK, "undo": _OF_ROLLBACK, "recover": _OF_RECOVERY}
"""The facts that the summary, a step or a symptom tells already; a phone shows little at once.

`/cache show` has all of them.
"""


def parts_of_plan(plan: Plan) -> tuple[Part, ...]:
    """Return the parts of a plan that nothing has come of yet."""
    steps = (Row(Mark.INFO, title_of_step(step), plan_of_step(step)) for step in plan.steps)
    return (
        *parts_of_symptoms(plan),
        Rows(tuple(steps)),
        *tables_of(plan),
        *(Note(prose(warning)) for warning in plan.warnings),
        _facts(plan, _TOLD_ELSEWHERE.get(plan.verb, frozenset())),
        *parts_of_tfvars(plan),
    )


def facts_of(plan: Plan) -> Facts:
    """Return all facts that mean something to people."""
    return _facts(plan, frozenset())


def _facts(plan: Plan, hidden: frozenset[str]) -> Facts:
    shown = {
        name: fact for name, fact in plan.facts.items() if name != EXACT_SET and name not in hidden
    }
    return Facts(tuple((_label(name), (Code(fact),)) for name, fact in shown.items()))


def _label(name: str) -> str:
    """Begin with a capital, unless it is the name of a folder."""
    word = name.split(maxsplit=1)[0]
    return f"{name[0].upper()}{name[1:]}" if word.isalpha() else name
