"""Restoring a version: every source is there, every write is bound to what it replaces.

The bucket itself is the record of progress. An object whose content is live already is done,
whoever did it; one that still is what the plan saw gets its write; anything else was changed by
somebody else, and ends the step. So a crash, a lost reply or a refused precondition costs a
look and nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from core.cache.consistency import inspect_cache
from core.cache.evidence import CHANGED_BUCKET
from core.cache.manifest import parse_done
from core.cache.objects import DONE, SBERT, Generation, StoredObject, live_by_name
from core.cloud import Reader
from core.context import Context
from core.errors import CloudError, NotFound, PermissionDenied, Rejected, Unavailable
from core.in_flight import WIDTH, write_all, write_for_a_while
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.plans import (
    CheckSources,
    Restored,
    RestoreObjects,
    RetireObjects,
    VerifyRestored,
    WriteDone,
)
from core.quantities import count_text, size_text
from core.running import running_sync

_AGAIN = "Ask again: the plan is then made from what is there now."
_CHANGED = {CHANGED_BUCKET: "yes"}
_AT_ONCE = timedelta(seconds=0)


def check_sources(_step: CheckSources, context: Context) -> Outcome:
    """Look for every version that will be restored, before anything is written."""
    if context.stopping:
        return Stopped("Nothing was restored.")
    if rival := _rival(context.cloud):
        return Failed(rival, f"Nothing was restored. {_AGAIN}")
    steps = (one.step for one in context.operation.steps)
    items = [item for one in steps if isinstance(one, RestoreObjects) for item in one.items]
    objects = context.cloud.objects()
    live = live_by_name(objects)
    if gone := _gone([one for one in items if not _is_live(one, live)], objects):
        return Failed(
            f"{count_text(len(gone), 'version')} to restore are gone, such as {gone[0].name}.",
            f"Nothing was restored. {_AGAIN}",
        )
    return Done(f"{count_text(len(items), 'version')} found.")


def restore_objects(step: RestoreObjects, context: Context) -> Outcome:
    """Restore some of what is left; what was begun is finished, even where a stop is asked for.

    Stopping between two objects would leave a mix of two versions.
    """
    objects = context.cloud.objects()
    live = live_by_name(objects)
    left = [item for item in step.items if not _is_live(item, live)]
    total, done = len(step.items), len(step.items) - len(left)
    if not left:
        return Done(f"{count_text(total, 'object')} restored.", _CHANGED if total else {})
    if not done and _may_stop(context):
        return Stopped("Nothing was restored.")
    if problem := _obstacle(left, live, objects) or _rival(context.cloud):
        return Failed(f"{problem} {_so_far(done, total)}", _AGAIN, _CHANGED if done else {})
    sources = {(one.name, one.generation): one for one in objects}

    def restore(item: Restored) -> None:
        context.cloud.restore_object(sources[item.name, item.generation], item.onto)

    tried, errors = write_for_a_while(left, restore, context.clock, at_once=WIDTH)
    outcome = _progress(errors, tried, done, total)
    refused = [item for item, _ in errors]
    still = [*left[tried:], *refused]
    return replace(outcome, note=_amount(step, still)) if isinstance(outcome, Pending) else outcome


def _amount(step: RestoreObjects, left: Sequence[Restored]) -> str:
    """Say how much of a step is written, in objects and in bytes."""
    total, missing = (sum(one.size_bytes for one in some) for some in (step.items, left))
    done = len(step.items) - len(left)
    size = f"{size_text(total - missing)} of {size_text(total)}"
    return f"{done:,} of {count_text(len(step.items), 'object')} restored, {size}."


def retire_objects(step: RetireObjects, context: Context) -> Outcome:
    """Delete some of what is left; what somebody else has changed meanwhile stays."""
    live = live_by_name(context.cloud.objects())
    left = [(name, generation) for name, generation in step.items if name in live]
    changed = [name for name, generation in left if live[name].generation != generation]
    total, done = len(step.items), len(step.items) - len(left)
    if not left:
        return Done(f"{count_text(total, 'object')} removed.", _CHANGED)
    if not done and _may_stop(context):
        return Stopped("Nothing was restored.")
    if changed:
        problem = f"{changed[0]} was changed by somebody else."
        return Failed(f"{problem} {_so_far(done, total)}", _AGAIN, _CHANGED)

    def retire(item: tuple[str, Generation]) -> None:
        context.cloud.retire_object(*item)

    tried, errors = write_for_a_while(left, retire, context.clock)
    errors = [one for one in errors if not isinstance(one[1], NotFound)]
    return _progress(errors, tried, done, total)


def write_done(step: WriteDone, context: Context) -> Outcome:
    """Write the marker, unless it says the version already."""
    try:
        content, stored = context.cloud.read(DONE)
    except NotFound:
        content, stored = b"", None
    if stored is not None and parse_done(content) == step.version:
        return Done(f"The .done marker says {step.version}.", _CHANGED)
    if _may_stop(context):
        return Stopped("Nothing was restored.")
    if (stored.generation if stored else None) != step.onto:
        return Failed("The .done marker was changed by somebody else.", _AGAIN, _CHANGED)
    errors = write_all(
        [f"{step.version}\n".encode()],
        lambda text: context.cloud.write_object(DONE, text, step.onto),
    )
    return _progress(errors, 1, 0, 1)


def verify_restored(step: VerifyRestored, context: Context) -> Outcome:
    """Compare what is live with the version's own list, and let the usual check judge it too."""
    state = inspect_cache(context.cloud)
    wrong = [problem.text for problem in state.consistency.problems]
    wrong += _differences(step, state.live)
    if wrong or state.manifest is None or state.manifest.version != step.inventory.version:
        told = " ".join(wrong[:5]) or "The manifest is another one."
        return Failed(f"The cache is not what was to be restored. {told}", _AGAIN)
    evidence = {
        "after_version": state.manifest.version,
        "after_generation": str(state.manifest.generation),
        "after_bytes": str(sum(one.size_bytes for one in state.live.values())),
    }
    count = count_text(len(step.inventory.items), "object")
    return Done(f"{count} compared by checksum and size: all are version "
                f"{state.manifest.version}.", evidence)  # fmt: skip


def _differences(step: VerifyRestored, live: Mapping[str, StoredObject]) -> list[str]:
    wanted = {one.name: one for one in step.inventory.items}
    wrong = [
        f"{name} is not the version's own."
        for name, item in wanted.items()
        if name not in live or live[name].content != item.content
    ]
    extra = [name for name in live if name.startswith(SBERT) and name not in wanted]
    return wrong + [f"{name} does not belong to the version." for name in extra]


def _progress(
    errors: Sequence[tuple[object, CloudError]], tried: int, done: int, total: int
) -> Outcome:
    """Say how it goes on: what is refused for good ends it, anything else is looked at again.

    A refused precondition is no end by itself: the next look tells whether somebody else wrote
    or whether it was this very write, applied without its reply having come.
    """
    for _, error in errors:
        if isinstance(error, PermissionDenied | Rejected):
            so_far = _so_far(done + tried - len(errors), total)
            return Failed(f"{error.message} {so_far}", error.hint, _CHANGED)
    if len(errors) == tried:
        message = errors[0][1].message
        raise Unavailable(f"{message} {_so_far(done, total)}", errors[0][1].hint)
    done += tried - len(errors)
    return Pending(f"{done} of {total} done.", _AT_ONCE, ratio=done / total, evidence=_CHANGED)


def _may_stop(context: Context) -> bool:
    """Whether a stop is asked for and nothing was written yet; after that only the end is safe."""
    return context.stopping and CHANGED_BUCKET not in context.operation.evidence


def _obstacle(
    left: Sequence[Restored], live: Mapping[str, StoredObject], objects: Sequence[StoredObject]
) -> str:
    for item in left:
        now = live.get(item.name)
        if (now.generation if now else None) != item.onto:
            return f"{item.name} was changed by somebody else."
    if gone := _gone(left, objects):
        return f"The version of {gone[0].name} to restore is gone."
    return ""


def _gone(items: Sequence[Restored], objects: Sequence[StoredObject]) -> list[Restored]:
    known = {(one.name, one.generation) for one in objects}
    return [item for item in items if (item.name, item.generation) not in known]


def _is_live(item: Restored, live: Mapping[str, StoredObject]) -> bool:
    now = live.get(item.name)
    return now is not None and now.content == item.content


def _rival(reader: Reader) -> str:
    running = running_sync(reader)
    return f"{running.name} is running and may overwrite what is restored." if running else ""


def _so_far(done: int, total: int) -> str:
    return f"{done} of {count_text(total, 'object')} done so far." if done else "Nothing was done."
