"""The life of a revision: made from a service's template, starting, ready or failed, retired."""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from google.api.launch_stage_pb2 import LaunchStage
from google.cloud import run_v2

from sandbox.cloud.conditions import (
    FAILED,
    READY,
    RECONCILING,
    REVISION_REASONS,
    SUCCEEDED,
    condition,
    find,
    turn,
)
from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place
from sandbox.cloud.run_state import Resource, short_name

_CARRIED = frozenset(run_v2.RevisionTemplate.meta.fields) & frozenset(run_v2.Revision.meta.fields)
_PARTS = ("ContainerReady", "ContainerHealthy", "ResourcesAvailable")
_NUMBER = re.compile(r"-(\d{5})-[^-]+$")
_GUIDANCE = "https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"


def new_name(service: str, revisions: Iterable[Resource], ids: Ids) -> str:
    """Return `service-00043-abc`, numbered after the latest of the revisions there are."""
    found = (_NUMBER.search(short_name(revision)) for revision in revisions)
    latest = max((int(number.group(1)) for number in found if number), default=0)
    return f"{service}-{latest + 1:05}-{ids.suffix(3)}"


def new_revision(service: Resource, short: str, ids: Ids, creator: str) -> Resource:
    """Return a revision of the service's template; times come with the first turn."""
    template = service.template
    carried = {name: getattr(template, name) for name in _CARRIED if name in template}
    return run_v2.Revision(
        **carried,
        name=f"{service.name}/revisions/{short}",
        uid=ids.uid(),
        generation=1,
        launch_stage=LaunchStage.GA,
        service=short_name(service),
        creator=creator,
        reconciling=True,
    )


def created(revision: Resource, now: datetime) -> None:
    """Acknowledge it: all conditions are open."""
    revision.create_time = now
    turn(revision, *(condition(name, RECONCILING, now) for name in (READY, *_PARTS)))


def ready(revision: Resource, now: datetime) -> None:
    """Its first instance has started and passed the startup probe."""
    turn(revision, *(condition(name, SUCCEEDED, now) for name in (READY, *_PARTS)))
    _end(revision)


def failed(revision: Resource, now: datetime, message: str) -> None:
    """Its first instance did not start, for good."""
    available = condition("ResourcesAvailable", SUCCEEDED, now)
    turn(
        revision,
        *(_failure(name, now, message) for name in (READY, "ContainerReady", "ContainerHealthy")),
        available,
    )
    _end(revision)


def serve(revision: Resource, *, traffic: bool) -> None:
    """Mark a ready revision as retired while it gets no traffic: it stays Ready, with a reason."""
    end = find(revision, READY)
    if traffic:
        del end.revision_reason
    else:
        end.revision_reason = REVISION_REASONS.RETIRED


def is_ready(revision: Resource) -> bool:
    """Tell whether it could serve."""
    return bool(find(revision, READY).state == SUCCEEDED)


def failure_message(revision: Resource) -> str:
    """Return why it failed, empty where it has not."""
    end = find(revision, READY)
    return str(end.message) if end.state == FAILED else ""


def not_ready_message(revision: Resource, place: Place, why: str) -> str:
    """Return what Cloud Run says of a revision whose container did not start."""
    short = short_name(revision)
    advanced = (
        'resource.type="cloud_run_revision"\n'
        f'resource.labels.service_name="{revision.service}"\n'
        f'resource.labels.revision_name="{short}"'
    )
    logs = (
        f"https://console.cloud.google.com/logs/viewer?project={place.project}"
        f"&resource=cloud_run_revision/service_name/{revision.service}/revision_name/{short}"
        f"&advancedFilter={quote(advanced, safe='')}"
    )
    return (
        f"Revision '{short}' is not ready and cannot serve traffic. {why}\n\n"
        f"Logs URL: {logs}\nFor more troubleshooting guidance, see {_GUIDANCE}"
    )


def _failure(name: str, now: datetime, message: str) -> Resource:
    """Return a failed condition with the reason of a container that did not become healthy."""
    turned = condition(name, FAILED, now, message)
    turned.revision_reason = REVISION_REASONS.HEALTH_CHECK_CONTAINER_ERROR
    return turned


def _end(revision: Resource) -> None:
    revision.reconciling = False
    revision.observed_generation = revision.generation
