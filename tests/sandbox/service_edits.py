"""Editing the service as a client does, and looking at what its revisions have become."""

from dataclasses import dataclass
from typing import Any

from google.cloud import run_v2

from sandbox.cloud.project import Project
from sandbox.cloud.run_state import copy
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import SERVICE

UPDATE_SERVICE = "google.cloud.run.v2.Services/UpdateService"
STAMP = "chatops.example.com/stamp"
TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"

State = run_v2.Condition.State


@dataclass(frozen=True, slots=True)
class Edited:
    """The service as it was read, as it was sent back, and the operation of that."""

    before: Any
    sent: Any
    operation: Any


def read(clients: Clients) -> Any:
    """Return the service as it is."""
    return clients.services.get_service(name=SERVICE)


def put(clients: Clients, service: Any) -> Any:
    """Replace the service, unless it has been changed since, and return the operation."""
    return clients.services.update_service(service=service)


def edit(clients: Clients, stamp: str = "1", **env: str) -> Edited:
    """Set variables and the stamp, with the revision's name taken out."""
    before = read(clients)
    sent = copy(before)
    for name, value in env.items():
        set_env(sent, name, value)
    sent.template.annotations[STAMP] = stamp
    sent.template.revision = ""
    return Edited(before, sent, put(clients, sent))


def set_env(service: Any, name: str, value: str) -> None:
    """Set one of the variables that there are."""
    (variable,) = [v for v in service.template.containers[0].env if v.name == name]
    variable.value = value


def newest(service: Any) -> str:
    """Return the short name of the newest revision."""
    return str(service.latest_created_revision).rpartition("/")[2]


def is_ready(service: Any) -> bool:
    """Tell whether the service is Ready by the documented rule, its newest revision included."""
    return bool(
        not service.reconciling
        and service.terminal_condition.state == State.CONDITION_SUCCEEDED
        and service.observed_generation == service.generation
        and service.latest_ready_revision == service.latest_created_revision
    )


def ready_condition(revision: Any) -> Any:
    """Return the condition that tells whether a revision is Ready."""
    (condition,) = [c for c in revision.conditions if c.type_ == "Ready"]
    return condition


def payloads(project: Project, revision: str) -> list[dict[str, Any]]:
    """Return the structured lines that instances of a revision have logged."""
    return [
        dict(entry.json_payload.items())
        for entry in project.logs.entries()
        if entry.resource.labels.get("revision_name") == revision and not entry.text_payload
    ]


def texts(project: Project, revision: str) -> str:
    """Return the plain lines of a revision's instances."""
    return "\n".join(
        entry.text_payload
        for entry in project.logs.entries()
        if entry.resource.labels.get("revision_name") == revision
    )
