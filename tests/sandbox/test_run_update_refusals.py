"""What UpdateService of the pretend Cloud Run refuses, through Google's own client."""

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]  # no stubs

from sandbox.cloud.deployment import SERVICE as SHORT
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import copy
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import PARENT, finish
from tests.sandbox.service_edits import (
    TOGGLE,
    edit,
    newest,
    put,
    read,
    set_env,
)

Change = Callable[[Any], None]
RESERVED = (
    "run.googleapis.com/execution-environment",
    "cloud.googleapis.com/location",
    "serving.knative.dev/rollout",
    "autoscaling.knative.dev/maxScale",
)


@pytest.mark.parametrize(
    "change",
    [
        lambda service: set_env(service, TOGGLE, "false"),
        lambda service: setattr(service.scaling, "min_instance_count", 1),
        lambda service: service.labels.update(rollback="true"),
    ],
    ids=["template", "scaling", "labels"],
)
def test_an_echoed_revision_name_clashes(clients: Clients, change: Change) -> None:
    """Any change that still names the existing revision answers ALREADY_EXISTS."""
    before = read(clients)
    assert before.template.revision == newest(before)
    after = copy(before)
    change(after)
    words = f"Revision named '{newest(before)}' with different configuration already exists"
    with pytest.raises(exceptions.AlreadyExists, match=words) as got:
        put(clients, after)
    assert isinstance(got.value, exceptions.Conflict)
    assert read(clients) == before


def test_an_echoed_name_clashes_under_a_mask_too(clients: Clients) -> None:
    """A mask that leaves the template alone does not help against the name in it."""
    service = read(clients)
    service.scaling.min_instance_count = 1
    mask = FieldMask(paths=["scaling.minInstanceCount"])
    request = run_v2.UpdateServiceRequest(service=service, update_mask=mask)
    with pytest.raises(exceptions.AlreadyExists):
        clients.services.update_service(request)


def test_a_mask_of_no_fields_is_refused(clients: Clients) -> None:
    """A path that is no field answers INVALID_ARGUMENT."""
    request = run_v2.UpdateServiceRequest(
        service=read(clients), update_mask=FieldMask(paths=["template.enviroment"])
    )
    with pytest.raises(exceptions.InvalidArgument, match="update_mask"):
        clients.services.update_service(request)


@pytest.mark.parametrize("key", RESERVED)
@pytest.mark.parametrize("kind", ["labels", "annotations"])
@pytest.mark.parametrize("part", ["service", "template"])
def test_reserved_keys_are_refused(clients: Clients, part: str, kind: str, key: str) -> None:
    """The system's own namespaces answer INVALID_ARGUMENT in labels and annotations alike."""
    service = read(clients)
    service.template.revision = ""
    target = service if part == "service" else service.template
    getattr(target, kind)[key] = "1"
    with pytest.raises(exceptions.InvalidArgument, match=f"system {kind} are not supported"):
        put(clients, service)


def test_reserved_keys_that_stand_already_may_stay(project: Project, clients: Clients) -> None:
    """An old resource's system annotation can be written back, but not changed."""
    key = "run.googleapis.com/build-id"

    def add(service: Any) -> None:
        service.annotations[key] = "old"

    project.state.services.change(SHORT, add)
    assert finish(edit(clients).operation).annotations[key] == "old"
    service = read(clients)
    service.annotations[key] = "new"
    with pytest.raises(exceptions.InvalidArgument, match="system annotations"):
        put(clients, service)


def _no_container(service: Any) -> None:
    service.template.containers = []


def _env_twice(service: Any) -> None:
    service.template.containers[0].env.append(run_v2.EnvVar(name=TOGGLE, value="false"))


def _mount_without_volume(service: Any) -> None:
    service.template.volumes = []


def _half_the_traffic(service: Any) -> None:
    service.traffic[0].percent = 50


def _traffic_to_nobody(service: Any) -> None:
    service.traffic = [run_v2.TrafficTarget(type_=2, revision="nobody", percent=100)]


def _somebody_elses_name(service: Any) -> None:
    service.template.revision = "other-service-00001-abc"


def _dotted_label(service: Any) -> None:
    service.labels["version"] = "v4.1.2"


@pytest.mark.parametrize(
    "change",
    [
        _no_container,
        _env_twice,
        _mount_without_volume,
        _half_the_traffic,
        _traffic_to_nobody,
        _somebody_elses_name,
        _dotted_label,
    ],
)
def test_what_cannot_be_meant_is_refused(clients: Clients, change: Change) -> None:
    """Such a service answers INVALID_ARGUMENT and changes nothing."""
    before = read(clients)
    service = copy(before)
    service.template.revision = ""
    change(service)
    with pytest.raises(exceptions.InvalidArgument):
        put(clients, service)
    assert read(clients) == before


def test_a_service_that_is_not_there_is_not_created(clients: Clients) -> None:
    """Updating it answers NOT_FOUND; asking to create it is not implemented."""
    service = run_v2.Service(read(clients), name=f"{PARENT}/services/nobody")
    with pytest.raises(exceptions.NotFound, match="of kind 'SERVICE'"):
        put(clients, service)
    request = run_v2.UpdateServiceRequest(service=service, allow_missing=True)
    with pytest.raises(exceptions.MethodNotImplemented):
        clients.services.update_service(request)
