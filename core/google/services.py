"""Cloud Run's message about the service, read into ours."""

from google.cloud import run_v2

from core.deployment import VariableNames
from core.google.times import moment
from core.services import Service, Traffic

_SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED
_FAILED = run_v2.Condition.State.CONDITION_FAILED
_LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST


STAMP = "cachebot.dev/change"
"""The annotation by which a change of ours is recognised: of the service's template, where a
unique value also makes a new revision where nothing else changes, and of the job itself, so
that executions do not inherit it. Names in Google's own domains are rejected.
"""


def service_of(message: run_v2.Service, variables: VariableNames) -> Service:
    """Read the service and, of its template, the container that holds the cache's variables."""
    container = cache_container(message.template, variables)
    toggle = next((one for one in container.env if one.name == variables.toggle), None)
    problem = _problem(message)
    return Service(
        name=_short(message.name),
        ready=not problem,
        message=problem,
        latest_created_revision=_short(message.latest_created_revision),
        latest_ready_revision=_short(message.latest_ready_revision),
        traffic=tuple(
            Traffic(_short(one.revision), one.percent, one.type_ == _LATEST)
            for one in message.traffic_statuses
            if one.percent
        ),
        pinned=_pinned(message),
        toggle=None if toggle is None else toggle.value,
        toggle_from_secret=toggle is not None and "value_source" in toggle,
        env={one.name: one.value for one in container.env if "value_source" not in one},
        service_account=message.template.service_account,
        mounts_bucket=_mounted_bucket(message.template, container),
        reconciling=_reconciling(message),
        stamp=message.template.annotations.get(STAMP, ""),
        secrets=frozenset(one.name for one in container.env if "value_source" in one),
        changed_at=moment(message.update_time),
        changed_by=message.last_modifier,
    )


def cache_container(
    template: run_v2.RevisionTemplate, variables: VariableNames
) -> run_v2.Container:
    """Choose the container with the toggle; else the one that takes requests; else the first."""
    containers = list(template.containers)
    toggled = [one for one in containers if any(v.name == variables.toggle for v in one.env)]
    serving = [one for one in containers if one.ports]
    return next(iter(toggled or serving or containers), run_v2.Container())


def _problem(message: run_v2.Service) -> str:
    """Say why the service is not ready, in the platform's words where it has any.

    The conditions: cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#service
    """
    terminal = message.terminal_condition
    reason = terminal.message
    if message.reconciling:
        return reason or "Cloud Run is still applying the last change."
    if terminal.state != _SUCCEEDED:
        return reason or "Cloud Run reports that the last change failed."
    if message.observed_generation != message.generation:
        return "Cloud Run has not yet taken up the last change."
    if message.latest_ready_revision != message.latest_created_revision:
        return f"The newest revision {_short(message.latest_created_revision)} is not ready."
    return ""


def _reconciling(message: run_v2.Service) -> bool:
    """Whether the last change is still being applied; a failed one is not taken up again."""
    if message.reconciling:
        return True
    failed = message.terminal_condition.state == _FAILED
    return bool(message.observed_generation != message.generation) and not failed


def _pinned(message: run_v2.Service) -> bool:
    """Whether a new revision would not receive all of the traffic.

    Source: cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
    """
    targets = [one for one in message.traffic if one.percent]
    latest = sum(one.percent for one in targets if one.type_ == _LATEST)
    return bool(targets) and latest != 100


def _mounted_bucket(template: run_v2.RevisionTemplate, container: run_v2.Container) -> str | None:
    mounted = {mount.name for mount in container.volume_mounts}
    volumes = [volume for volume in template.volumes if "gcs" in volume and volume.name in mounted]
    return volumes[0].gcs.bucket if volumes else None


def _short(resource: str) -> str:
    return resource.rsplit("/", 1)[-1]
