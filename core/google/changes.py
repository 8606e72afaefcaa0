"""Changing the service or the job: read it, edit one thing, write the whole of it back.

An update without a mask replaces the whole, so it starts from what was just read, and the
etag makes Cloud Run refuse it where somebody else was faster. gRPC carries fields that this
library version does not know; REST would drop them.
Source: cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#updateservicerequest
and #updatejobrequest, which has no mask at all
"""

from google.cloud import run_v2

from core.deployment import VariableNames
from core.errors import Conflict, Rejected
from core.executions import JobChange
from core.google.executions import sync_container
from core.google.services import STAMP, cache_container
from core.services import ServiceChange


def edit_service(service: run_v2.Service, change: ServiceChange, variables: VariableNames) -> None:
    """Edit a service as read: set or remove variables, stamp the template.

    What a variable must have been is compared here, on the message whose etag is sent back.

    The name of the revision is cleared: written back, it would clash with the revision that
    has it already.

    Raises:
        Conflict: a variable is not what it must have been.
        Rejected: a variable takes its value from a secret.
    """
    _edit(cache_container(service.template, variables), change)
    service.template.annotations[STAMP] = change.stamp
    service.template.revision = ""


def edit_job(job: run_v2.Job, change: JobChange, variables: VariableNames) -> None:
    """Edit a job as read: set or remove variables, stamp the job.

    Raises:
        Conflict: a variable is not what it must have been.
        Rejected: a variable takes its value from a secret.
    """
    _edit(sync_container(job.template.template, variables), change)
    job.annotations[STAMP] = change.stamp


def _edit(container: run_v2.Container, change: ServiceChange | JobChange) -> None:
    found = {one.name: one for one in container.env}
    for name in change.after:
        if name in found and "value_source" in found[name]:
            raise Rejected(
                f"{name} takes its value from Secret Manager, so nothing was changed.",
                "Change the secret's value, or make it a plain variable first.",
            )
    for name, value in change.before.items():
        now = found[name].value if name in found else None
        if now != value:
            raise Conflict(f"{name} was changed meanwhile.", "Nothing was changed by this.")
    for name, value in change.after.items():
        _set(container, name, value)


def _set(container: run_v2.Container, name: str, value: str | None) -> None:
    position = next((at for at, one in enumerate(container.env) if one.name == name), None)
    if value is None:
        if position is not None:
            del container.env[position]
    elif position is None:
        container.env.append(run_v2.EnvVar(name=name, value=value))
    else:
        container.env[position].value = value
