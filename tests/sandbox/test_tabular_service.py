"""The pretend service's startups: what they log and what they do to the cache."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.cloud import disasters
from sandbox.cloud.ollama import manifest_path
from sandbox.cloud.project import Layout, Project, create_project
from sandbox.cloud.startup_log import MissReason, Outcome, Startup
from tests.sandbox.cache_contents import done, manifest, names, ollama_is_whole, read


def start(project: Project) -> Startup:
    """Start one instance now."""
    return project.service.start_instance(project.clock.now())


def payloads(project: Project, startup: Startup) -> list[dict[str, Any]]:
    """Return the structured lines of a startup in order."""
    return [
        dict(entry.json_payload.items())
        for entry in project.logs.entries()
        if entry.labels.get("instanceId") == startup.instance_id and not entry.text_payload
    ]


def test_a_hit_says_so_twice(project: Project) -> None:
    """A hit logs cache_hit=true in two lines, the last of which counts as the startup."""
    startup = start(project)
    assert startup.outcome is Outcome.HIT
    lines = payloads(project, startup)
    assert [line["message"] for line in lines] == ["Model cache hit", "Startup complete"]
    assert all(line["cache_hit"] is True for line in lines)
    assert lines[-1]["shared_volume_enabled"] is True
    assert {line["manifest_version"] for line in lines} == {done(project)}


def test_a_miss_says_so_three_times_with_its_reason(project: Project) -> None:
    """A miss logs cache_hit=false in three lines, and why."""
    disasters.remove_done(project)
    startup = start(project)
    assert (startup.outcome, startup.reason) == (Outcome.MISS, MissReason.MANIFEST_MISSING)
    lines = payloads(project, startup)
    assert [line["message"] for line in lines] == [
        "Model cache miss",
        "Model download complete",
        "Startup complete",
    ]
    assert all(line["cache_hit"] is False for line in lines)
    assert lines[0]["cache_miss_reason"] == "manifest_missing"
    assert lines[-1]["shared_volume_enabled"] is True


def test_a_disabled_startup_says_so_twice_and_leaves_the_cache_alone(project: Project) -> None:
    """With the volume disabled two lines say cache_hit=false and nothing is written."""
    disasters.disable_flag(project)
    before = project.bucket.list(versions=True)
    startup = start(project)
    assert startup.outcome is Outcome.DISABLED
    lines = payloads(project, startup)
    assert [line["cache_hit"] for line in lines] == [False, False]
    assert lines[-1]["message"] == "Startup complete"
    assert lines[-1]["shared_volume_enabled"] is False
    assert project.bucket.list(versions=True) == before


def test_lines_carry_the_labels_of_the_serving_revision(project: Project) -> None:
    """Each line names the service, its revision and one instance."""
    startup = start(project)
    entries = [
        e for e in project.logs.entries() if e.labels.get("instanceId") == startup.instance_id
    ]
    assert len(entries) > 4
    assert {e.resource.type for e in entries} == {"cloud_run_revision"}
    labels = entries[0].resource.labels
    assert labels["service_name"] == "tabular-service"
    assert labels["location"] == "europe-west1"
    serving = project.state.services.get("tabular-service").latest_ready_revision
    assert serving.endswith(f"/{labels['revision_name']}")


def test_a_miss_overwrites_the_manifest_by_a_stub(project: Project) -> None:
    """The stub knows no embedding model and no checksums; .done keeps the old version."""
    before = manifest(project)
    family = "ollama/manifests/"
    for name in names(project, family):
        project.bucket.delete(name)
    startup = start(project)
    assert startup.reason is MissReason.MODEL_NOT_FOUND
    stub = manifest(project)
    assert list(stub) == ["version", "updated_at", "models"]
    assert stub["models"] == {"ollama": {"name": "llama3.2:1b", "updated_by": "startup"}}
    assert done(project) == before["version"] != stub["version"]
    assert ollama_is_whole(project, manifest_path("llama3.2:1b"))


def test_a_hit_follows_the_miss_that_repaired(project: Project) -> None:
    """Once a miss has pulled the model, the next startup is a hit on the stub's version."""
    for name in names(project, "ollama/manifests/"):
        project.bucket.delete(name)
    start(project)
    second = start(project)
    assert second.outcome is Outcome.HIT
    assert second.manifest_version == manifest(project)["version"] != done(project)


def test_another_tag_of_the_family_counts_as_a_hit(project: Project) -> None:
    """The test looks for the family only: 3b in place of 1b is a hit."""
    other = project.registry.llm("llama3.2:3b")
    for blob in other.blobs:
        project.bucket.put(blob.path, blob.content)
    tag = manifest_path("llama3.2:1b")
    project.bucket.move(tag, manifest_path("llama3.2:3b"))
    assert start(project).outcome is Outcome.HIT


def test_lost_weights_are_not_noticed(project: Project) -> None:
    """A model whose biggest blob is gone still hits: a hit proves little."""
    disasters.lose_blob(project)
    assert not ollama_is_whole(project, manifest_path("llama3.2:1b"))
    assert start(project).outcome is Outcome.HIT


def test_a_lost_config_is_noticed(project: Project) -> None:
    """`ollama list` leaves out a tag whose config blob is gone: a miss."""
    project.bucket.delete(project.registry.llm("llama3.2:1b").config.path)
    assert start(project).reason is MissReason.MODEL_NOT_FOUND


def test_a_corrupt_manifest_still_hits(project: Project) -> None:
    """The test is for existence only; a manifest that is no JSON gives no version."""
    disasters.stub_out_manifest(project)
    project.bucket.put("manifest.json", project.bucket.get(".done").content)
    startup = start(project)
    assert startup.outcome is Outcome.HIT
    assert startup.manifest_version == ""


def test_every_startup_tests_that_it_can_write(project: Project) -> None:
    """A startup creates and deletes .write_test, which leaves a noncurrent version."""
    start(project)
    (version,) = project.bucket.list(".write_test", versions=True)
    assert not version.is_live


def test_an_instance_that_may_not_write_does_not_start(project: Project) -> None:
    """Without the right to write the container exits, says why, and completes no startup."""
    disasters.deny_permissions(project)
    startup = start(project)
    assert startup.outcome is Outcome.FAILED
    assert not startup.is_up
    assert payloads(project, startup) == []
    assert "/models/.write_test" in startup.error


@pytest.mark.parametrize("enabled", [True, False])
def test_without_the_bucket_no_container_runs(project: Project, *, enabled: bool) -> None:
    """A missing bucket stops every instance that mounts it, whether it would use it or not."""
    if not enabled:
        disasters.disable_flag(project)
    disasters.delete_bucket(project)
    startup = start(project)
    assert startup.outcome is Outcome.UNMOUNTED
    entries = [
        e for e in project.logs.entries() if e.labels.get("instanceId") == startup.instance_id
    ]
    assert {entry.log_name.rpartition("%2F")[2] for entry in entries} == {"system"}
    assert "bucket doesn't exist" in entries[0].text_payload


def test_an_empty_cache_is_a_miss() -> None:
    """A new bucket makes the first startup miss for want of a manifest."""
    project = create_project(Clock(), Layout(history=False))
    startup = start(project)
    assert startup.reason is MissReason.MANIFEST_MISSING
    assert read(project, "manifest.json")


@pytest.mark.parametrize(("weeks_ago", "hits", "misses"), [(0, 48, 2), (1, 39, 1)])
def test_the_past_two_weeks_hit_for_the_most_part(
    project: Project, weeks_ago: int, hits: int, misses: int
) -> None:
    """The laid past holds 48 hits and 2 misses, and 39 and 1 in the week before."""
    until = project.clock.now() - weeks_ago * timedelta(days=7)
    completed = [
        bool(e.json_payload["cache_hit"])
        for e in project.logs.entries()
        if not e.text_payload and e.json_payload["message"] == "Startup complete"
        if until - timedelta(days=7) <= e.timestamp.ToDatetime(tzinfo=until.tzinfo) < until
    ]
    assert (completed.count(True), completed.count(False)) == (hits, misses)


def test_the_past_startups_have_reasons_and_are_of_two_weeks(project: Project) -> None:
    """Nothing is older, and every miss says why."""
    since = project.clock.now() - timedelta(days=14)
    revision_entries = [
        e for e in project.logs.entries() if e.resource.type == "cloud_run_revision"
    ]
    oldest = revision_entries[0].timestamp.ToDatetime(tzinfo=since.tzinfo)
    assert oldest >= since
    reasons = {
        e.json_payload["cache_miss_reason"]
        for e in revision_entries
        if "cache_miss_reason" in e.json_payload
    }
    assert reasons == {"model_not_found", "manifest_missing"}
