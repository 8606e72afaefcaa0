"""Cloud Run's Services of the pretend cloud, through Google's own client."""

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import PARENT, SERVICE

LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST


def test_the_default_service_is_ready_with_all_traffic_on_the_latest(clients: Clients) -> None:
    """The healthy service meets every part of the documented rule for Ready."""
    service = clients.services.get_service(name=SERVICE)
    assert not service.reconciling
    assert service.terminal_condition.type_ == "Ready"
    assert service.terminal_condition.state == run_v2.Condition.State.CONDITION_SUCCEEDED
    assert service.observed_generation == service.generation > 0
    assert service.latest_ready_revision == service.latest_created_revision
    assert service.latest_ready_revision.startswith(f"{SERVICE}/revisions/tabular-service-")
    assert [(t.type_, t.percent) for t in service.traffic_statuses] == [(LATEST, 100)]
    assert service.uid
    assert service.etag


def test_the_service_has_much_that_an_edit_could_destroy(clients: Clients) -> None:
    """The template holds many literals, secret references and the bucket mounted at /models."""
    template = clients.services.get_service(name=SERVICE).template
    (container,) = template.containers
    literals = {v.name: v.value for v in container.env if v.value}
    secrets = {v.name for v in container.env if v.value_source.secret_key_ref.secret}
    assert len(literals) == 25
    assert literals["SHARED_MODEL_VOLUME_ENABLED"] == "true"
    assert literals["LLM_MODEL_NAME"] == "llama3.2:1b"
    assert secrets == {"FEATHERLESS_API_KEY", "DATABASE_URL"}
    assert template.volumes[0].gcs.bucket == "sandbox-project-tabular-model-cache"
    assert container.volume_mounts[0].mount_path == "/models"
    assert template.service_account.startswith("tabular-service@")


def test_the_project_may_be_named_by_its_number(clients: Clients) -> None:
    """A name with the project's number finds the same service."""
    by_number = SERVICE.replace("sandbox-project", "123456789012")
    assert clients.services.get_service(name=by_number).name == SERVICE


@pytest.mark.parametrize(
    "name",
    [
        f"{PARENT}/services/nobody",
        SERVICE.replace("europe-west1", "us-central1"),
        SERVICE.replace("sandbox-project", "other-project"),
    ],
)
def test_a_service_that_is_not_there_is_not_found(clients: Clients, name: str) -> None:
    """Another service, region or project answers NOT_FOUND in Cloud Run's words."""
    with pytest.raises(exceptions.NotFound, match=r"of kind 'SERVICE' in region .* does not exist"):
        clients.services.get_service(name=name)


@pytest.mark.parametrize("name", ["tabular-service", f"{PARENT}/jobs/tabular-model-sync"])
def test_a_malformed_name_is_an_invalid_argument(clients: Clients, name: str) -> None:
    """A name of another form answers INVALID_ARGUMENT."""
    with pytest.raises(exceptions.InvalidArgument, match="Invalid resource name"):
        clients.services.get_service(name=name)


def test_pinned_traffic_shows_in_spec_and_status(project: Project, clients: Clients) -> None:
    """Pinning sends all traffic to a revision that is not the latest."""
    revision = disasters.pin_traffic(project)
    service = clients.services.get_service(name=SERVICE)
    assert [(t.revision, t.percent) for t in service.traffic] == [(revision, 100)]
    assert [(t.revision, t.percent) for t in service.traffic_statuses] == [(revision, 100)]
    assert not service.latest_ready_revision.endswith(revision)
    assert service.observed_generation == service.generation


def test_an_unready_revision_leaves_the_old_one_serving(project: Project, clients: Clients) -> None:
    """A revision that fails its health check is created but not ready, and says why."""
    revision = disasters.make_revision_unready(project)
    service = clients.services.get_service(name=SERVICE)
    assert service.latest_created_revision.endswith(f"/{revision}")
    assert service.latest_ready_revision != service.latest_created_revision
    assert service.observed_generation < service.generation
    condition = service.terminal_condition
    assert condition.state == run_v2.Condition.State.CONDITION_FAILED
    reasons = run_v2.Condition.RevisionReason
    assert condition.revision_reason == reasons.HEALTH_CHECK_CONTAINER_ERROR
    assert revision in condition.message


def test_the_disabled_flag_changes_one_variable_and_the_revision(
    project: Project, clients: Clients
) -> None:
    """Disabling by hand changes one variable's value, the etag and the latest revision."""
    before = clients.services.get_service(name=SERVICE)
    disasters.disable_flag(project)
    after = clients.services.get_service(name=SERVICE)
    old = {v.name: v for v in before.template.containers[0].env}
    new = {v.name: v for v in after.template.containers[0].env}
    changed = [name for name in old if old[name] != new[name]]
    assert changed == ["SHARED_MODEL_VOLUME_ENABLED"]
    assert new["SHARED_MODEL_VOLUME_ENABLED"].value == "false"
    assert after.etag != before.etag
    assert after.latest_ready_revision != before.latest_ready_revision
