"""Soft-deleted objects come back, and metadata changes, through Google's own client."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api_core import exceptions

from sandbox.cloud.buckets import BucketSettings, Version
from sandbox.cloud.content import Literal, Seeded
from sandbox.faults import Fault, LoseReply
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def soft_deleted(storage: RunningStorage, name: str, data: bytes) -> Version:
    """Return a version that was written, overwritten and deleted by generation."""
    version = storage.bucket.put(name, Literal(data), content_type="text/plain")
    storage.bucket.put(name, Literal(b"later"))
    storage.bucket.delete(name, version.generation)
    return version


def test_restored_object_is_live_as_a_new_generation(storage: RunningStorage) -> None:
    """Bytes and type return under a new generation; the live version it replaces is noncurrent."""
    lost = soft_deleted(storage, "a", b"old")
    later = storage.bucket.get("a")
    restored = storage.remote.restore_blob(
        "a", generation=lost.generation, if_generation_match=later.generation
    )
    assert restored.generation == storage.bucket.get("a").generation > later.generation
    assert (restored.content_type, restored.metageneration) == ("text/plain", 1)
    assert (restored.soft_delete_time, restored.hard_delete_time) == (None, None)
    assert storage.remote.blob("a").download_as_bytes() == b"old"
    assert storage.bucket.get("a", later.generation).time_deleted is not None


def test_soft_deleted_object_stays_after_its_restore(storage: RunningStorage) -> None:
    """A restore copies: the soft-deleted generation is listed until its own retention ends."""
    lost = soft_deleted(storage, "a", b"old")
    storage.remote.restore_blob("a", generation=lost.generation, copy_source_acl=True)
    storage.remote.restore_blob("a", generation=lost.generation)
    (listed,) = storage.client.list_blobs(BUCKET, soft_deleted=True)
    assert listed.generation == lost.generation
    storage.clock.advance(timedelta(days=7))
    assert list(storage.client.list_blobs(BUCKET, soft_deleted=True)) == []
    with pytest.raises(exceptions.NotFound, match="No such object"):
        storage.remote.restore_blob("a", generation=lost.generation)


def test_only_soft_deleted_generations_can_be_restored(storage: RunningStorage) -> None:
    """A generation that is live or noncurrent is NotFound, and none given is a 400."""
    versions = [storage.bucket.put("a", Literal(b"x")) for _ in range(2)]
    for version in versions:
        with pytest.raises(exceptions.NotFound):
            storage.remote.restore_blob("a", generation=version.generation)
    with pytest.raises(exceptions.BadRequest, match="Required"):
        storage.remote.restore_blob("a")


def test_preconditions_of_a_restore_are_on_the_live_object(storage: RunningStorage) -> None:
    """A restore is refused where the name is not as the caller saw it; 0 means no live object."""
    lost = soft_deleted(storage, "a", b"old")
    live = storage.bucket.get("a").generation
    for refused in (
        {"if_generation_match": 0},
        {"if_generation_match": lost.generation},
        {"if_generation_not_match": live},
        {"if_metageneration_match": 2},
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            storage.remote.restore_blob("a", generation=lost.generation, **refused)
    storage.bucket.delete("a")
    storage.remote.restore_blob("a", generation=lost.generation, if_generation_match=0)
    assert storage.bucket.get("a").content == lost.content


def test_restore_without_versioning_soft_deletes_what_it_replaces(storage: RunningStorage) -> None:
    """Where versioning is off, the replaced live object can only be found soft-deleted."""
    storage.bucket.change(BucketSettings(versioning=False))
    lost = storage.bucket.put("a", Literal(b"old"))
    live = storage.bucket.put("a", Literal(b"new"))
    storage.remote.restore_blob("a", generation=lost.generation)
    assert [v.content for v in storage.bucket.list(versions=True)] == [lost.content]
    soft = {blob.generation for blob in storage.client.list_blobs(BUCKET, soft_deleted=True)}
    assert soft == {lost.generation, live.generation}


def test_big_restore_keeps_its_checksum(storage: RunningStorage) -> None:
    """Gigabytes come back by name alone."""
    lost = storage.bucket.put("blob", Seeded("weights", 1_300_000_000))
    storage.bucket.delete("blob", lost.generation)
    restored = storage.remote.restore_blob("blob", generation=lost.generation)
    assert restored.size == 1_300_000_000
    assert storage.bucket.get("blob").crc32c == lost.crc32c


def test_restore_whose_reply_is_lost_looks_like_a_conflict(storage: RunningStorage) -> None:
    """Under a precondition it happens once; without one the client's retry restores it twice."""
    for name, conditions in (("a", {"if_generation_match": 0}), ("b", {})):
        lost = storage.bucket.put(name, Literal(b"old"))
        storage.bucket.delete(name, lost.generation)
        storage.faults.add(Fault("storage.objects.restore", LoseReply(), times=1))
        try:
            storage.remote.restore_blob(
                name, generation=lost.generation, retry=QUICK_RETRY, **conditions
            )
            refused = False
        except exceptions.PreconditionFailed:
            refused = True
        assert refused == bool(conditions)
        assert len(storage.bucket.list(name, versions=True)) == (1 if refused else 2)


def test_restore_needs_its_own_right(storage: RunningStorage) -> None:
    """Restoring, creating and, over a live object, deleting: each missing right is 403."""
    lost = soft_deleted(storage, "a", b"old")
    for permission in ("restore", "create", "delete"):
        storage.bucket.deny(f"storage.objects.{permission}")
        with pytest.raises(exceptions.Forbidden, match=f"storage.objects.{permission} access"):
            storage.remote.restore_blob("a", generation=lost.generation)


def test_soft_deleted_generation_is_read_without_its_bytes(storage: RunningStorage) -> None:
    """Its metadata can be read by generation; its media, or any of it by name alone, cannot."""
    lost = soft_deleted(storage, "a", b"old")
    blob = storage.remote.get_blob("a", generation=lost.generation, soft_deleted=True)
    assert (blob.size, blob.crc32c is not None) == (3, True)
    path = f"/storage/v1/b/{BUCKET}/o/a"
    for parameters in (
        {"softDeleted": "true"},
        {"softDeleted": "true", "generation": str(lost.generation), "alt": "media"},
    ):
        assert storage.get(path, **parameters).status_code == 400
    assert storage.get(path, generation=str(lost.generation)).status_code == 404


def test_metadata_changes_leave_the_generation_alone(storage: RunningStorage) -> None:
    """A patch moves the metageneration, merges keys and removes those set to none."""
    version = storage.bucket.put("a", Literal(b"x"), content_type="text/plain")
    blob = storage.remote.get_blob("a")
    blob.metadata = {"one": "1", "two": "2"}
    blob.patch(if_metageneration_match=1)
    assert (blob.generation, blob.metageneration) == (version.generation, 2)
    assert blob.updated > blob.time_created
    blob.metadata = {"one": None, "three": "3"}
    blob.content_type = "image/png"
    blob.patch()
    stored = storage.bucket.get("a")
    assert stored.metadata == {"two": "2", "three": "3"}
    assert (stored.content_type, stored.metageneration) == ("image/png", 3)
    assert stored.content == version.content


def test_metageneration_guards_changes(storage: RunningStorage) -> None:
    """A patch, delete or download that knows an older metageneration is refused."""
    version = storage.bucket.put("a", Literal(b"x"))
    blob = storage.remote.get_blob("a")
    blob.metadata = {"one": "1"}
    blob.patch()
    with pytest.raises(exceptions.PreconditionFailed):
        blob.patch(if_metageneration_match=1)
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_metageneration_match=1)
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.blob("a").download_as_bytes(if_metageneration_match=1)
    assert storage.bucket.get("a").generation == version.generation
    blob.delete(if_metageneration_match=2)


def test_patch_of_what_is_not_there_or_not_served_is_refused(storage: RunningStorage) -> None:
    """A missing object is a 404, a field that the sandbox has not a 501, a wrong one a 400."""
    storage.bucket.put("a", Literal(b"x"))
    path = f"{storage.url}/storage/v1/b/{BUCKET}/o"
    for name, body, status in (
        ("missing", {"metadata": {}}, 404),
        ("a", {"cacheControl": "no-store"}, 501),
        ("a", {"metadata": "text"}, 400),
        ("a", {"metadata": {"one": 1}}, 400),
        ("a", {"contentType": 5}, 400),
    ):
        assert storage.http.patch(f"{path}/{name}", json=body, timeout=30).status_code == status
    assert storage.bucket.get("a").metageneration == 1
