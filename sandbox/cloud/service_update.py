"""google.cloud.run.v2.UpdateServiceRequest: what it makes of a service, and when it is refused."""

from collections.abc import Callable
from typing import Any

import grpc

from sandbox.cloud.desired_state import masked, replaced, same
from sandbox.cloud.run_state import Resource, RunState, check_etag, copy, short_name
from sandbox.cloud.service_life import OUTPUT_ONLY
from sandbox.cloud.status import StatusError
from sandbox.cloud.template_rules import check_containers, check_keys

_SERVICE = "UpdateServiceRequest.service"
_MOST_NAME_LETTERS = 63


def wanted(request: Any) -> Callable[[Resource], Resource]:
    """Return what makes, of the service as it is, the one that the request wants.

    Without an update_mask, or with "*", the request replaces the whole service.
    """

    def edit(current: Resource) -> Resource:
        check_etag(request.service.etag, current)
        paths = list(request.update_mask.paths)
        new = request.service if paths in ([], ["*"]) else masked(current, request.service, paths)
        new = replaced(current, new, OUTPUT_ONLY)
        new.name = current.name
        return new

    return edit


def check(new: Resource, current: Resource, state: RunState) -> None:
    """Refuse a service that Cloud Run would not accept in the place of `current`."""
    check_keys(new, current, _SERVICE)
    check_keys(new.template, current.template, f"{_SERVICE}.template")
    check_containers(new.template, f"{_SERVICE}.template")
    _check_traffic(new, state)
    _check_revision_name(new, current, state)


def needs_revision(new: Resource, current: Resource) -> bool:
    """Tell whether the template has changed: an unchanged one makes no new revision.

    Taking the name of the revision out is no change, a name that is new is one.
    """
    name = new.template.revision
    if name and name != short_name_of(current.latest_created_revision):
        return True
    return not same(_nameless(new.template), _nameless(current.template))


def short_name_of(name: str) -> str:
    """Return the last segment of a full name."""
    return name.rpartition("/")[2]


def _check_revision_name(new: Resource, current: Resource, state: RunState) -> None:
    """Refuse the name of a revision that exists: revisions never change.

    It is enough that anything at all of the service changes, its traffic or scaling too
    (github.com/googleapis/google-cloud-python/issues/11870 and 14259).
    """
    name = str(new.template.revision)
    if not name or same(new, current):
        return
    if not name.startswith(f"{short_name(current)}-") or len(name) > _MOST_NAME_LETTERS:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Violation in {_SERVICE}.template.revision: '{name}' must start with "
            f"'{short_name(current)}-' and have at most {_MOST_NAME_LETTERS} characters.",
        )
    if state.revisions.has(name):
        raise StatusError(
            grpc.StatusCode.ALREADY_EXISTS,
            f"Revision named '{name}' with different configuration already exists.",
        )


def _check_traffic(new: Resource, state: RunState) -> None:
    percent = sum(target.percent for target in new.traffic)
    unknown = [
        target.revision
        for target in new.traffic
        if target.revision not in {"", new.template.revision}
        and not state.revisions.has(target.revision)
    ]
    why = ""
    if new.traffic and percent != 100:
        why = f"the percentages add up to {percent}, not 100"
    elif unknown:
        why = f"there is no revision '{unknown[0]}'"
    if why:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"Violation in {_SERVICE}.traffic: {why}."
        )


def _nameless(template: Resource) -> Resource:
    nameless = copy(template)
    nameless.revision = ""
    return nameless
