"""Rollouts of the pretend Cloud Run: how new revisions start, fail, hang, and what they do."""

from datetime import datetime
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import SERVICE as SHORT
from sandbox.cloud.project import Project
from sandbox.cloud.revision_script import Fate
from sandbox.cloud.run_state import copy
from tests.sandbox.cache_contents import done as done_marker
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import SERVICE, TIMEOUT_SECONDS, finish
from tests.sandbox.service_edits import (
    TOGGLE,
    State,
    edit,
    is_ready,
    newest,
    payloads,
    put,
    read,
    ready_condition,
    texts,
)

HEALTH_CHECK = run_v2.Condition.RevisionReason.HEALTH_CHECK_CONTAINER_ERROR


def test_a_change_is_under_way_until_its_revision_is_ready(
    project: Project, clients: Clients
) -> None:
    """Meanwhile the old revision serves; then the new one does, by every part of the rule."""
    disasters.next_revision_hangs(project)
    edited = edit(clients)
    begun = edited.operation.metadata
    assert begun.reconciling
    assert begun.generation == edited.before.generation + 1
    assert begun.observed_generation == edited.before.generation
    assert begun.terminal_condition.state == State.CONDITION_RECONCILING
    assert begun.latest_created_revision != edited.before.latest_created_revision
    assert begun.latest_ready_revision == edited.before.latest_ready_revision
    assert begun.last_modifier.startswith("cachebot@")
    assert not edited.operation.done()
    assert read(clients) == begun
    starting = clients.revisions.get_revision(name=begun.latest_created_revision)
    assert starting.reconciling
    assert ready_condition(starting).state == State.CONDITION_RECONCILING
    disasters.release_revisions(project)
    ready = finish(edited.operation)
    assert ready == read(clients)
    assert is_ready(ready)
    assert ready.latest_created_revision == begun.latest_created_revision
    assert [traffic.percent for traffic in ready.traffic_statuses] == [100]


def test_the_first_instance_of_a_revision_starts_the_service(
    project: Project, clients: Clients
) -> None:
    """One startup is logged, under the new revision, with the version it found in the cache."""
    before = project.clock.now()
    service = finish(edit(clients).operation)
    lines = payloads(project, newest(service))
    assert [line["message"] for line in lines] == ["Model cache hit", "Startup complete"]
    assert {line["manifest_version"] for line in lines} == {done_marker(project)}
    assert lines[-1]["shared_volume_enabled"] is True
    times = [
        entry.timestamp.ToDatetime(tzinfo=before.tzinfo)
        for entry in project.logs.entries()
        if entry.resource.labels.get("revision_name") == newest(service)
    ]
    assert before < min(times) <= max(times) <= project.clock.now()


def test_the_toggle_decides_how_the_new_revision_starts(project: Project, clients: Clients) -> None:
    """Switched off it downloads for itself and leaves the cache alone; switched on it reads it."""
    cache = project.bucket.list(versions=True)
    disabled = finish(edit(clients, **{TOGGLE: "false"}).operation)
    assert payloads(project, newest(disabled))[-1]["shared_volume_enabled"] is False
    assert project.bucket.list(versions=True) == cache
    enabled = finish(edit(clients, **{TOGGLE: "true"}).operation)
    assert payloads(project, newest(enabled))[-1]["cache_hit"] is True


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        (Fate.FAILS_HEALTH_CHECK, "STARTUP HTTP probe failed"),
        (Fate.RUNS_OUT_OF_MEMORY, "Memory limit of 4096 MiB exceeded"),
    ],
)
def test_a_revision_that_fails_leaves_the_old_one_serving(
    project: Project, clients: Clients, fate: Fate, said: str
) -> None:
    """The operation is an error, the condition says why, and the traffic stays."""
    disasters.next_revision_fails(project, fate)
    edited = edit(clients, **{TOGGLE: "false"})
    with pytest.raises(exceptions.FailedPrecondition, match="is not ready and cannot serve"):
        finish(edited.operation)
    service = read(clients)
    assert not service.reconciling
    condition = service.terminal_condition
    assert (condition.type_, condition.state) == ("Ready", State.CONDITION_FAILED)
    assert condition.revision_reason == HEALTH_CHECK
    assert f"Revision '{newest(service)}'" in condition.message
    assert service.observed_generation == edited.before.generation < service.generation
    assert service.latest_ready_revision == edited.before.latest_ready_revision
    assert service.traffic_statuses == edited.before.traffic_statuses
    revision = clients.revisions.get_revision(name=service.latest_created_revision)
    assert ready_condition(revision).message == condition.message
    assert said in texts(project, newest(service))
    assert "Startup complete" not in {
        line["message"] for line in payloads(project, newest(service))
    }


def test_the_way_back_from_a_failure_is_a_new_revision(project: Project, clients: Clients) -> None:
    """Putting the old value back is a change of the template, and makes the service Ready."""
    disasters.next_revision_fails(project)
    failed = edit(clients, **{TOGGLE: "false"})
    with pytest.raises(exceptions.FailedPrecondition):
        finish(failed.operation)
    assert is_ready(finish(edit(clients, "2", **{TOGGLE: "true"}).operation))
    assert len(list(clients.revisions.list_revisions(parent=SERVICE))) == 4


def test_a_service_with_a_failed_template_stays_failed(project: Project, clients: Clients) -> None:
    """A change of something else does not cure the newest revision."""
    disasters.next_revision_fails(project)
    with pytest.raises(exceptions.FailedPrecondition):
        finish(edit(clients).operation)
    service = read(clients)
    service.labels["team"] = "tabular"
    with pytest.raises(exceptions.FailedPrecondition, match="is not ready"):
        finish(put(clients, service))
    assert read(clients).terminal_condition.state == State.CONDITION_FAILED


def test_a_later_change_overtakes_a_revision_that_hangs(project: Project, clients: Clients) -> None:
    """The service becomes Ready with the later one, and stays so when the first one starts."""
    disasters.next_revision_hangs(project)
    first = edit(clients, **{TOGGLE: "false"})
    second = finish(edit(clients, "2", **{TOGGLE: "true"}).operation)
    assert is_ready(second)
    hanging = first.operation.metadata.latest_created_revision
    assert clients.revisions.get_revision(name=hanging).reconciling
    disasters.release_revisions(project)
    short = hanging.rpartition("/")[2]
    assert project.state.wait_for(
        lambda: not project.state.revisions.get(short).reconciling, TIMEOUT_SECONDS
    )
    finish(first.operation)
    assert read(clients).latest_ready_revision == second.latest_ready_revision


def test_a_change_that_was_overtaken_ends_by_itself(project: Project, clients: Clients) -> None:
    """Its operation is done, and its revision serves, while the later one still hangs."""
    first = edit(clients)
    made = first.operation.metadata.latest_created_revision
    disasters.next_revision_hangs(project)
    second = edit(clients, "2")
    finish(first.operation)
    overtaken = read(clients)
    assert overtaken.reconciling
    assert overtaken.latest_ready_revision == made
    assert newest(overtaken) == newest(second.operation.metadata) != made.rpartition("/")[2]
    assert not second.operation.done()


@pytest.mark.parametrize("toggle", ["true", "false"])
def test_a_missing_bucket_fails_what_mounts_it(
    project: Project, clients: Clients, toggle: str
) -> None:
    """Switching the volume off is no way out while the template still mounts the bucket."""
    disasters.delete_bucket(project)
    with pytest.raises(exceptions.FailedPrecondition, match="bucket doesn't exist"):
        finish(edit(clients, **{TOGGLE: toggle}).operation)
    service = read(clients)
    assert "mounting volume failed" in texts(project, newest(service))
    assert "Starting tabular service" not in texts(project, newest(service))
    service.template.volumes = []
    service.template.containers[0].volume_mounts = []
    cured = finish(put(clients, service))
    assert is_ready(cured)
    last = payloads(project, newest(cured))[-1]
    assert (last["message"], last["cache_hit"]) == ("Startup complete", False)


def test_a_cache_that_cannot_be_written_fails_the_revision(
    project: Project, clients: Clients
) -> None:
    """Without the right to write the container exits, and never listens."""
    disasters.deny_permissions(project)
    with pytest.raises(exceptions.FailedPrecondition, match="failed to start and listen"):
        finish(edit(clients).operation)


def test_a_service_deleted_meanwhile_ends_its_rollout(project: Project, clients: Clients) -> None:
    """Nobody minds that the revision which was starting has no service any more."""
    disasters.next_revision_hangs(project)
    operation = edit(clients).operation
    project.state.services.remove(SHORT)
    disasters.release_revisions(project)
    project.rollouts.stop()
    with pytest.raises(exceptions.NotFound):
        operation.done()


def test_stopping_does_not_wait_for_what_hangs(project: Project) -> None:
    """A revision that hangs stays reconciling when the pretend cloud goes down, and ends there."""
    disasters.next_revision_hangs(project)
    with PretendCloud(project):
        begun: datetime = project.clock.now()
        project.rollouts.begin(SHORT, _with_label)
    assert (project.clock.now() - begun).total_seconds() < 10
    assert project.state.services.get(SHORT).reconciling
    with pytest.raises(RuntimeError, match="has been stopped"):
        project.rollouts.begin(SHORT, _with_label)


def _with_label(service: Any) -> Any:
    changed = copy(service)
    changed.template.revision = ""
    changed.template.labels["n"] = str(service.generation)
    return changed
