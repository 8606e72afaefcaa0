"""Switching the shared volume off where the cache could not be brought back.

The last resort of a recovery: only where the cache is not consistent now, and only where it
helps. Cloud Run mounts the bucket before anything starts, so while the bucket is missing a new
revision fails whether it would use the volume or not, and none is made.
"""

from core.cache.consistency import inspect_cache
from core.cache.evidence import CHANGED_SERVICE
from core.context import Context
from core.errors import Conflict, NotFound
from core.outcomes import Done, Failed, Outcome, Pending
from core.remedies import DisableVolume
from core.services import Service, ServiceChange

_LATER = "`/cache recover` tries again; `/cache enable` switches the volume on again."
_MOUNT = (
    "The bucket stays mounted: should it be missing again, every start fails, with the volume "
    "switched off as well."
)


def disable_volume(step: DisableVolume, context: Context) -> Outcome:
    """Set the variable to false in one request, recognised again by its stamp.

    A stop is heard before the request alone: what was switched is followed and told.
    """
    try:
        service = context.cloud.service()
    except NotFound:
        return Done("There is no service to switch.")
    stamp = context.stamp_of(step)
    if service.stamp == stamp:
        return _follow(step, service, context)
    if context.stopping:
        return Done("A person has stopped it, so the shared volume is left as it is.")
    if not service.enabled:
        return Done(f"The shared volume is off already. {_MOUNT}")
    if reason := _helpless(service, context):
        return reason
    toggle = context.deployment.variables.toggle
    change = ServiceChange({toggle: service.toggle}, {toggle: "false"}, stamp)
    poll = context.pace.poll
    try:
        context.cloud.change_service(change)
    except Conflict:
        return Pending("The service was changed at the same moment; looking again.", poll)
    return Pending("Switched off; waiting for the new revision.", poll)


def _helpless(service: Service, context: Context) -> Outcome | None:
    """Say why switching off is not needed or would not help; None where it would."""
    try:
        state = inspect_cache(context.cloud)
    except NotFound:
        return Failed(
            "The shared volume was left on. The bucket is missing, and Cloud Run mounts it before "
            "anything starts: a new revision would fail with the volume switched off as well. "
            "Instances that run go on.",
            "Bring the bucket back first: `/cache recover`.",
        )
    if state.consistency.consistent:
        return Done("The cache is consistent, so the shared volume is left as it is.")
    name = context.deployment.variables.toggle
    if service.toggle_from_secret:
        return Failed(f"{name} takes its value from Secret Manager, so it was left on.", _LATER)
    if service.pinned:
        return Failed("The traffic is pinned, so switching off would reach nobody.", _LATER)
    return None


def _follow(step: DisableVolume, service: Service, context: Context) -> Outcome:
    """Look whether the revision with the volume off has become ready."""
    newest = service.latest_created_revision
    if service.ready and service.serving_latest:
        told = (
            f"The shared volume is switched off: {newest} serves without it until it is switched "
            f"on again. {_MOUNT}"
        )
        return Done(told, {CHANGED_SERVICE: "yes"})
    begun = context.record_of(step).started_at
    late = begun is not None and context.clock() - begun > step.longest
    if late or not (service.reconciling or service.ready):
        return Failed(
            f"The shared volume is switched off, but {newest} is not ready: {service.message} "
            f"{service.latest_ready_revision} goes on serving. {_MOUNT}",
            "`/cache status` tells how it stands.",
            {CHANGED_SERVICE: "yes"},
        )
    return Pending(service.message or "Waiting for the new revision.", context.pace.poll)
