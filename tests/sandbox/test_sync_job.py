"""The pretend sync job where all goes well: what it leaves in the bucket and in the logs."""

from datetime import timedelta

from sandbox.cloud.deployment import EMBEDDING, JOB
from sandbox.cloud.project import Project
from tests.sandbox.cache_contents import (
    done,
    lines_of,
    manifest,
    names,
    ollama_is_whole,
    read,
    sbert_is_whole,
)
from tests.sandbox.syncs import sync

TAG_1B = "ollama/manifests/registry.ollama.ai/library/llama3.2/1b"
TAG_3B = "ollama/manifests/registry.ollama.ai/library/llama3.2/3b"
ATTEMPT = "run.googleapis.com/task_attempt"


def test_a_sync_leaves_a_consistent_cache(project: Project) -> None:
    """Afterwards .done is the new manifest's version and both models are whole."""
    before = manifest(project)
    assert sync(project).succeeded_count == 1
    after = manifest(project)
    assert done(project) == after["version"] > before["version"]
    assert read(project, ".done").endswith(b"\n")
    assert ollama_is_whole(project, TAG_1B)
    assert sbert_is_whole(project)
    assert names(project, ".tmp/") == set()


def test_the_manifest_names_models_and_checksums_but_no_files(project: Project) -> None:
    """The manifest has exactly the keys of the job's schema; checksums are those of the models."""
    sync(project)
    document = manifest(project)
    assert list(document) == ["version", "created_at", "models", "sync_job"]
    llm = project.registry.llm("llama3.2:1b")
    weights = project.registry.embedding(EMBEDDING).weights
    assert document["models"] == {
        "ollama": {"name": "llama3.2:1b", "checksum": llm.short_id, "path": "/models/ollama"},
        "embedding": {"name": EMBEDDING, "checksum": weights.hash, "path": "/models/sbert"},
    }
    assert document["sync_job"]["version"] == document["version"]
    assert document["sync_job"]["status"] == "completed"


def test_a_sync_takes_about_eight_minutes_of_simulated_time(project: Project) -> None:
    """The syncs of the laid past, lived through at their own pace, took 7 to 10 minutes."""
    spans = [
        (execution.completion_time - execution.create_time) * project.clock.speed
        for execution in project.state.executions_of(JOB)
        if execution.succeeded_count and not execution.retried_count
    ]
    assert len(spans) == 7
    assert all(timedelta(minutes=7) < span < timedelta(minutes=10) for span in spans)


def test_layers_that_the_cache_has_are_not_written_again(project: Project) -> None:
    """A sync of the same LLM leaves its blobs alone, but replaces the whole embedding model."""
    before = {v.name: v.generation for v in project.bucket.list()}
    sync(project)
    after = {v.name: v.generation for v in project.bucket.list()}
    blobs = names(project, "ollama/blobs/")
    assert {after[name] for name in blobs} == {before[name] for name in blobs}
    assert all(after[name] > before[name] for name in names(project, "sbert/"))
    assert after[TAG_1B] > before[TAG_1B]


def test_a_moved_tag_brings_other_bytes_under_the_same_name(project: Project) -> None:
    """After the publisher moved a tag, the same name downloads to another checksum."""
    before = manifest(project)["models"]
    project.registry.publish("llama3.2:1b")
    sync(project)
    after = manifest(project)["models"]
    assert after["ollama"]["name"] == before["ollama"]["name"]
    assert after["ollama"]["checksum"] != before["ollama"]["checksum"]
    assert ollama_is_whole(project, TAG_1B)


def test_another_model_comes_beside_the_old_one(project: Project) -> None:
    """An override pulls another tag into the live cache; the old tag stays there, whole."""
    sync(project, LLM_MODEL_NAME="llama3.2:3b")
    assert manifest(project)["models"]["ollama"]["name"] == "llama3.2:3b"
    assert ollama_is_whole(project, TAG_3B)
    assert ollama_is_whole(project, TAG_1B)


def test_sizes_are_those_of_the_real_models(project: Project) -> None:
    """The live cache weighs about 3.6 GB and nothing of it is stored."""
    assert 3_500_000_000 < sum(v.size_bytes for v in project.bucket.list()) < 3_700_000_000


def test_versions_differ_even_within_one_second(project: Project) -> None:
    """Two syncs that take no time at all still get versions of their own, in order."""
    sync(project)
    first = done(project)
    sync(project)
    assert done(project) > first


def test_logs_mix_text_and_json_and_end_completed(project: Project) -> None:
    """Lines carry the labels of Cloud Run; progress is text, the last line by the job is JSON."""
    execution = sync(project)
    lines = lines_of(project, execution)
    assert {e.resource.type for e in lines} == {"cloud_run_job"}
    assert {e.resource.labels["job_name"] for e in lines} == {JOB}
    assert {e.resource.labels["location"] for e in lines} == {"europe-west1"}
    assert {e.labels[ATTEMPT] for e in lines} == {"0"}
    own = [e for e in lines if "varlog" not in e.log_name]
    payloads = [e for e in own if not e.text_payload]
    assert any("pytorch_model.bin:  50%" in e.text_payload for e in own)
    assert 5 <= len(payloads) < len(own)
    assert payloads[0].json_payload["message"] == "Sync job started"
    assert own[-1].json_payload["message"] == "Sync job completed"
    assert own[-1].json_payload["sync_version"] == done(project)
    assert "severity" not in own[-1].json_payload
