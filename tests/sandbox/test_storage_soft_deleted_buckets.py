"""Deleted buckets can be found and restored through Google's own client, as long as they last."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api_core import exceptions

from sandbox.cloud import disasters
from sandbox.cloud.buckets import Bucket, BucketSettings, NoSuchBucket, Preconditions
from sandbox.cloud.content import Literal
from sandbox.cloud.project import Project
from sandbox.faults import Fault, LoseReply
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def lose_with_contents(storage: RunningStorage) -> list[int]:
    """Delete the bucket with an overwritten and a live object; return the generations."""
    old = storage.bucket.put("a", Literal(b"old"))
    live = storage.bucket.put("a", Literal(b"live"))
    storage.buckets.delete(BUCKET)
    return [old.generation, live.generation]


def soft_deleted_generations(storage: RunningStorage) -> list[int]:
    """Return the generations of the soft-deleted buckets, as the API lists them."""
    return [bucket.generation for bucket in storage.client.list_buckets(soft_deleted=True)]


def test_deleted_bucket_is_gone_for_every_call(storage: RunningStorage) -> None:
    """Reads, writes and changes of a soft-deleted bucket are NotFound."""
    lose_with_contents(storage)
    for call in (
        storage.remote.reload,
        storage.remote.blob("a").reload,
        lambda: storage.remote.blob("b").upload_from_string(b"x"),
        lambda: list(storage.remote.list_blobs(soft_deleted=True)),
        lambda: storage.remote.restore_blob("a", generation=1),
        storage.remote.get_iam_policy,
        storage.remote.delete,
    ):
        with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
            call()
    assert list(storage.client.list_buckets()) == []


def test_deleted_bucket_is_listed_with_its_end(storage: RunningStorage) -> None:
    """The soft-deleted bucket is found by generation, and tells until when it can be restored."""
    storage.client.get_bucket(BUCKET).delete()
    (listed,) = storage.client.list_buckets(soft_deleted=True)
    assert (listed.name, listed.generation) == (BUCKET, storage.bucket.generation)
    assert listed.hard_delete_time - listed.soft_delete_time == WEEK
    read = storage.client.get_bucket(BUCKET, generation=listed.generation, soft_deleted=True)
    assert read.soft_delete_time == listed.soft_delete_time
    assert list(storage.client.list_buckets(soft_deleted=True, prefix="other")) == []
    path = f"/storage/v1/b/{BUCKET}"
    assert storage.get(path, softDeleted="true").status_code == 400
    assert storage.get(path, softDeleted="true", generation="5").status_code == 404


def test_live_bucket_is_no_soft_deleted_one(storage: RunningStorage) -> None:
    """A live bucket is neither listed nor read nor restored as a soft-deleted one."""
    generation = storage.bucket.generation
    assert soft_deleted_generations(storage) == []
    with pytest.raises(exceptions.NotFound):
        storage.client.get_bucket(BUCKET, generation=generation, soft_deleted=True)
    with pytest.raises(exceptions.Conflict, match="live bucket"):
        storage.client.restore_bucket(BUCKET, generation)
    path = f"/storage/v1/b/{BUCKET}"
    assert storage.get(path, generation=str(generation)).status_code == 200
    assert storage.get(path, generation=str(generation + 1)).status_code == 404


def test_restored_bucket_has_its_settings_and_policy_but_no_objects(
    storage: RunningStorage,
) -> None:
    """What was set stays set; the objects are soft-deleted and come back one by one."""
    bucket = storage.client.get_bucket(BUCKET)
    bucket.labels = {"service": "tabular"}
    bucket.patch()
    policy = storage.bucket.policy.granted("roles/storage.admin", "user:a@example.com")
    storage.bucket.set_policy(policy)
    generations = lose_with_contents(storage)
    restored = storage.client.restore_bucket(BUCKET, storage.bucket.generation)
    assert restored.generation == storage.bucket.generation
    assert (restored.soft_delete_time, restored.labels) == (None, {"service": "tabular"})
    assert storage.buckets.get(BUCKET).policy == policy
    assert list(storage.remote.list_blobs(versions=True)) == []
    lost = list(storage.remote.list_blobs(soft_deleted=True))
    assert [blob.generation for blob in lost] == generations
    assert [blob.time_deleted is None for blob in lost] == [False, True]
    for blob in lost:
        storage.remote.restore_blob(blob.name, generation=blob.generation)
    assert storage.remote.blob("a").download_as_bytes() == b"live"
    assert soft_deleted_generations(storage) == []


def test_taken_name_blocks_the_restore(storage: RunningStorage) -> None:
    """Where a new bucket has the name, the old one waits until the new one is deleted."""
    lose_with_contents(storage)
    old = storage.bucket.generation
    new = storage.client.create_bucket(BUCKET)
    assert new.generation != old
    with pytest.raises(exceptions.Conflict):
        storage.client.restore_bucket(BUCKET, old)
    assert soft_deleted_generations(storage) == [old]
    new.delete()
    assert soft_deleted_generations(storage) == [old, new.generation]
    storage.client.restore_bucket(BUCKET, old)
    assert soft_deleted_generations(storage) == [new.generation]
    assert len(list(storage.remote.list_blobs(soft_deleted=True))) == 2


def test_restore_needs_an_exact_generation_in_time(storage: RunningStorage) -> None:
    """Without a generation it is a 400, with a wrong or expired one NotFound."""
    lose_with_contents(storage)
    url = f"{storage.url}/storage/v1/b/{BUCKET}/restore"
    assert storage.http.post(url, timeout=30).status_code == 400
    with pytest.raises(exceptions.NotFound):
        storage.client.restore_bucket(BUCKET, storage.bucket.generation + 1)
    storage.clock.advance(WEEK + timedelta(seconds=1))
    assert soft_deleted_generations(storage) == []
    with pytest.raises(exceptions.NotFound):
        storage.client.restore_bucket(BUCKET, storage.bucket.generation)


def test_bucket_outlives_its_soft_deleted_objects(storage: RunningStorage) -> None:
    """The bucket lasts as long as its last object, even one deleted under a longer retention."""
    storage.bucket.change(BucketSettings(soft_delete_seconds=30 * 86400))
    version = storage.bucket.put("a", Literal(b"x"))
    storage.bucket.delete("a", version.generation)
    (lost,) = storage.bucket.list(soft_deleted=True)
    storage.bucket.change(BucketSettings())
    storage.buckets.delete(BUCKET)
    assert storage.bucket.hard_delete_time == lost.hard_delete_time
    storage.clock.advance(29 * DAY)
    storage.client.restore_bucket(BUCKET, storage.bucket.generation)
    storage.remote.restore_blob("a", generation=version.generation)


def test_bucket_without_soft_delete_is_gone_for_good(storage: RunningStorage) -> None:
    """With a retention of zero nothing is kept, not even with objects lost under a longer one."""
    version = storage.bucket.put("a", Literal(b"x"))
    storage.bucket.delete("a", version.generation)
    storage.bucket.change(BucketSettings(soft_delete_seconds=0))
    lose_with_contents(storage)
    assert soft_deleted_generations(storage) == []


def test_restore_whose_reply_is_lost_looks_like_a_conflict(storage: RunningStorage) -> None:
    """The client retries a restore, and then finds its own bucket in the way."""
    lose_with_contents(storage)
    storage.faults.add(Fault("storage.buckets.restore", LoseReply(), times=1))
    with pytest.raises(exceptions.Conflict):
        storage.client.restore_bucket(BUCKET, storage.bucket.generation, retry=QUICK_RETRY)
    assert storage.remote.exists()
    assert len(storage.faults.seen("storage.buckets.restore")) == 2


def test_delete_whose_reply_is_lost_happens_once(storage: RunningStorage) -> None:
    """The retry of an applied delete is NotFound, and one bucket can be restored."""
    storage.faults.add(Fault("storage.buckets.delete", LoseReply(), times=1))
    with pytest.raises(exceptions.NotFound):
        storage.remote.delete(retry=QUICK_RETRY)
    assert soft_deleted_generations(storage) == [storage.bucket.generation]


def test_restoring_needs_a_right_on_the_project(storage: RunningStorage) -> None:
    """Without storage.buckets.restore the bucket stays where it is."""
    lose_with_contents(storage)
    storage.buckets.deny("storage.buckets.restore")
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.restore access"):
        storage.client.restore_bucket(BUCKET, storage.bucket.generation)
    assert soft_deleted_generations(storage) == [storage.bucket.generation]


def test_bucket_lost_in_a_disaster_can_be_brought_back_whole(project: Project) -> None:
    """After the disaster each live object is there to restore, byte for byte, by its generation."""
    bucket, before = project.bucket, project.bucket.list()
    disasters.delete_bucket(project)
    project.buckets.restore(project.bucket_name, bucket.generation)
    assert project.bucket.list(versions=True) == []
    for lost in project.bucket.list(soft_deleted=True):
        if lost.time_deleted is None:
            project.bucket.restore(lost.name, lost.generation, Preconditions(generation_match=0))
    after = project.bucket.list()
    assert [(v.name, v.content) for v in after] == [(v.name, v.content) for v in before]


def test_write_that_comes_late_does_not_reach_a_deleted_bucket(storage: RunningStorage) -> None:
    """Whoever still holds a bucket that is deleted meanwhile can change nothing of it."""
    held: Bucket = storage.bucket
    version = held.put("a", Literal(b"x"))
    storage.buckets.delete(BUCKET)
    for change in (
        lambda: held.put("b", Literal(b"y")),
        lambda: held.restore("a", version.generation),
        lambda: held.change(BucketSettings()),
        lambda: held.set_policy(held.policy),
    ):
        with pytest.raises(NoSuchBucket):
            change()
    assert len(held.list(soft_deleted=True)) == 1
