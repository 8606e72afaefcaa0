"""The pretend sync job where something goes wrong: what it says, and what it leaves behind."""

from datetime import timedelta

import pytest

from sandbox.clock import Clock
from sandbox.cloud import disasters
from sandbox.cloud.deployment import JOB
from sandbox.cloud.execution_life import failure_message
from sandbox.cloud.project import Layout, Project, create_project
from sandbox.cloud.run_state import short_name
from sandbox.cloud.sync_script import Cause, Stage
from tests.sandbox.cache_contents import done, lines_of, manifest, names, said, sbert_is_whole
from tests.sandbox.run_names import TIMEOUT_SECONDS, await_finished
from tests.sandbox.syncs import CALLER, cancel_at, start, sync, sync_for

ATTEMPT = "run.googleapis.com/task_attempt"
ENDING = {
    Cause.MODEL_NOT_FOUND: "pull model manifest: file does not exist",
    Cause.REGISTRY_TIMEOUT: "i/o timeout",
    Cause.OUT_OF_DISK: "No space left on device",
    Cause.OUT_OF_MEMORY: "Memory limit of 4096 MiB exceeded",
    Cause.PERMISSION_DENIED: "googleapi: Error 403",
    Cause.DEATH_IN_PROMOTION: "mv: cannot move",
    Cause.ATTEMPT_TIMEOUT: "reached the maximum timeout of 900 seconds",
    Cause.NON_ZERO_EXIT: "IncompleteRead",
}


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_fails_in_its_own_words(project: Project, cause: Cause) -> None:
    """All three attempts fail, each with the characteristic line, and no completion is told."""
    before = manifest(project)["version"]
    disasters.fail_next_sync(project, cause)
    execution = sync(project)
    assert (execution.failed_count, execution.retried_count) == (1, 1)
    lines = lines_of(project, execution)
    for attempt in ("0", "1", "2"):
        assert any(ENDING[cause] in said(e) for e in lines if e.labels[ATTEMPT] == attempt)
    assert not any("Sync job completed" in said(e) for e in lines)
    assert f"Task {short_name(execution)}-task0 failed with message:" in failure_message(execution)
    assert manifest(project)["version"] == done(project) == before


def test_a_timeout_ends_after_its_seconds(project: Project) -> None:
    """A stalled attempt is ended when the task's own timeout is used up, and says so."""
    disasters.fail_next_sync(project, Cause.ATTEMPT_TIMEOUT)
    began = project.clock.now() - timedelta(days=1)
    with project.clock.back_to(began):
        execution = project.executions.live_through(project.state.job(JOB), CALLER)
    took = (execution.completion_time - execution.start_time) * project.clock.speed
    assert took.total_seconds() == pytest.approx(3 * 900, rel=0.01)
    assert "The configured timeout was reached." in failure_message(execution)


def test_trouble_in_the_first_attempt_is_mended_by_the_second(project: Project) -> None:
    """A retry that goes well makes the execution succeed; the count of retried tasks tells."""
    disasters.fail_next_sync(project, Cause.NON_ZERO_EXIT, attempts=1)
    execution = sync(project)
    assert (execution.succeeded_count, execution.retried_count) == (1, 1)
    assert {e.labels[ATTEMPT] for e in lines_of(project, execution)} == {"0", "1"}
    assert done(project) == manifest(project)["version"]
    assert sbert_is_whole(project)


def test_failed_downloads_stay_behind(project: Project) -> None:
    """Each failed attempt leaves its own folder in .tmp/."""
    disasters.fail_next_sync(project, Cause.OUT_OF_DISK)
    sync(project)
    assert len({name.split("/")[1] for name in names(project, ".tmp/")}) == 3


def test_trouble_is_over_with_the_next_execution(project: Project) -> None:
    """A script is for one execution; the next one goes well."""
    disasters.fail_next_sync(project, Cause.REGISTRY_TIMEOUT)
    assert sync(project).failed_count == 1
    assert sync(project).succeeded_count == 1


def test_death_in_promotion_breaks_the_cache_behind_an_old_done(project: Project) -> None:
    """The embedding model is gone while manifest and .done still agree on the old version."""
    before = manifest(project)
    disasters.die_half_way_through_promotion(project)
    assert sync(project).failed_count == 1
    assert names(project, "sbert/") == set()
    assert done(project) == before["version"]
    assert manifest(project) == before
    assert any("/blobs/" in name for name in names(project, ".tmp/"))


def test_cancelling_before_the_promotion_leaves_the_cache_as_it_was(project: Project) -> None:
    """A cancel during the downloads changes no live model and no marker."""
    before = manifest(project)
    assert cancel_at(project, Stage.DOWNLOADING_EMBEDDING).cancelled_count == 1
    assert manifest(project) == before
    assert done(project) == before["version"]
    assert sbert_is_whole(project)


@pytest.mark.parametrize("stage", [Stage.MOVING_SBERT, Stage.WRITING_MANIFEST, Stage.MARKING_DONE])
def test_cancelling_in_the_promotion_leaves_it_half_done(project: Project, stage: Stage) -> None:
    """Whatever stage is reached, the state of that moment stays."""
    before = manifest(project)["version"]
    assert cancel_at(project, stage).cancelled_count == 1
    assert done(project) == before
    assert sbert_is_whole(project) == (stage is not Stage.MOVING_SBERT)
    assert (manifest(project)["version"] == before) == (stage is not Stage.MARKING_DONE)


def test_cancelling_before_the_start_runs_nothing(project: Project) -> None:
    """An execution that is cancelled while it waits for resources never writes a line."""
    project.clock.speed = 0.01
    execution = start(project)
    project.executions.cancel(execution)
    cancelled = await_finished(project, execution)
    assert cancelled.cancelled_count == 1
    assert cancelled.start_time is None
    assert lines_of(project, cancelled) == []


def test_an_interrupted_pull_leaves_a_partial_blob() -> None:
    """The weights that were being fetched lie there as -partial and do not count as present."""
    project = create_project(Clock(speed=20_000), Layout(history=False))
    execution = sync_for(project, timedelta(seconds=60))
    assert execution.failed_count == 1
    weights = project.registry.llm("llama3.2:1b").layers[0]
    assert any(f"{weights.digest[7:19]}:  10%" in said(e) for e in lines_of(project, execution))
    assert names(project, "ollama/blobs/") == {weights.partial_path}
    assert names(project, "ollama/manifests/") == set()


@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"LLM_MODEL_NAME": "lama3.2:1b"}, "pull model manifest: file does not exist"),
        ({"EMBEDDING_MODEL_NAME": "BAAI/bge-m33"}, "Repository Not Found for url"),
    ],
)
def test_a_mistyped_model_fails_by_itself(project: Project, env: dict[str, str], line: str) -> None:
    """A name that nobody offers fails as the downloaders fail, without any script."""
    execution = sync(project, **env)
    assert execution.failed_count == 1
    assert any(line in said(e) for e in lines_of(project, execution))


def test_a_missing_bucket_cannot_be_mounted(project: Project) -> None:
    """Without the bucket the container does not start, and Cloud Run says why."""
    disasters.delete_bucket(project)
    execution = sync(project)
    assert execution.failed_count == 1
    assert "bucket doesn't exist" in failure_message(execution)


@pytest.mark.parametrize("verb", ["create", "delete", "list"])
def test_denied_permissions_fail_the_sync(project: Project, verb: str) -> None:
    """A permission that was taken away fails the job with a 403 where it first needs it."""
    disasters.deny_permissions(project, f"storage.objects.{verb}")
    execution = sync(project)
    assert execution.failed_count == 1
    assert any("Error 403" in said(e) for e in lines_of(project, execution))


def test_a_bucket_deleted_under_a_running_sync_fails_it(project: Project) -> None:
    """The mounted bucket's end is an input/output error of the job."""
    project.scripts.hold(Stage.WRITING_MANIFEST)
    execution = start(project)
    assert project.scripts.wait_until(execution, Stage.WRITING_MANIFEST, TIMEOUT_SECONDS)
    disasters.delete_bucket(project)
    project.scripts.release()
    finished = await_finished(project, execution)
    assert finished.failed_count == 1
    assert any("Input/output error" in said(e) for e in lines_of(project, finished))


def test_stopping_the_cloud_ends_the_threads_and_leaves_the_state(project: Project) -> None:
    """After a stop no thread runs; the execution stays unfinished, as after a power cut."""
    project.scripts.hold(Stage.STARTING)
    execution = start(project)
    project.executions.stop()
    left = project.state.executions.get(execution)
    assert left.completion_time is None
    with pytest.raises(RuntimeError):
        project.executions.launch(project.state.job(JOB), CALLER)


def test_a_shorter_timeout_of_the_execution_counts(project: Project) -> None:
    """The timeout in the execution's own template ends the attempt."""
    execution = sync_for(project, timedelta(seconds=30))
    assert execution.failed_count == 1
    assert "maximum timeout of 30 seconds" in " ".join(map(said, lines_of(project, execution)))
