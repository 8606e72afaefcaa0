"""What a plan destroys, in plain words: a form has no red button that would say it."""

from core.doomed import DeleteGenerations
from core.plans import Plan, RestoreObjects, RetireObjects, Step
from core.quantities import count_text, size_text
from core.remedies import CreateBucket, DisableVolume, RepairBucket, RestoreBucket, RestoreLost

_OLD_VERSION = "What is live there now becomes an old version, kept as long as versioning keeps it."


def stakes_of(plan: Plan) -> tuple[str, ...]:
    """Return what is destroyed or replaced, a sentence or two for each; often nothing."""
    told = [_of_step(step) for step in (*plan.steps, *plan.closing)]
    return tuple(dict.fromkeys(one for one in told if one))


def _of_step(step: Step) -> str:
    match step:
        case DeleteGenerations(_, shares, _, soft_delete):
            versions = count_text(sum(one.versions for one in shares), "version")
            size = size_text(sum(one.size_bytes for one in shares))
            final = "for good, at once: soft delete is off" if soft_delete is None else "for good"
            return f"It deletes {versions} of objects ({size}) {final}. I cannot bring them back."
        case RestoreObjects(items):
            replaced = sum(one.onto is not None for one in items)
            if not replaced:
                return ""
            return f"It overwrites {count_text(replaced, 'live object')}. {_OLD_VERSION}"
        case RetireObjects(items):
            return f"It removes {count_text(len(items), 'live object')}. {_OLD_VERSION}"
        case RestoreLost():
            return f"It overwrites what is live under the names that it restores. {_OLD_VERSION}"
        case RestoreBucket():
            return "It destroys nothing in the bucket: it makes the deleted one live again."
        case CreateBucket():
            return "It creates an empty bucket of this name; nothing of the old one is left in it."
        case RepairBucket(_, drop) if drop:
            return f"It removes {count_text(len(drop), 'delete rule')} of the bucket."
        case DisableVolume():
            return "Where it fails, it may switch the shared volume off for every new instance."
        case _:
            return ""
