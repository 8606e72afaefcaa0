"""Proving a cleanup by looking: its set is gone, and everything else is as it was."""

from collections.abc import Sequence

from core.cache.consistency import inspect_cache
from core.cache.evidence import BYTES_AFTER
from core.cache.objects import TEMPORARY, StoredObject, total_bytes
from core.context import Context
from core.doomed import DeleteGenerations, VerifyDeletion, digest_of, each
from core.outcomes import Done, Failed, Outcome
from core.parallel import PATIENCE, Known, ask
from core.quantities import count_text
from core.snapshot import Snapshot

_LOOK = "`/cache versions` shows what can still be restored, `/cache health` the rest."


def verify_deletion(step: VerifyDeletion, context: Context) -> Outcome:
    """List everything again and compare it with what was planned."""
    snapshot = Snapshot(context.cloud)
    soft_deleted = ask("soft-deleted objects", snapshot.soft_deleted)
    objects = snapshot.objects()
    doomed = {
        key
        for one in context.operation.plan.steps
        if isinstance(one, DeleteGenerations)
        for key, _ in each(one.objects)
    }
    still = sorted(one.name for one in objects if one.key in doomed)
    if still:
        what = count_text(len(still), "version")
        return Failed(f"{what} of the set are still there, such as `{still[0]}`.", _LOOK)
    others = others_of(objects)
    before = [one for one in others if one.created_at <= step.newest]
    if digest_of(one.key for one in before) != step.others:
        return Failed(_lost(step.others_count - len(before)), _LOOK)
    worse = [one for one in problems_of(snapshot) if one not in step.problems]
    if worse:
        return Failed(f"The set is gone, and the cache is worse than before. {worse[0]}", _LOOK)
    reading = soft_deleted.reading(PATIENCE)
    evidence = {f"{BYTES_AFTER}{kind}": str(size) for kind, size in bytes_of(objects).items()}
    if isinstance(reading, Known):
        evidence[f"{BYTES_AFTER}soft-deleted"] = str(total_bytes(reading.value))
    new = len(others) - len(before)
    aside = f" Meanwhile others have written {count_text(new, 'version')}." if new else ""
    return Done(
        f"Nothing of the set is left, the {len(before):,} other versions are untouched.{aside}",
        evidence,
    )


def _lost(number: int) -> str:
    """Say what went beside the set; nothing but the set was asked to be deleted."""
    lost, are = count_text(number, "version"), "is" if number == 1 else "are"
    return (
        f"The set is gone. {lost} that it did not hold {are} gone as well; lifecycle or somebody "
        "else may have taken what I did not ask for."
    )


def others_of(objects: Sequence[StoredObject]) -> list[StoredObject]:
    """Return the versions that make up the cache: everything outside `.tmp/`."""
    return [one for one in objects if not one.name.startswith(TEMPORARY)]


def problems_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Say what is wrong with the cache, one sentence each."""
    return tuple(problem.text for problem in inspect_cache(snapshot).consistency.problems)


def bytes_of(objects: Sequence[StoredObject]) -> dict[str, int]:
    """Add up what counts against the capacity, by kind."""
    return {
        "live": total_bytes(one for one in objects if one.live),
        "noncurrent": total_bytes(one for one in objects if not one.live),
    }
