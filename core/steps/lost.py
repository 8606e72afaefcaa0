"""Making the newest complete version live again, object by object, the marker last.

Nothing is noted: each try lists what is there and goes on with what is not yet live. So a death
costs nothing, a lost reply is seen as an object that is live, and a conflict is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.context import Context
from core.errors import NotFound, PermissionDenied, Rejected, Unavailable
from core.executions import Execution, unfinished
from core.in_flight import CHUNK, write_all
from core.last_version import LastVersion, last_version, missing_of
from core.objects import StoredObject, live_by_name, total_bytes
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.quantities import count_text, size_text

_SOON = timedelta(seconds=0.1)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is there at one try: all versions kept, and the soft-deleted ones."""

    kept: Sequence[StoredObject]
    dropped: Sequence[StoredObject]

    @property
    def version(self) -> LastVersion | None:
        """The version that should be live."""
        return last_version([*self.kept, *self.dropped])


def restore_lost(context: Context) -> Outcome:
    """Restore some of what is missing, never beside a running sync."""
    writer = _running_sync(context)
    if writer is not None and not context.stopping:
        return Pending(f"Waiting for {writer.name}, which writes to the bucket.", context.pace.poll)
    scene = _Scene(context.cloud.objects(), context.cloud.soft_deleted())
    version = scene.version
    if version is None:
        return Done("No version that a sync has completed is left to restore.")
    missing = missing_of(version.objects, live_by_name(scene.kept))
    total = count_text(len(version.objects), "object")
    if not missing:
        size = size_text(total_bytes(version.objects))
        return Done(f"All {total} of the newest complete version are live, {size}.")
    if context.stopping:
        return Stopped(f"{len(missing)} of {total} are not live.")
    failure = _restore(_next_batch(missing, version), scene, context)
    if failure is not None:
        return failure
    ratio = 1 - len(missing) / len(version.objects)
    return Pending(f"{len(missing)} of {total} were still to be restored.", _SOON, ratio)


def _next_batch(missing: Sequence[StoredObject], version: LastVersion) -> Sequence[StoredObject]:
    """Return models first; the manifest once all of them are live, the marker after that."""
    models = [one for one in missing if one in version.models]
    return models[:CHUNK] or missing[:1]


def _restore(batch: Sequence[StoredObject], scene: _Scene, context: Context) -> Failed | None:
    """Restore a batch; what is live by now, by us or by others, is seen by the next try.

    Raises:
        Unavailable: nothing of it was restored; the next try looks again.
    """
    live = live_by_name(scene.kept)
    dropped = {(one.name, one.generation) for one in scene.dropped}

    def write(one: StoredObject) -> None:
        onto = live[one.name].generation if one.name in live else None
        if (one.name, one.generation) in dropped:
            context.cloud.restore_deleted(one, onto)
        else:
            context.cloud.restore_object(one, onto)

    errors = [error for _, error in write_all(batch, write)]
    for error in errors:
        if isinstance(error, PermissionDenied | Rejected | NotFound):
            done = count_text(len(batch) - len(errors), "object")
            return Failed(f"{error.message} {done} restored before.", error.hint)
    if len(errors) == len(batch):
        raise Unavailable(errors[0].message, errors[0].hint)
    return None


def _running_sync(context: Context) -> Execution | None:
    try:
        running = unfinished(context.cloud.executions())
    except NotFound:
        return None
    return running[0] if running else None
