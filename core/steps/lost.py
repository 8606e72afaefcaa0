"""Making the newest complete version live again, object by object, the marker last.

Nothing is noted: each try lists what is there and goes on with what is not yet live. So a death
costs nothing, a lost reply is seen as an object that is live, and a conflict is looked at again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.cache.consistency import read_done
from core.cache.last_version import last_version, missing_of
from core.cache.objects import DONE, MANIFEST, StoredObject, VersionKey, live_by_name, total_bytes
from core.context import Context
from core.errors import NotFound, PermissionDenied, Rejected, Unavailable
from core.in_flight import WIDTH, write_for_a_while
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.quantities import count_text, size_text
from core.remedies import RestoreLost
from core.running import running_sync

_SOON = timedelta(seconds=0.1)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is there at one try: the live objects, the version, and what of it is not live.

    `missing` is in the order in which they may become live, `dropped` names what is soft-deleted.
    """

    live: Mapping[str, StoredObject]
    wanted: Sequence[StoredObject]
    missing: Sequence[StoredObject]
    dropped: Collection[VersionKey]


def restore_lost(step: RestoreLost, context: Context) -> Outcome:
    """Restore some of what is missing, never beside a running sync."""
    writer = running_sync(context.cloud)
    if writer is not None and not context.stopping:
        return Pending(f"Waiting for {writer.name}, which writes to the bucket.", context.pace.poll)
    scene = _shown(step, context) if step.items else _newest(context)
    if isinstance(scene, Failed):
        return scene
    if not scene.wanted:
        return Done("No version that a sync has completed is left to restore.")
    total, missing = count_text(len(scene.wanted), "object"), scene.missing
    if not missing:
        size = size_text(total_bytes(scene.wanted))
        return Done(f"All {total} of the newest complete version{_name(context)} are live, {size}.")
    if context.stopping:
        return Stopped(f"{len(missing)} of {total} are not live.")
    failure = _restore(_next(missing), scene, context)
    if failure is not None:
        return failure
    there = len(scene.wanted) - len(missing)
    whole, lacking = total_bytes(scene.wanted), total_bytes(missing)
    told = f"{there:,} of {total} were live, {size_text(whole - lacking)} of {size_text(whole)}."
    return Pending(told, _SOON, there / len(scene.wanted))


def _name(context: Context) -> str:
    version = read_done(context.cloud)
    return f", {version}," if version else ""


def _shown(step: RestoreLost, context: Context) -> _Scene | Failed:
    """Find the very versions that the plan has shown; only what is not kept is soft-deleted."""
    kept = context.cloud.objects()
    live = live_by_name(kept)
    known = {one.key: one for one in kept}
    missing = [one for one in step.items if not one.is_live(live)]
    dropped: dict[VersionKey, StoredObject] = {}
    if any(one.key not in known for one in missing):
        dropped = {one.key: one for one in context.cloud.soft_deleted()}
    gone = [one.name for one in missing if one.key not in known and one.key not in dropped]
    if gone:
        are = "is" if len(gone) == 1 else "are"
        return Failed(
            f"{count_text(len(gone), 'version')} to restore {are} gone, such as {gone[0]}.",
            "`/cache recover` makes a new plan from what is there now.",
        )
    places = {**dropped, **known}
    wanted = [live[one.name] if one.is_live(live) else places[one.key] for one in step.items]
    return _Scene(live, wanted, [places[one.key] for one in missing], dropped.keys())


def _newest(context: Context) -> _Scene:
    """Find the newest complete version among all that came back with the bucket."""
    kept, dropped = context.cloud.objects(), context.cloud.soft_deleted()
    version = last_version([*kept, *dropped])
    wanted = version.objects if version else ()
    live = live_by_name(kept)
    return _Scene(live, wanted, missing_of(wanted, live), {one.key for one in dropped})


def _next(missing: Sequence[StoredObject]) -> Sequence[StoredObject]:
    """Return models first; the manifest once all of them are live, the marker after that."""
    models = [one for one in missing if one.name not in (MANIFEST, DONE)]
    return models or missing[:1]


def _restore(wanted: Sequence[StoredObject], scene: _Scene, context: Context) -> Failed | None:
    """Restore some of them; what is live by now, by us or by others, is seen by the next try.

    Raises:
        Unavailable: nothing of it was restored; the next try looks again.
    """

    def write(one: StoredObject) -> None:
        onto = scene.live[one.name].generation if one.name in scene.live else None
        if one.key in scene.dropped:
            context.cloud.restore_deleted(one, onto)
        else:
            context.cloud.restore_object(one, onto)

    tried, errors = write_for_a_while(wanted, write, context.clock, at_once=WIDTH)
    for _, error in errors:
        if isinstance(error, PermissionDenied | Rejected | NotFound):
            done = count_text(tried - len(errors), "object")
            return Failed(f"{error.message} {done} restored before.", error.hint)
    if len(errors) == tried:
        raise Unavailable(errors[0][1].message, errors[0][1].hint)
    return None
