"""Revisions of the pretend Cloud Run, and which of them the traffic goes to."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from sandbox.cloud.service_life import latest_traffic
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import PARENT, SERVICE, finish
from tests.sandbox.service_edits import (
    TOGGLE,
    State,
    edit,
    is_ready,
    newest,
    put,
    read,
    ready_condition,
)

RETIRED = run_v2.Condition.RevisionReason.RETIRED


def listed(clients: Clients) -> list[Any]:
    """Return the service's revisions, oldest first."""
    found = clients.revisions.list_revisions(parent=SERVICE)
    return sorted(found, key=lambda revision: revision.create_time)


def test_the_deployment_has_a_past(clients: Clients) -> None:
    """Two revisions are Ready, and the one without traffic is retired."""
    earlier, serving = listed(clients)
    assert read(clients).latest_ready_revision == serving.name
    for revision in (earlier, serving):
        assert ready_condition(revision).state == State.CONDITION_SUCCEEDED
        assert not revision.reconciling
        assert revision.service == "tabular-service"
    assert ready_condition(earlier).revision_reason == RETIRED
    assert ready_condition(serving).revision_reason == 0


def test_a_revision_is_what_the_template_said(clients: Clients) -> None:
    """It carries the template's containers and volumes, a name of its own, and lasts."""
    edited = edit(clients, **{TOGGLE: "false"})
    service = finish(edited.operation)
    _, earlier, latest = listed(clients)
    assert newest(service).startswith("tabular-service-00043-")
    assert latest.name == service.latest_created_revision
    assert latest.containers == edited.sent.template.containers
    assert latest.volumes == edited.sent.template.volumes
    assert latest.annotations == edited.sent.template.annotations
    assert earlier.containers == edited.before.template.containers
    assert ready_condition(earlier).revision_reason == RETIRED


def test_a_revision_may_be_named(clients: Clients) -> None:
    """A new name makes a revision of that name, even of the same template."""
    service = read(clients)
    service.template.revision = "tabular-service-rollback"
    assert newest(finish(put(clients, service))) == "tabular-service-rollback"


def test_pinned_traffic_does_not_move(project: Project, clients: Clients) -> None:
    """The new revision gets Ready, retired at once; what serves stays, and nothing is an error."""
    pinned = disasters.pin_traffic(project)
    before = read(clients)
    after = finish(edit(clients, **{TOGGLE: "false"}).operation)
    assert after.terminal_condition.state == State.CONDITION_SUCCEEDED
    assert after.observed_generation == after.generation
    assert after.latest_ready_revision == before.latest_ready_revision
    assert after.latest_created_revision != before.latest_created_revision
    assert after.traffic_statuses == before.traffic_statuses
    revision = clients.revisions.get_revision(name=after.latest_created_revision)
    assert ready_condition(revision).state == State.CONDITION_SUCCEEDED
    assert ready_condition(revision).revision_reason == RETIRED
    serving = clients.revisions.get_revision(name=f"{SERVICE}/revisions/{pinned}")
    assert ready_condition(serving).revision_reason == 0


def test_traffic_moves_whatever_becomes_of_the_newest(project: Project, clients: Clients) -> None:
    """Traffic can be sent to an earlier revision while the newest is a failed one."""
    disasters.make_revision_unready(project)
    failed = read(clients)
    pinned = disasters.pin_traffic(project)
    service = read(clients)
    assert [(t.revision, t.percent) for t in service.traffic_statuses] == [(pinned, 100)]
    assert service.terminal_condition.message == failed.terminal_condition.message
    assert service.observed_generation == failed.observed_generation


def test_unpinning_lets_the_latest_revision_serve(project: Project, clients: Clients) -> None:
    """Traffic sent to the latest goes to the newest Ready revision, without a new one."""
    disasters.pin_traffic(project)
    finish(edit(clients).operation)
    service = read(clients)
    service.traffic = latest_traffic()
    after = finish(put(clients, service))
    assert is_ready(after)
    assert after.latest_created_revision == service.latest_created_revision
    startup = project.service.start_instance(project.clock.now())
    assert startup.revision == newest(after)


def test_instances_are_of_the_revision_that_serves(project: Project, clients: Clients) -> None:
    """While traffic is pinned an instance starts with the variables of the pinned revision."""
    pinned = disasters.pin_traffic(project)
    finish(edit(clients, **{TOGGLE: "false"}).operation)
    startup = project.service.start_instance(project.clock.now())
    assert startup.revision == pinned
    assert startup.shared


def test_revisions_come_in_pages(clients: Clients) -> None:
    """Every revision is on exactly one page; "-" lists those of all services."""
    finish(edit(clients).operation)
    request = run_v2.ListRevisionsRequest(parent=SERVICE, page_size=1)
    pages = list(clients.revisions.list_revisions(request).pages)
    names = [revision.name for page in pages for revision in page.revisions]
    assert [len(page.revisions) for page in pages] == [1, 1, 1]
    assert len(set(names)) == 3
    everywhere = clients.revisions.list_revisions(parent=f"{PARENT}/services/-")
    assert {revision.name for revision in everywhere} == set(names)


def test_a_revision_that_is_not_there_is_not_found(clients: Clients) -> None:
    """An unknown name, or another service's, answers NOT_FOUND; so does an unknown parent."""
    name = read(clients).latest_ready_revision
    for wrong in (f"{name}x", name.replace("/tabular-service/", "/nobody/", 1)):
        with pytest.raises(exceptions.NotFound, match="of kind 'REVISION'"):
            clients.revisions.get_revision(name=wrong)
    with pytest.raises(exceptions.NotFound, match="of kind 'SERVICE'"):
        clients.revisions.list_revisions(parent=f"{PARENT}/services/nobody")
