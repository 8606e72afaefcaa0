"""The disasters: each breaks just what it says."""

from datetime import timedelta

import pytest

from sandbox.cloud import disasters
from sandbox.cloud.project import Project, bytes_by_type
from sandbox.cloud.startup_log import Outcome
from sandbox.cloud.versions import NoSuchBucket
from tests.sandbox.cache_contents import done, manifest, names


def test_a_deleted_bucket_is_gone(project: Project) -> None:
    """Nothing of the bucket is left, and its bytes are no data."""
    disasters.delete_bucket(project)
    with pytest.raises(NoSuchBucket):
        _ = project.bucket
    assert bytes_by_type(project.buckets, project.bucket_name) == {}


def test_a_filled_bucket_holds_leftovers_that_age(project: Project) -> None:
    """Gigabytes lie in .tmp/ in folders of their own, and grow old with the clock."""
    before = sum(v.size_bytes for v in project.bucket.list())
    disasters.fill_bucket(project, 3)
    leftovers = [v for v in project.bucket.list(".tmp/") if v.size_bytes]
    assert len({v.name.split("/")[1] for v in leftovers}) == 3
    assert sum(v.size_bytes for v in project.bucket.list()) - before > 6_800_000_000
    project.clock.advance(timedelta(days=8))
    assert all(project.clock.now() - v.time_created > timedelta(days=7) for v in leftovers)


def test_the_newest_syncs_are_forgotten(project: Project) -> None:
    """The older ones and what all of them brought stay; deleting again changes nothing."""
    before = names(project, "")
    for _ in range(2):
        disasters.delete_newest_syncs(project, timedelta(days=3))
        ages = [project.clock.now() - one.create_time for one in project.state.executions.all()]
        assert ages
        assert min(ages) > timedelta(days=3)
    assert names(project, "") == before


def test_a_stub_leaves_done_as_it_was(project: Project) -> None:
    """The manifest becomes a startup's stub while .done keeps its version."""
    before = done(project)
    disasters.stub_out_manifest(project)
    assert "sync_job" not in manifest(project)
    assert done(project) == before != manifest(project)["version"]


def test_a_lost_blob_is_the_biggest(project: Project) -> None:
    """The weights of the LLM are gone, the rest is there."""
    weights = project.registry.llm("llama3.2:1b").layers[0]
    before = names(project, "ollama/")
    assert disasters.lose_blob(project) == weights.path
    assert before - names(project, "ollama/") == {weights.path}


def test_a_lost_embedding_leaves_the_llm(project: Project) -> None:
    """All of sbert/ is gone, nothing of ollama/."""
    before = names(project, "ollama/")
    disasters.lose_sbert(project)
    assert names(project, "sbert/") == set()
    assert names(project, "ollama/") == before


def test_versioning_and_lifecycle_can_be_lost(project: Project) -> None:
    """Each is switched off by itself."""
    disasters.suspend_versioning(project)
    assert not project.bucket.settings.versioning
    assert len(project.bucket.settings.lifecycle) == 2
    disasters.remove_lifecycle(project)
    assert len(project.bucket.settings.lifecycle) == 0


def test_a_dropped_hit_rate_is_in_the_logs_of_the_last_hour(project: Project) -> None:
    """The misses are completed startups of the last hour, and the cache is not touched."""
    before = project.bucket.list(versions=True)
    disasters.drop_hit_rate(project, 12)
    hour = project.logs.between(project.clock.now() - timedelta(hours=1), project.clock.now())
    completed = [
        e.json_payload["cache_hit"]
        for e in hour
        if not e.text_payload and e.json_payload["message"] == "Startup complete"
    ]
    assert completed.count(False) == 12
    assert project.bucket.list(versions=True) == before


def test_startups_can_be_laid_over_any_time(project: Project) -> None:
    """The lines of all of them lie within the span, none in the future, in the ratio asked for."""
    project.logs.clear()
    disasters.lay_startups(project, hits=90, misses=10, over=timedelta(hours=6))
    now = project.clock.now()
    entries = project.logs.between(now - timedelta(hours=6), now)
    assert len(entries) == len(project.logs.entries())
    completed = [
        e.json_payload["cache_hit"]
        for e in entries
        if not e.text_payload and e.json_payload["message"] == "Startup complete"
    ]
    assert (completed.count(True), completed.count(False)) == (90, 10)


def test_instances_can_be_started_at_will(project: Project) -> None:
    """Each started instance is a startup of its own."""
    startups = disasters.start_instances(project, 3)
    assert [startup.outcome for startup in startups] == [Outcome.HIT] * 3
    assert len({startup.instance_id for startup in startups}) == 3


def test_counters_and_policies_can_be_removed(project: Project) -> None:
    """Afterwards the project has none."""
    disasters.remove_metrics(project)
    disasters.remove_policies(project)
    assert project.metrics.log_metrics() == []
    assert project.policies.all() == []


def test_a_revision_follows_or_precedes_the_latest(project: Project) -> None:
    """Revisions that disasters make up are numbered from the latest."""
    latest = project.state.services.get("tabular-service").latest_created_revision
    assert "-00042-" in latest
    assert "-00041-" in disasters.pin_traffic(project)
    assert "-00043-" in disasters.make_revision_unready(project)
    assert "-00044-" in disasters.make_revision_unready(project)
