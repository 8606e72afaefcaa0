"""What a remedy is called, and what exactly it will do."""

from typing import assert_never

from core.cache.lifecycle import rule_text
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    ProveWhole,
    Remedy,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)
from handlers.blocks.card import Code, Line, Moment


def title_of_remedy(step: Remedy) -> str:
    """Say what a remedy does, in a few words."""
    match step:
        case RestoreBucket():
            return "Restore the deleted bucket"
        case CreateBucket():
            return "Create the bucket"
        case RepairBucket():
            return "Mend the bucket's settings"
        case AddRules():
            return "Add delete rules"
        case GrantAccess():
            return "Grant the accounts their roles"
        case RestoreLost():
            return "Restore the newest complete version"
        case ProveWhole():
            return "Look whether it is whole"
        case DisableVolume():
            return "Switch the shared volume off if need be"
        case _:
            assert_never(step)


def plan_of_remedy(step: Remedy) -> Line:
    """Say what exactly a remedy will do, for the card that asks for a yes."""
    match step:
        case RestoreBucket(generation, until):
            found: Line = ("Generation ", Code(str(generation)), ", which can be restored until ")
            return (*found, Moment(until), ".")
        case CreateBucket(spec):
            return (Code(spec.name), " in ", Code(spec.location), f", {_SPEC}")
        case RepairBucket(_, drop):
            gone = "rules that delete models too early"
            named = f" ({'; '.join(rule_text(one) for one in drop)})" if drop else ""
            return (f"Versioning on, {gone} removed{named}; every other rule stays.",)
        case AddRules(rules):
            listed = "; ".join(rule_text(one) for one in rules)
            return (f"{listed}. Each only where no rule of the bucket does its work.",)
        case GrantAccess(grants):
            return _listed([(Code(one.role), " to ", Code(one.member)) for one in grants])
        case RestoreLost():
            return (_RESTORING,)
        case ProveWhole():
            return ("Where it is, the steps after it are not needed: nothing is downloaded.",)
        case DisableVolume():
            return ()
        case _:
            assert_never(step)


_RESTORING = (
    "From noncurrent and soft-deleted versions, what is not live already: models, then the "
    "manifest, the .done marker last."
)
_SPEC = "with uniform access, versioning and lifecycle rules."


def _listed(lines: list[Line]) -> Line:
    joined: Line = ()
    for line in lines:
        joined = (*joined, *((", ",) if joined else ()), *line)
    return (*joined, "; every other binding stays.")
