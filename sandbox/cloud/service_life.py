"""The life of a service: written by its owner, then brought into that state by the system.

What may differ meanwhile, and what stays where it was when that fails, as the comments on
`reconciling` say (cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#service).
"""

from collections.abc import Sequence
from datetime import datetime

from google.cloud import run_v2

from sandbox.cloud.conditions import (
    FAILED,
    READY,
    RECONCILING,
    REVISION_REASONS,
    SUCCEEDED,
    condition,
    turn,
)
from sandbox.cloud.revision_life import failure_message, is_ready
from sandbox.cloud.run_state import Resource

OUTPUT_ONLY = (
    "uid",
    "generation",
    "create_time",
    "update_time",
    "delete_time",
    "expire_time",
    "creator",
    "last_modifier",
    "urls",
    "observed_generation",
    "terminal_condition",
    "conditions",
    "latest_ready_revision",
    "latest_created_revision",
    "traffic_statuses",
    "uri",
    "satisfies_pzs",
    "threat_detection_enabled",
    "reconciling",
    "etag",
)

_CONFIGURATIONS, _ROUTES = "ConfigurationsReady", "RoutesReady"
_ALLOCATIONS = run_v2.TrafficTargetAllocationType
_LATEST = _ALLOCATIONS.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
_WAITING = run_v2.Condition.CommonReason.WAITING_FOR_OPERATION


def written(service: Resource, caller: str, now: datetime) -> None:
    """Its owner has changed it: a new generation, that nothing observes yet."""
    service.generation += 1
    service.last_modifier = caller
    service.reconciling = True
    service.terminal_condition = condition(READY, RECONCILING, now)
    service.terminal_condition.reason = _WAITING
    turn(service, *(condition(name, RECONCILING, now) for name in (_ROUTES, _CONFIGURATIONS)))


def settle(service: Resource, revisions: Sequence[Resource], now: datetime) -> None:
    """Bring the service as far as its newest revision allows: to rest, well or badly, or not yet.

    `revisions` are all of its revisions, oldest first.
    """
    _route(service, revisions)
    newest = [one for one in revisions if one.name == service.latest_created_revision]
    if message := "".join(failure_message(one) for one in newest):
        _fail(service, message, now)
    elif all(is_ready(one) for one in newest):
        _succeed(service, now)


def follows_latest(service: Resource) -> bool:
    """Tell whether a new revision gets traffic by itself; pinned traffic stays where it is."""
    targets = [target for target in service.traffic if target.percent]
    return not targets or any(target.type_ == _LATEST for target in targets)


def serving_revisions(service: Resource) -> list[str]:
    """Return the short names of the revisions that get traffic, the one that gets most first."""
    latest = str(service.latest_ready_revision).rpartition("/")[2]
    targets = sorted(service.traffic_statuses, key=lambda target: -int(target.percent))
    names = [
        latest if one.type_ == _LATEST else str(one.revision) for one in targets if one.percent
    ]
    return names or [latest]


def latest_traffic() -> list[Resource]:
    """Return the traffic of a service that sends all of it to the latest ready revision."""
    return [run_v2.TrafficTarget(type_=_LATEST, percent=100)]


def pinned_traffic(revision: str) -> list[Resource]:
    """Return the traffic of a service that sends all of it to the revision of that short name."""
    to_revision = _ALLOCATIONS.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
    return [run_v2.TrafficTarget(type_=to_revision, revision=revision, percent=100)]


def _route(service: Resource, revisions: Sequence[Resource]) -> None:
    """Send the traffic where it is wanted, to Ready revisions, whatever becomes of the newest.

    latest_ready_revision is "the latest revision that is serving traffic": where traffic is
    pinned it stays, although the new revision is Ready, and retired at once
    (github.com/BasedHardware/omi/pull/10254).
    """
    names = [one.name for one in revisions if is_ready(one)]
    if follows_latest(service) and names:
        service.latest_ready_revision = names[-1]
    ready = {"", *(name.rpartition("/")[2] for name in names)}
    targets = service.traffic or latest_traffic()
    if all(target.revision in ready for target in targets):
        service.traffic_statuses = [_status(target) for target in targets]


def _status(target: Resource) -> Resource:
    return run_v2.TrafficTargetStatus(
        type_=target.type_, revision=target.revision, percent=target.percent, tag=target.tag
    )


def _succeed(service: Resource, now: datetime) -> None:
    service.reconciling = False
    service.observed_generation = service.generation
    service.terminal_condition = condition(READY, SUCCEEDED, now)
    turn(service, *(condition(name, SUCCEEDED, now) for name in (_ROUTES, _CONFIGURATIONS)))


def _fail(service: Resource, message: str, now: datetime) -> None:
    service.reconciling = False
    terminal = condition(READY, FAILED, now, message)
    terminal.revision_reason = REVISION_REASONS.HEALTH_CHECK_CONTAINER_ERROR
    service.terminal_condition = terminal
    turn(
        service,
        condition(_ROUTES, SUCCEEDED, now),
        condition(_CONFIGURATIONS, FAILED, now, message),
    )
