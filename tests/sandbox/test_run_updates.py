"""UpdateService of the pretend Cloud Run, through Google's own client."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]  # no stubs

from sandbox.cloud import disasters, service_disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import SERVICE as SHORT
from sandbox.cloud.desired_state import raw
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import copy
from sandbox.faults import Fault, LoseReply, Refuse
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import SERVICE, finish
from tests.sandbox.service_edits import (
    STAMP,
    TOGGLE,
    UPDATE_SERVICE,
    edit,
    is_ready,
    put,
    read,
    set_env,
)

# Field 9000, length-delimited, "newer": what a newer version of the API might have added.
UNKNOWN = bytes([0xC2, 0xB2, 0x04, 5]) + b"newer"


def test_a_write_back_changes_one_key_only(clients: Clients) -> None:
    """After read, modify, write, the whole template equals what it was but for what was set."""
    edited = edit(clients, **{TOGGLE: "false"})
    finish(edited.operation)
    after = read(clients)
    expected = copy(edited.before)
    assert after.template != expected.template
    set_env(expected, TOGGLE, "false")
    expected.template.annotations[STAMP] = "1"
    expected.template.revision = ""
    assert after.template == expected.template
    for name in ("labels", "annotations", "traffic", "scaling", "ingress", "description", "uid"):
        assert getattr(after, name) == getattr(edited.before, name)


def test_unknown_fields_survive_byte_for_byte(project: Project, clients: Clients) -> None:
    """Fields that this library does not know come back unchanged at every depth."""

    def add(service: Any) -> None:
        message = raw(service)
        container = message.template.containers[0]
        for part in (message, message.template, container, container.env[3]):
            part.MergeFromString(UNKNOWN)

    project.state.services.change(SHORT, add)
    finish(edit(clients, **{TOGGLE: "false"}).operation)
    message = raw(read(clients))
    container = message.template.containers[0]
    for part in (message, message.template, container, container.env[3]):
        assert part.SerializeToString().count(UNKNOWN) >= 1
    assert message.SerializeToString().count(UNKNOWN) == 4
    assert raw(edit(clients, "2").before) == message


def test_what_a_full_replace_leaves_out_is_gone(clients: Clients) -> None:
    """Without a mask the request is the whole service: what it does not say is dropped."""
    service = read(clients)
    bare = run_v2.Service(name=SERVICE, template=service.template)
    bare.template.revision = ""
    del bare.template.containers[0].env[1:]
    finish(put(clients, bare))
    after = read(clients)
    assert not after.labels
    assert [v.name for v in after.template.containers[0].env] == ["GCP_PROJECT_ID"]
    assert after.uid == service.uid
    assert after.creator == service.creator


def test_a_change_since_the_reading_is_a_conflict(clients: Clients) -> None:
    """An etag of an earlier state answers ABORTED, which is a 409, and changes nothing."""
    stale = read(clients)
    finish(edit(clients).operation)
    between = read(clients)
    set_env(stale, TOGGLE, "false")
    stale.template.revision = ""
    with pytest.raises(exceptions.Aborted, match=r"Conflict for resource 'tabular-service'") as got:
        put(clients, stale)
    assert got.value.code == 409
    assert read(clients) == between
    stale.etag = ""
    assert finish(put(clients, stale)).generation == between.generation + 1


def test_the_etag_stays_while_the_change_is_carried_out(project: Project, clients: Clients) -> None:
    """Conditions and traffic turn under the etag and update_time of the last write."""
    disasters.next_revision_hangs(project)
    operation = edit(clients).operation
    written = operation.metadata
    disasters.release_revisions(project)
    ready = finish(operation)
    assert (ready.etag, ready.update_time) == (written.etag, written.update_time)
    assert ready.terminal_condition != written.terminal_condition


def test_an_unchanged_template_makes_no_revision(clients: Clients) -> None:
    """A label, and the cleared name, count a generation and nothing more."""
    before = read(clients)
    after = copy(before)
    after.labels["rollback"] = "true"
    after.template.revision = ""
    done = finish(put(clients, after))
    assert done.generation == before.generation + 1
    assert done.latest_created_revision == before.latest_created_revision
    assert is_ready(done)
    assert len(list(clients.revisions.list_revisions(parent=SERVICE))) == 2


def test_nothing_changed_is_nothing_written(clients: Clients) -> None:
    """Writing back what was read leaves generation and etag as they were."""
    before = read(clients)
    operation = put(clients, copy(before))
    assert operation.done()
    assert read(clients) == before


def test_a_mask_limits_what_is_written(clients: Clients) -> None:
    """Fields outside of the mask stay as they are, whatever the request holds there."""
    before = read(clients)
    sent = copy(before)
    sent.template.annotations[STAMP] = "masked"
    sent.template.revision = ""
    sent.labels.clear()
    mask = FieldMask(paths=["template", "uid"])
    done = finish(
        clients.services.update_service(run_v2.UpdateServiceRequest(service=sent, update_mask=mask))
    )
    assert done.labels == before.labels
    assert done.template == sent.template
    assert done.uid == before.uid


def test_validate_only_changes_nothing(clients: Clients) -> None:
    """It answers the service as it would be, or the refusal, and writes neither."""
    before = read(clients)
    service = copy(before)
    set_env(service, TOGGLE, "false")
    request = run_v2.UpdateServiceRequest(service=service, validate_only=True)
    with pytest.raises(exceptions.AlreadyExists):
        clients.services.update_service(request)
    service.template.revision = ""
    operation = clients.services.update_service(
        run_v2.UpdateServiceRequest(service=service, validate_only=True)
    )
    assert operation.done()
    assert operation.result().template == service.template
    assert read(clients) == before


def test_a_lost_reply_is_applied_once(cloud: PretendCloud, clients: Clients) -> None:
    """The caller sees UNAVAILABLE although it was written, and cannot write it twice."""
    cloud.faults.add(Fault(UPDATE_SERVICE, LoseReply(), times=1))
    before = read(clients)
    service = copy(before)
    set_env(service, TOGGLE, "false")
    service.template.revision = ""
    with pytest.raises(exceptions.ServiceUnavailable):
        put(clients, service)
    assert len(cloud.faults.seen(UPDATE_SERVICE)) == 1
    assert read(clients).generation == before.generation + 1
    with pytest.raises(exceptions.Aborted):
        put(clients, service)
    assert len(list(clients.revisions.list_revisions(parent=SERVICE))) == 3


def test_a_refused_call_changes_nothing(cloud: PretendCloud, clients: Clients) -> None:
    """An injected error reaches the caller and nothing is applied."""
    before = read(clients)
    cloud.faults.add(Fault(UPDATE_SERVICE, Refuse("PERMISSION_DENIED", "no actAs"), times=1))
    with pytest.raises(exceptions.PermissionDenied, match="no actAs"):
        edit(clients)
    assert read(clients) == before


def test_somebody_else_may_be_faster(project: Project, clients: Clients) -> None:
    """A change between the reading and the writing is kept, and the writer hears of it, once."""
    service_disasters.edit_before(project)
    with pytest.raises(exceptions.Aborted):
        edit(clients, **{TOGGLE: "false"})
    env = {v.name: v.value for v in read(clients).template.containers[0].env}
    assert (env["LOG_LEVEL"], env[TOGGLE]) == ("DEBUG", "true")
    assert is_ready(finish(edit(clients, **{TOGGLE: "false"}).operation))
