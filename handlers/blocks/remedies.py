"""What a remedy is called, and what exactly it will do."""

from typing import assert_never

from core.quantities import duration_text
from core.remedies import (
    CreateBucket,
    DisableVolume,
    GrantAccess,
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
        case GrantAccess():
            return "Grant the accounts their roles"
        case RestoreLost():
            return "Restore the newest complete version"
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
        case RepairBucket(spec):
            age = duration_text(spec.temporary_age)
            kept = f"{spec.kept_versions} versions of each object kept"
            return (f"Versioning on, {kept}, .tmp/ emptied after {age}; other rules stay.",)
        case GrantAccess(grants):
            return _listed([(Code(one.role), " to ", Code(one.member)) for one in grants])
        case RestoreLost():
            return (_RESTORING,)
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
