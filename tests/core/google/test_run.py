"""Tests of Cloud Run's adapter against the pretend Cloud Run."""

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest
from google.cloud import run_v2
from google.longrunning import operations_pb2

from core.errors import NotFound, PermissionDenied, Unavailable
from core.executions import ExecutionName, ExecutionState
from core.google.connections import Connections
from core.google.endpoints import Endpoints
from core.google.google_cloud import GoogleCloud
from core.rights import Resource, rights_on
from core.services import Traffic
from sandbox.clock import Clock
from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.cloud.grpc_server import GrpcServer
from sandbox.cloud.run_state import is_finished
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Fault, Faults, LoseReply, Refuse
from tests.core.google.conftest import deployment_of

_RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"
_PATIENCE_SECONDS = 30


def test_the_job_is_read(cloud: GoogleCloud) -> None:
    """Its models, and how long a sync may take at most."""
    job = cloud.job()
    assert (job.name, job.llm_model, job.embedding_model) == (JOB, "llama3.2:1b", "BAAI/bge-m3")
    assert job.longest == timedelta(minutes=45)
    assert job.service_account.startswith("tabular-model-sync@")


@pytest.mark.parametrize("resource", [Resource.SERVICE, Resource.JOB])
def test_the_permissions_that_are_held_are_named(
    cloud: GoogleCloud, pretend: PretendCloud, resource: Resource
) -> None:
    """What is taken away is missing, and what needs it is refused."""
    wanted = [right.permission for right in rights_on(resource)]
    assert list(cloud.held_permissions(resource, wanted)) == wanted
    pretend.project.state.rights.deny("run.services.get", "run.jobs.get")
    assert list(cloud.held_permissions(resource, wanted)) == wanted[1:]
    with pytest.raises(PermissionDenied, match="may not read"):
        cloud.service()
    with pytest.raises(PermissionDenied, match="may not read"):
        cloud.job()


def test_rights_on_what_is_not_there_are_not_found(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Nobody holds anything on it."""
    pretend.project.state.services.remove(SERVICE)
    with pytest.raises(NotFound, match=SERVICE):
        cloud.held_permissions(Resource.SERVICE, ["run.services.get"])


def test_the_service_is_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A healthy one is Ready, on, not pinned, and mounts the bucket."""
    service = cloud.service()
    assert service.ready
    assert service.enabled
    assert not service.pinned
    assert service.serving_latest
    assert service.traffic == (Traffic("", 100, latest=True),)
    assert service.mounts_bucket == pretend.project.bucket_name


def test_the_services_disasters_are_told(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Switched off, unready and pinned each show, with the platform's reason."""
    disasters.disable_flag(pretend.project)
    assert cloud.service().toggle == "false"
    newest = disasters.make_revision_unready(pretend.project)
    unready = cloud.service()
    assert not unready.ready
    assert unready.latest_created_revision == newest
    assert "startup probe" in unready.message
    revision = disasters.pin_traffic(pretend.project)
    pinned = cloud.service()
    assert pinned.pinned
    assert pinned.traffic == (Traffic(revision, 100, latest=False),)


def test_executions_come_newest_first(lived_in_cloud: GoogleCloud, lived_in: PretendCloud) -> None:
    """The API's own order is by nothing that means anything."""
    listed = lived_in_cloud.executions()
    existing = lived_in.project.state.executions.all()
    by_age = sorted(existing, key=lambda one: one.create_time, reverse=True)
    assert [one.name for one in listed] == [one.name.rsplit("/", 1)[-1] for one in by_age]
    assert {one.state for one in listed} == {ExecutionState.SUCCEEDED, ExecutionState.FAILED}
    assert lived_in_cloud.executions(limit=2) == listed[:2]


def test_the_newest_execution_is_found_among_hundreds(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """It may stand on any page, so all pages are read."""
    project = pretend.project
    names = [project.executions.live_through(project.state.job(JOB), "ci").name for _ in range(3)]
    template = project.state.executions.get(names[-1].rsplit("/", 1)[-1])
    for number in range(250):
        older = run_v2.Execution(template)
        older.name = f"{names[-1]}-{number}"
        older.uid = f"{number * 97 % 250:04}"
        older.create_time = template.create_time - timedelta(hours=number + 1)
        project.state.executions.put(older)
    assert len(cloud.executions(limit=1000)) == 253
    assert cloud.executions(limit=1)[0].name == names[-1].rsplit("/", 1)[-1]


def test_an_execution_is_started_and_followed_by_its_name(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The name comes with the reply: nothing else is needed to find it again."""
    pretend.project.scripts.hold(Stage.PULLING_LLM)
    name = cloud.run_job()
    assert pretend.project.scripts.wait_until(name, Stage.PULLING_LLM, _PATIENCE_SECONDS)
    running = cloud.execution(name)
    assert running.state is ExecutionState.RUNNING
    assert running.creator.startswith("cachebot@")
    assert [one.name for one in cloud.executions()] == [name]


def test_a_lost_reply_to_run_is_unclear_and_not_repeated(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Exactly one call, exactly one execution, and the error says to look first."""
    pretend.faults.add(Fault(_RUN_JOB, LoseReply()))
    with pytest.raises(Unavailable) as caught:
        cloud.run_job()
    assert "may or may not have been applied" in caught.value.hint
    assert len(pretend.faults.seen(_RUN_JOB)) == 1
    assert len(cloud.executions()) == 1


@pytest.mark.parametrize("status", ["UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "UNKNOWN"])
def test_no_unclear_answer_to_run_is_asked_again(
    cloud: GoogleCloud, pretend: PretendCloud, status: str
) -> None:
    """Whatever the library's own defaults are."""
    pretend.faults.add(Fault(_RUN_JOB, Refuse(status)))
    with pytest.raises(Unavailable):
        cloud.run_job()
    assert len(pretend.faults.seen(_RUN_JOB)) == 1


def test_a_refusal_to_run_names_the_permission(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Nothing was started, and the reader knows what to grant."""
    pretend.faults.add(Fault(_RUN_JOB, Refuse("PERMISSION_DENIED")))
    with pytest.raises(PermissionDenied, match="may not run the job tabular-model-sync"):
        cloud.run_job()


@pytest.fixture
def tight_lipped(pretend: PretendCloud) -> Iterator[GoogleCloud]:
    """Connect to a server that runs jobs and says nothing about the execution."""
    reply = bytes(operations_pb2.Operation(name="operations/1").SerializeToString())

    def run_job(_: bytes, __: grpc.ServicerContext) -> bytes:
        return reply

    server = GrpcServer({f"/{_RUN_JOB}": run_job}, Faults(Clock()))
    server.start()
    deployment = deployment_of(pretend)
    endpoints = Endpoints(pretend.storage_url, server.target, pretend.monitoring_url)
    cloud = GoogleCloud(Connections.open(deployment.project, endpoints), deployment)
    yield cloud
    cloud.close()
    server.stop()


def test_a_reply_without_an_execution_is_unclear(tight_lipped: GoogleCloud) -> None:
    """One was probably started, but nobody knows which."""
    with pytest.raises(Unavailable, match="named no execution"):
        tight_lipped.run_job()


def test_a_running_execution_is_cancelled(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """It ends as cancelled, which is no success."""
    pretend.project.scripts.hold(Stage.PULLING_LLM)
    name = cloud.run_job()
    assert pretend.project.scripts.wait_until(name, Stage.PULLING_LLM, _PATIENCE_SECONDS)
    cloud.cancel_execution(name)
    assert pretend.project.state.wait_for(
        lambda: is_finished(pretend.project.state.executions.get(name)), _PATIENCE_SECONDS
    )
    assert cloud.execution(name).state is ExecutionState.CANCELLED


def test_cancelling_what_has_ended_changes_nothing(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Whoever was too late has no error to read."""
    project = pretend.project
    launched = project.executions.live_through(project.state.job(JOB), "ci")
    name = ExecutionName(launched.name.rsplit("/", 1)[-1])
    cloud.cancel_execution(name)
    assert cloud.execution(name).state is ExecutionState.SUCCEEDED


def test_an_unknown_execution_is_not_found(cloud: GoogleCloud) -> None:
    """A mistyped name is told apart from trouble."""
    with pytest.raises(NotFound, match="no execution nobody-knows"):
        cloud.execution(ExecutionName("nobody-knows"))
    with pytest.raises(NotFound):
        cloud.cancel_execution(ExecutionName("nobody-knows"))


def test_reads_are_made_again_when_the_service_is_busy(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The generated clients do not do so of themselves for jobs and executions."""
    for method in ("Jobs/GetJob", "Services/GetService", "Executions/ListExecutions"):
        pretend.faults.add(Fault(f"google.cloud.run.v2.{method}", Refuse("UNAVAILABLE"), times=2))
    assert cloud.job().name == JOB
    assert cloud.service().name == SERVICE
    assert cloud.executions() == []
    assert len(pretend.faults.seen("google.cloud.run.v2.*")) == 9


def test_absent_parts_are_not_found(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Each error names what is missing, so that it can read "not configured"."""
    pretend.project.state.jobs.remove(JOB)
    pretend.project.state.services.remove(SERVICE)
    disasters.remove_scheduler(pretend.project)
    with pytest.raises(NotFound, match=JOB):
        cloud.job()
    with pytest.raises(NotFound, match=JOB):
        cloud.executions()
    with pytest.raises(NotFound, match=JOB):
        cloud.run_job()
    with pytest.raises(NotFound, match=SERVICE):
        cloud.service()
    with pytest.raises(NotFound, match="tabular-model-sync-nightly"):
        cloud.nightly()
