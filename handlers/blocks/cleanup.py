"""What cards of a cleanup hold beside its steps: the set by folder, bytes before and after."""

from datetime import datetime

from core.cache.evidence import BYTES_AFTER, DELETED, DELETED_BYTES, REMAINING, RESTORABLE_UNTIL
from core.doomed import DeleteGenerations, VerifyDeletion
from core.operations import Operation
from core.plans import Plan
from handlers.blocks.card import Facts, Line, Moment, Part, Preformatted, Table
from handlers.blocks.quantities import count, duration, size


def tables_of(plan: Plan) -> tuple[Table, ...]:
    """Show, by folder and kind, what a plan deletes; ages are those at its making."""
    head = ("folder", "kind", "versions", "size", "oldest")
    return tuple(
        Table(
            head,
            tuple(
                (
                    share.folder,
                    share.kind,
                    f"{share.versions:,}",
                    size(share.size_bytes),
                    duration(step.planned_at - share.oldest),
                )
                for share in step.shares
            ),
        )
        for step in plan.steps
        if isinstance(step, DeleteGenerations)
    )


def deleted_line(operation: Operation) -> Line:
    """Say how much was deleted, where that was the aim."""
    evidence = operation.evidence
    if DELETED not in evidence:
        return ()
    what = count(int(evidence[DELETED]), "version")
    return (f"{what} ({size(int(evidence[DELETED_BYTES]))}) deleted, and nothing else touched. ",)


def parts_of_cleanup(operation: Operation) -> tuple[Part, ...]:
    """Tell the bytes before and after by kind, and until when soft delete keeps what went."""
    evidence = operation.evidence
    pairs: list[tuple[str, Line]] = []
    for step in operation.plan.steps:
        if not isinstance(step, VerifyDeletion):
            continue
        for kind, before in step.bytes_before.items():
            after = evidence.get(f"{BYTES_AFTER}{kind}")
            if after is not None:
                pairs.append(
                    (kind.capitalize(), (f"{size(before)} before, {size(int(after))} now",))
                )
    if until := evidence.get(RESTORABLE_UNTIL, ""):
        pairs.append(("Restorable until", (Moment(datetime.fromisoformat(until)),)))
    return (Facts(tuple(pairs)),) if pairs else ()


def remaining_of(operation: Operation) -> tuple[Part, ...]:
    """List what a cleanup has not deleted, each with the reason."""
    left = operation.evidence.get(REMAINING, "")
    return (Preformatted(left),) if left else ()
