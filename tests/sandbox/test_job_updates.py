"""UpdateJob of the pretend Cloud Run, through Google's own client."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB as SHORT
from sandbox.cloud.desired_state import raw
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import copy, short_name
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Fault, LoseReply
from tests.sandbox.cache_contents import manifest
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import JOB, PARENT, await_finished, finish

UPDATE_JOB = "google.cloud.run.v2.Jobs/UpdateJob"
LLM, EMBEDDING = "LLM_MODEL_NAME", "EMBEDDING_MODEL_NAME"
UNKNOWN = bytes([0xC2, 0xB2, 0x04, 5]) + b"newer"


def read(clients: Clients) -> Any:
    """Return the job as it is."""
    return clients.jobs.get_job(name=JOB)


def set_env(job: Any, name: str, value: str) -> None:
    """Set one of the job's variables."""
    (variable,) = [v for v in job.template.template.containers[0].env if v.name == name]
    variable.value = value


def pin(clients: Clients, **env: str) -> Any:
    """Read the job, set variables, write it back, and return it as it is then."""
    job = read(clients)
    for name, value in env.items():
        set_env(job, name, value)
    return finish(clients.jobs.update_job(job=job))


def run(project: Project, clients: Clients) -> Any:
    """Run the job to its end and return the execution."""
    execution = clients.jobs.run_job(name=JOB).metadata
    return await_finished(project, short_name(execution))


def test_a_write_back_changes_one_variable_only(clients: Clients) -> None:
    """The template equals what it was but for that variable; a generation is counted."""
    before = read(clients)
    after = pin(clients, **{LLM: "llama3.2:3b"})
    expected = copy(before)
    assert after.template != expected.template
    set_env(expected, LLM, "llama3.2:3b")
    assert after.template == expected.template
    assert after == read(clients)
    assert after.generation == after.observed_generation == before.generation + 1
    assert after.etag != before.etag
    assert after.last_modifier.startswith("cachebot@")
    assert (after.labels, after.uid, after.creator) == (before.labels, before.uid, before.creator)


def test_an_update_starts_nothing(clients: Clients) -> None:
    """The job has as many executions as before."""
    before = read(clients)
    after = pin(clients, **{LLM: "llama3.2:3b"})
    assert after.execution_count == before.execution_count == 10
    assert after.latest_created_execution == before.latest_created_execution


def test_later_syncs_pull_the_new_models(project: Project, clients: Clients) -> None:
    """What the job's variables name is what the next execution puts into the manifest."""
    pin(clients, **{LLM: "qwen2.5:0.5b", EMBEDDING: "BAAI/bge-small-en-v1.5"})
    assert run(project, clients).succeeded_count == 1
    models = manifest(project)["models"]
    assert models["ollama"]["name"] == "qwen2.5:0.5b"
    assert models["embedding"]["name"] == "BAAI/bge-small-en-v1.5"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (LLM, "lama3.2:1b", "pull model manifest: file does not exist"),
        (EMBEDDING, "BAAI/bge-m33", "Repository Not Found"),
    ],
)
def test_a_model_that_does_not_exist_fails_the_sync(
    project: Project, clients: Clients, name: str, value: str, said: str
) -> None:
    """The job accepts any name; only the execution finds out, and says so in its log."""
    pin(clients, **{name: value})
    execution = run(project, clients)
    assert execution.failed_count == 1
    label = "run.googleapis.com/execution_name"
    errors = [
        entry.json_payload["error"]
        for entry in project.logs.entries()
        if entry.labels.get(label) == short_name(execution) and "error" in entry.json_payload
    ]
    assert len(errors) == 3
    assert all(said in error for error in errors)


def test_a_running_execution_keeps_what_it_was_started_with(
    project: Project, clients: Clients
) -> None:
    """Pinning in mid-sync changes the next execution, not this one."""
    project.scripts.hold(Stage.STARTING)
    execution = clients.jobs.run_job(name=JOB).metadata
    pin(clients, **{LLM: "qwen2.5:0.5b"})
    project.scripts.release()
    assert await_finished(project, short_name(execution)).succeeded_count == 1
    assert manifest(project)["models"]["ollama"]["name"] == "llama3.2:1b"


def test_unknown_fields_survive_byte_for_byte(project: Project, clients: Clients) -> None:
    """Fields that this library does not know come back unchanged at every depth."""

    def add(job: Any) -> None:
        task = raw(job).template.template
        for part in (raw(job), task, task.containers[0]):
            part.MergeFromString(UNKNOWN)

    project.state.jobs.change(SHORT, add)
    pin(clients, **{LLM: "llama3.2:3b"})
    assert raw(read(clients)).SerializeToString().count(UNKNOWN) == 3


def test_a_change_since_the_reading_is_a_conflict(clients: Clients) -> None:
    """An etag of an earlier state answers ABORTED and changes nothing."""
    stale = read(clients)
    between = pin(clients, **{LLM: "llama3.2:3b"})
    set_env(stale, EMBEDDING, "BAAI/bge-small-en-v1.5")
    with pytest.raises(exceptions.Aborted, match="Conflict for resource 'tabular-model-sync'"):
        clients.jobs.update_job(job=stale)
    assert read(clients) == between


def test_nothing_changed_is_nothing_written(clients: Clients) -> None:
    """Writing back what was read leaves generation and etag as they were."""
    before = read(clients)
    assert finish(clients.jobs.update_job(job=copy(before))) == before == read(clients)


def test_an_execution_leaves_the_etag_alone(project: Project, clients: Clients) -> None:
    """A sync between reading and writing is no conflict: it changes nothing that is written."""
    before = read(clients)
    run(project, clients)
    set_env(before, LLM, "llama3.2:3b")
    assert finish(clients.jobs.update_job(job=before)).execution_count == 11


def test_validate_only_changes_nothing(clients: Clients) -> None:
    """It answers the job as it would be and writes nothing."""
    before = read(clients)
    job = copy(before)
    set_env(job, LLM, "llama3.2:3b")
    request = run_v2.UpdateJobRequest(job=job, validate_only=True)
    assert finish(clients.jobs.update_job(request)).template == job.template
    assert read(clients) == before


def _reserved_label(job: Any) -> None:
    job.labels["run.googleapis.com/job"] = "x"


def _reserved_annotation(job: Any) -> None:
    job.template.annotations["serving.knative.dev/rollout"] = "x"


def _no_container(job: Any) -> None:
    job.template.template.containers = []


@pytest.mark.parametrize("change", [_reserved_label, _reserved_annotation, _no_container])
def test_what_cannot_be_meant_is_refused(clients: Clients, change: Any) -> None:
    """Such a job answers INVALID_ARGUMENT and changes nothing."""
    before = read(clients)
    job = copy(before)
    change(job)
    with pytest.raises(exceptions.InvalidArgument, match="Violation in UpdateJobRequest"):
        clients.jobs.update_job(job=job)
    assert read(clients) == before


def test_what_the_sandbox_does_not_do_it_says(clients: Clients) -> None:
    """Starting an execution by a token, and creating a job, answer UNIMPLEMENTED."""
    job = copy(read(clients))
    job.start_execution_token = "now"  # noqa: S105 - a suffix, no secret
    with pytest.raises(exceptions.MethodNotImplemented):
        clients.jobs.update_job(job=job)
    other = run_v2.Job(read(clients), name=f"{PARENT}/jobs/nobody")
    with pytest.raises(exceptions.NotFound, match="of kind 'JOB'"):
        clients.jobs.update_job(job=other)
    with pytest.raises(exceptions.MethodNotImplemented):
        clients.jobs.update_job(run_v2.UpdateJobRequest(job=other, allow_missing=True))


def test_a_lost_reply_is_applied_once(cloud: PretendCloud, clients: Clients) -> None:
    """The caller sees UNAVAILABLE although it was written, and cannot write it twice."""
    cloud.faults.add(Fault(UPDATE_JOB, LoseReply(), times=1))
    job = read(clients)
    set_env(job, LLM, "llama3.2:3b")
    with pytest.raises(exceptions.ServiceUnavailable):
        clients.jobs.update_job(job=job)
    assert read(clients).generation == job.generation + 1
    with pytest.raises(exceptions.Aborted):
        clients.jobs.update_job(job=job)
    assert len(cloud.faults.seen(UPDATE_JOB)) == 2
