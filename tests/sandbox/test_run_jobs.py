"""Cloud Run's Jobs of the pretend cloud, through Google's own client."""

import re
from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import Project
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Fault, LoseReply, Refuse
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import JOB, PARENT, finish

RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"
Overrides = run_v2.RunJobRequest.Overrides


def test_the_job_says_how_it_runs(clients: Clients) -> None:
    """The job has 900 s an attempt, two retries and the models in its environment."""
    job = clients.jobs.get_job(name=JOB)
    task = job.template.template
    env = {v.name: v.value for v in task.containers[0].env}
    assert task.timeout == timedelta(seconds=900)
    assert task.max_retries == 2
    assert job.template.task_count == 1
    assert env["MODEL_SYNC_MODE"] == "1"
    assert (env["LLM_MODEL_NAME"], env["EMBEDDING_MODEL_NAME"]) == ("llama3.2:1b", "BAAI/bge-m3")
    assert job.observed_generation == job.generation


def test_the_job_knows_its_newest_execution(clients: Clients) -> None:
    """The newest execution and their number are in the job itself."""
    job = clients.jobs.get_job(name=JOB)
    executions = list(clients.executions.list_executions(parent=JOB))
    newest = max(executions, key=lambda execution: execution.create_time)
    assert job.execution_count == len(executions) == 10
    assert newest.name.endswith(f"/{job.latest_created_execution.name}")
    statuses = run_v2.ExecutionReference.CompletionStatus
    assert job.latest_created_execution.completion_status == statuses.EXECUTION_SUCCEEDED


def test_run_job_answers_with_the_new_execution_at_once(project: Project, clients: Clients) -> None:
    """The operation's metadata is the unfinished execution, its result the finished one."""
    project.scripts.hold(Stage.STARTING)
    operation = clients.jobs.run_job(name=JOB)
    execution = operation.metadata
    assert re.fullmatch(f"{JOB}/executions/tabular-model-sync-[a-z0-9]{{5}}", execution.name)
    assert execution.create_time is not None
    assert execution.completion_time is None
    assert execution.creator == "cachebot@sandbox-project.iam.gserviceaccount.com"
    assert "tabular-model-sync" in execution.log_uri
    assert not operation.done()
    project.scripts.release()
    assert finish(operation).succeeded_count == 1
    assert operation.metadata.completion_time is not None


def test_execution_names_are_unique(project: Project, clients: Clients) -> None:
    """Every run gets a name of its own."""
    project.scripts.hold(Stage.STARTING)
    names = {clients.jobs.run_job(name=JOB).metadata.name for _ in range(5)}
    assert len(names) == 5
    assert len(list(clients.executions.list_executions(parent=JOB))) == 15


def test_overrides_change_this_execution_only(project: Project, clients: Clients) -> None:
    """Env is merged, args and timeout replace, and the job stays as it was."""
    project.scripts.hold(Stage.STARTING)
    before = clients.jobs.get_job(name=JOB)
    overrides = Overrides(
        container_overrides=[
            Overrides.ContainerOverride(
                env=[run_v2.EnvVar(name="LLM_MODEL_NAME", value="llama3.2:3b")], args=["--verbose"]
            )
        ],
        timeout=timedelta(seconds=60),
    )
    operation = clients.jobs.run_job(run_v2.RunJobRequest(name=JOB, overrides=overrides))
    task = operation.metadata.template
    env = {v.name: v.value for v in task.containers[0].env}
    assert env["LLM_MODEL_NAME"] == "llama3.2:3b"
    assert env["EMBEDDING_MODEL_NAME"] == "BAAI/bge-m3"
    assert list(task.containers[0].args) == ["--verbose"]
    assert task.timeout == timedelta(seconds=60)
    after = clients.jobs.get_job(name=JOB)
    assert after.template == before.template
    assert after.etag == before.etag


@pytest.mark.parametrize(
    "override",
    [
        Overrides.ContainerOverride(name="nobody"),
        Overrides.ContainerOverride(args=["a"], clear_args=True),
        Overrides.ContainerOverride(env=[run_v2.EnvVar(value="nameless")]),
    ],
)
def test_wrong_overrides_are_refused(clients: Clients, override: object) -> None:
    """Overrides that cannot be meant answer INVALID_ARGUMENT and start nothing."""
    request = run_v2.RunJobRequest(name=JOB, overrides=Overrides(container_overrides=[override]))
    with pytest.raises(exceptions.InvalidArgument):
        clients.jobs.run_job(request)
    assert clients.jobs.get_job(name=JOB).execution_count == 10


def test_a_stale_etag_is_refused(clients: Clients) -> None:
    """A run decided on another version of the job answers ABORTED and starts nothing."""
    with pytest.raises(exceptions.Aborted):
        clients.jobs.run_job(run_v2.RunJobRequest(name=JOB, etag='"stale"'))
    assert clients.jobs.get_job(name=JOB).execution_count == 10


def test_validate_only_starts_nothing(clients: Clients) -> None:
    """A run that is only validated answers a finished operation and no execution."""
    operation = clients.jobs.run_job(run_v2.RunJobRequest(name=JOB, validate_only=True))
    assert operation.done()
    assert clients.jobs.get_job(name=JOB).execution_count == 10


def test_a_lost_reply_leaves_exactly_one_execution(
    cloud: PretendCloud, project: Project, clients: Clients
) -> None:
    """The caller sees UNAVAILABLE although the execution was started, once."""
    project.scripts.hold(Stage.STARTING)
    cloud.faults.add(Fault(RUN_JOB, LoseReply(), times=1))
    with pytest.raises(exceptions.ServiceUnavailable):
        clients.jobs.run_job(name=JOB)
    assert len(cloud.faults.seen(RUN_JOB)) == 1
    unfinished = [
        execution
        for execution in clients.executions.list_executions(parent=JOB)
        if execution.completion_time is None
    ]
    assert len(unfinished) == 1


def test_a_refused_call_starts_nothing(cloud: PretendCloud, clients: Clients) -> None:
    """An injected error status reaches the caller and nothing is applied."""
    cloud.faults.add(Fault(RUN_JOB, Refuse("PERMISSION_DENIED", "no run.jobs.run"), times=1))
    with pytest.raises(exceptions.PermissionDenied, match=r"no run\.jobs\.run"):
        clients.jobs.run_job(name=JOB)
    assert clients.jobs.get_job(name=JOB).execution_count == 10


def test_an_unknown_job_is_not_found(clients: Clients) -> None:
    """Looking up or running a job that is not there answers NOT_FOUND in Cloud Run's words."""
    words = "Resource 'nobody' of kind 'JOB' in region 'europe-west1' in project"
    for call in (clients.jobs.get_job, clients.jobs.run_job):
        with pytest.raises(exceptions.NotFound, match=words):
            call(name=f"{PARENT}/jobs/nobody")
