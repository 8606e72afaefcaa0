"""Buckets and objects are read and deleted through Google's own client as in the real service."""

from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud.storage.exceptions import DataCorruption

from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.content import BLOCK_BYTES, Literal, Seeded
from sandbox.cloud.etags import object_etag
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE
from sandbox.cloud.storage_resources import crc32c_text
from tests.sandbox.storage_fixtures import BUCKET, RunningStorage, running_storage


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


class Sink:
    """Counts what is written to it: gigabytes need not be kept to be checked."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self.size_bytes += len(piece)
        return len(piece)


def test_bucket_resource_tells_how_the_bucket_is_set_up(storage: RunningStorage) -> None:
    """Versioning, lifecycle, soft delete, location and access read back as they were set."""
    bucket = storage.client.get_bucket(BUCKET)
    assert bucket.versioning_enabled is True
    assert list(bucket.lifecycle_rules) == [
        {"action": {"type": "Delete"}, "condition": {"numNewerVersions": 3}},
        {
            "action": {"type": "Delete"},
            "condition": {"age": 7, "matchesPrefix": [".tmp/", "tmp/"]},
        },
    ]
    assert bucket.soft_delete_policy.retention_duration_seconds == 604800
    assert (bucket.location, bucket.location_type) == ("EUROPE-WEST1", "region")
    assert bucket.iam_configuration.uniform_bucket_level_access_enabled is True
    assert bucket.metageneration == 1
    assert abs((bucket.time_created - storage.bucket.time_created).total_seconds()) < 0.001


def test_changed_settings_move_the_metageneration(storage: RunningStorage) -> None:
    """A change of settings shows, and preconditions on the metageneration notice it."""
    storage.bucket.change(BucketSettings(versioning=False, lifecycle=DEFAULT_LIFECYCLE[:1]))
    bucket = storage.client.get_bucket(BUCKET, if_metageneration_match=2)
    assert bucket.versioning_enabled is False
    assert len(list(bucket.lifecycle_rules)) == 1
    with pytest.raises(exceptions.PreconditionFailed):
        storage.client.get_bucket(BUCKET, if_metageneration_match=1)
    with pytest.raises(exceptions.NotModified):
        storage.client.get_bucket(BUCKET, if_metageneration_not_match=2)


def test_missing_bucket_is_not_found(storage: RunningStorage) -> None:
    """Each call on a bucket that is not there is NotFound with Google's words."""
    missing = storage.client.bucket("missing")
    assert missing.exists() is False
    for call in (
        missing.reload,
        lambda: list(missing.list_blobs()),
        missing.blob("a").reload,
        missing.blob("a").download_as_bytes,
        lambda: missing.blob("a").upload_from_string(b"x"),
        lambda: missing.test_iam_permissions(["storage.objects.get"]),
    ):
        with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
            call()


def test_object_metadata_is_that_of_the_stored_version(storage: RunningStorage) -> None:
    """Size, checksums, generation, times and type read back typed and true."""
    version = storage.bucket.put("dir/a b+ü?#%2F", Literal(b"hello"), content_type="text/plain")
    blob = storage.remote.get_blob("dir/a b+ü?#%2F")
    assert blob.name == "dir/a b+ü?#%2F"
    assert (blob.size, blob.generation, blob.metageneration) == (5, version.generation, 1)
    assert blob.content_type == "text/plain"
    assert blob.crc32c == "mnG7TA=="
    assert blob.md5_hash == "XUFAKrxLKna5cZ2REBfFkg=="
    assert blob.etag == object_etag(version.generation, 1)
    assert abs((blob.time_created - version.time_created).total_seconds()) < 0.001
    assert blob.time_deleted is None
    assert blob.id == f"{BUCKET}/dir/a b+ü?#%2F/{version.generation}"
    assert blob.self_link.endswith("/o/dir%2Fa%20b%2B%C3%BC%3F%23%252F")
    assert storage.http.get(blob.media_link, timeout=30).content == b"hello"


def test_etag_is_built_as_google_builds_it() -> None:
    """An etag seen on the real service follows from its generation and metageneration."""
    assert object_etag(1790696465415283, 1) == "CPP44pWQlJcDEAE="


def test_names_that_look_like_paths_are_only_names(storage: RunningStorage) -> None:
    """Names with slashes in any place are distinct objects, not folders or other calls."""
    names = ["a/", "a//b", "/a", ".done", "a/rewriteTo/b/c/o/d", "a/../b", "o", "a/iam"]
    for name in names:
        storage.bucket.put(name, Literal(name.encode()))
    for name in names:
        assert storage.remote.blob(name).download_as_bytes() == name.encode()
    assert {blob.name for blob in storage.remote.list_blobs()} == set(names)


def test_missing_object_is_not_found(storage: RunningStorage) -> None:
    """An object that is not there is NotFound for reads, downloads and deletes."""
    blob = storage.remote.blob("missing")
    assert blob.exists() is False
    assert storage.remote.get_blob("missing") is None
    for call in (blob.reload, blob.download_as_bytes, blob.delete):
        with pytest.raises(exceptions.NotFound, match=f"No such object: {BUCKET}/missing"):
            call()


def test_noncurrent_generation_is_read_by_its_number(storage: RunningStorage) -> None:
    """Each generation keeps its bytes and says when it ceased to be live."""
    first = storage.bucket.put("a", Literal(b"one"))
    second = storage.bucket.put("a", Literal(b"two"))
    old = storage.remote.blob("a", generation=first.generation)
    old.reload()
    assert abs((old.time_deleted - second.time_created).total_seconds()) < 0.001
    assert old.download_as_bytes() == b"one"
    assert storage.remote.blob("a").download_as_bytes() == b"two"
    with pytest.raises(exceptions.NotFound):
        storage.remote.blob("a", generation=1).reload()


def test_preconditions_guard_reads(storage: RunningStorage) -> None:
    """A failed match is PreconditionFailed, a failed not-match is NotModified."""
    generation = storage.bucket.put("a", Literal(b"one")).generation
    blob = storage.remote.blob("a")
    blob.reload(if_generation_match=generation, if_metageneration_match=1)
    assert blob.download_as_bytes(if_generation_not_match=generation + 1) == b"one"
    with pytest.raises(exceptions.PreconditionFailed, match="did not hold"):
        blob.reload(if_generation_match=generation + 1)
    with pytest.raises(exceptions.PreconditionFailed):
        blob.download_as_bytes(if_metageneration_match=2)
    with pytest.raises(exceptions.NotModified):
        blob.reload(if_generation_not_match=generation)
    with pytest.raises(exceptions.NotModified):
        blob.download_as_bytes(if_metageneration_not_match=1)


def test_delete_hides_the_live_version_and_removes_a_named_one(storage: RunningStorage) -> None:
    """A plain delete leaves a noncurrent version; a delete by generation soft-deletes it."""
    generation = storage.bucket.put("a", Literal(b"one")).generation
    storage.remote.blob("a").delete()
    assert not storage.remote.blob("a").exists()
    assert storage.remote.blob("a", generation=generation).exists()
    storage.remote.blob("a", generation=generation).delete()
    assert not storage.remote.blob("a", generation=generation).exists()
    (soft,) = storage.client.list_blobs(BUCKET, soft_deleted=True)
    assert soft.generation == generation
    assert (soft.hard_delete_time - soft.soft_delete_time).days == 7
    read = storage.remote.get_blob("a", generation=generation, soft_deleted=True)
    assert read.soft_delete_time == soft.soft_delete_time


def test_preconditions_guard_deletes(storage: RunningStorage) -> None:
    """A delete under a precondition that does not hold changes nothing."""
    version = storage.bucket.put("a", Literal(b"one"))
    blob = storage.remote.blob("a")
    for condition in (
        {"if_generation_match": version.generation + 1},
        {"if_metageneration_match": 2},
        {"if_generation_not_match": version.generation},
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            blob.delete(**condition)
    assert storage.bucket.list(versions=True) == [version]
    blob.delete(if_generation_match=version.generation)
    assert storage.bucket.list() == []


def test_ranges_are_parts_of_the_whole(storage: RunningStorage) -> None:
    """Ranged downloads, open at either end too, are slices, and past the end there is nothing."""
    content = Seeded("weights", 3 * BLOCK_BYTES + 5)
    storage.bucket.put("a", content)
    whole = content.read(0, content.size_bytes)
    blob = storage.remote.blob("a")
    assert blob.download_as_bytes(start=10, end=19) == whole[10:20]
    edge = BLOCK_BYTES
    assert blob.download_as_bytes(start=edge - 1, end=2 * edge) == whole[edge - 1 : 2 * edge + 1]
    assert blob.download_as_bytes(start=len(whole) - 7) == whole[-7:]
    assert blob.download_as_bytes(start=-4) == whole[-4:]
    assert blob.download_as_bytes(start=5, end=10**9) == whole[5:]
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=len(whole))


def test_empty_object_downloads_as_nothing(storage: RunningStorage) -> None:
    """An object without bytes can be downloaded whole, and has no range that could be served."""
    storage.bucket.put("a", Literal(b""))
    assert storage.remote.blob("a").download_as_bytes() == b""
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        storage.remote.blob("a").download_as_bytes(start=0)


def test_big_virtual_object_streams_and_passes_the_checksum(storage: RunningStorage) -> None:
    """The client downloads 200 MB that exist nowhere and finds the promised CRC32C."""
    version = storage.bucket.put("big", Seeded("big", 200_000_003))
    blob, sink = storage.remote.get_blob("big"), Sink()
    assert blob.md5_hash is None
    blob.download_to_file(sink)
    assert sink.size_bytes == 200_000_003
    assert blob.crc32c == crc32c_text(version.crc32c)


def test_wrong_checksum_would_be_noticed(storage: RunningStorage) -> None:
    """The client really verifies downloads: a version with a wrong checksum is refused."""

    class Lying:
        size_bytes = 5

        def crc32c(self) -> int:
            return 1

        def md5(self) -> bytes | None:
            return None

        def read(self, start: int, end: int) -> bytes:
            return b"hello"[start:end]

    storage.bucket.put("a", Lying())
    with pytest.raises(DataCorruption):
        storage.remote.blob("a").download_as_bytes()


def test_permissions_are_granted_but_for_the_denied_ones(storage: RunningStorage) -> None:
    """A permission test gives the held subset, and what is denied really is forbidden."""
    asked = ["storage.objects.get", "storage.objects.list", "storage.buckets.get"]
    assert storage.remote.test_iam_permissions(asked) == asked
    storage.bucket.put("a", Literal(b"one"))
    storage.bucket.deny("storage.buckets.get", "storage.objects.delete")
    assert storage.remote.test_iam_permissions(asked) == asked[:2]
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.get access"):
        storage.remote.reload()
    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.delete access"):
        storage.remote.blob("a").delete()
    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.delete access"):
        storage.remote.blob("a").upload_from_string(b"two")
    storage.remote.blob("b").upload_from_string(b"new")
    storage.bucket.deny(*asked, "storage.objects.create")
    assert storage.remote.test_iam_permissions(asked) == []
    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.create access"):
        storage.remote.blob("c").upload_from_string(b"new")
    for call in (
        lambda: list(storage.remote.list_blobs()),
        storage.remote.blob("a").reload,
        storage.remote.blob("a").download_as_bytes,
    ):
        with pytest.raises(exceptions.Forbidden):
            call()
    storage.bucket.deny()
    assert storage.remote.blob("a").download_as_bytes() == b"one"
