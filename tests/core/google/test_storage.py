"""Tests of the bucket's adapter against the pretend Cloud Storage."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import NotFound, PermissionDenied, Rejected
from core.google.google_cloud import GoogleCloud
from core.google.storage import LARGEST_READ_BYTES, PERMISSIONS
from core.objects import Generation, LifecycleRule
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.lifecycle import LifecycleRule as PretendRule
from sandbox.faults import Fault, LoseReply, Phase, Refuse

_PATIENCE_SECONDS = 30


def test_the_settings_are_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Versioning, soft delete and the delete rules decide what can be restored."""
    settings = cloud.bucket()
    assert settings.name == pretend.project.bucket_name
    assert settings.location == "EUROPE-WEST1"
    assert settings.versioning
    assert settings.soft_delete == timedelta(days=7)
    assert settings.lifecycle == (
        LifecycleRule(newer_versions=3),
        LifecycleRule(age=timedelta(days=7), prefixes=(".tmp/", "tmp/")),
    )


def test_settings_that_are_off_read_as_off(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A bucket without any safety net is told as such."""
    bucket = pretend.project.bucket
    bucket.change(replace(bucket.settings, versioning=False, lifecycle=(), soft_delete_seconds=0))
    settings = cloud.bucket()
    assert not settings.versioning
    assert settings.lifecycle == ()
    assert settings.soft_delete is None


def test_the_last_rules_of_a_bucket_are_kept_apart(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Each rule deletes by itself."""
    bucket = pretend.project.bucket
    rules = (PretendRule(num_newer_versions=5), PretendRule(age_days=1))
    bucket.change(replace(bucket.settings, lifecycle=rules))
    assert cloud.bucket().lifecycle == (
        LifecycleRule(newer_versions=5),
        LifecycleRule(age=timedelta(days=1)),
    )


def test_missing_permissions_are_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """All are there by default; what is taken away is found."""
    assert cloud.missing_permissions() == []
    pretend.project.bucket.deny("storage.objects.list", "storage.objects.delete")
    assert cloud.missing_permissions() == ["storage.objects.list"]
    pretend.project.bucket.deny(*PERMISSIONS)
    assert cloud.missing_permissions() == list(PERMISSIONS)


def test_every_version_of_every_object_is_listed(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Overwritten and deleted objects stay as noncurrent versions."""
    bucket = pretend.project.bucket
    first = bucket.put(".done", Literal(b"1\n"))
    second = bucket.put(".done", Literal(b"20\n"))
    bucket.put("ollama/blobs/sha256-1", Seeded("blob", 1_300_000_000))
    bucket.delete("ollama/blobs/sha256-1")
    listed = {(one.name, one.generation): one for one in cloud.objects()}
    assert len(listed) == 3
    assert not listed[".done", Generation(first.generation)].live
    live = listed[".done", Generation(second.generation)]
    assert live.live
    assert live.size_bytes == 3
    assert abs(live.created_at - second.time_created) < timedelta(milliseconds=1)
    (gone,) = [one for one in listed.values() if one.name.startswith("ollama/")]
    assert gone.size_bytes == 1_300_000_000
    assert gone.deleted_at is not None
    assert gone.crc32c


def test_a_listing_goes_on_after_a_thousand_objects(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The API gives at most 1,000 a page, and no page is dropped."""
    for number in range(2005):
        pretend.project.bucket.put(f"sbert/{number:04}", Literal(b"x"))
    assert len({one.name for one in cloud.objects()}) == 2005
    assert len(pretend.faults.seen("storage.objects.list")) == 3


def test_soft_deleted_versions_are_listed_by_themselves(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """What lifecycle or a cleanup took can still be had for some days."""
    bucket = pretend.project.bucket
    kept = bucket.put("kept", Literal(b"x"))
    lost = bucket.put("lost", Literal(b"four"))
    bucket.delete("lost", lost.generation)
    (found,) = cloud.soft_deleted()
    assert (found.name, found.generation, found.size_bytes) == ("lost", lost.generation, 4)
    assert found.deleted_at is not None
    assert [one.generation for one in cloud.objects()] == [kept.generation]


def test_a_small_object_is_read_with_the_version_that_it_is(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The version is the very one that a listing tells, microseconds included."""
    pretend.project.bucket.put("manifest.json", Literal(b'{"version": "1"}'))
    content, stored = cloud.read("manifest.json")
    assert content == b'{"version": "1"}'
    assert [stored] == cloud.objects()


def test_a_noncurrent_version_is_read_by_its_generation(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Rollback looks into old manifests."""
    old = pretend.project.bucket.put("manifest.json", Literal(b"old"))
    pretend.project.bucket.put("manifest.json", Literal(b"new"))
    content, stored = cloud.read("manifest.json", Generation(old.generation))
    assert (content, stored.generation) == (b"old", old.generation)
    assert stored.deleted_at is not None


def test_content_and_metadata_are_asked_for_at_the_same_time(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Reading costs the time of one request: each waits here until both have come."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    both = threading.Barrier(2, timeout=_PATIENCE_SECONDS)

    def meet(method: str, phase: Phase) -> None:
        if phase is Phase.BEFORE and method.startswith("storage.objects.get"):
            both.wait()

    pretend.faults.watch(meet)
    assert cloud.read(".done")[0] == b"1\n"
    assert len(pretend.faults.seen("storage.objects.get*")) == 2


def _replace_after_download(pretend: PretendCloud, name: str, content: bytes) -> None:
    """Let the first answer about `name` come after a download of it and then a replacement."""
    downloaded, replaced = threading.Event(), threading.Event()

    def watcher(method: str, phase: Phase) -> None:
        if (method, phase) == ("storage.objects.get.media", Phase.APPLIED):
            downloaded.set()
        if (method, phase) == ("storage.objects.get", Phase.BEFORE) and not replaced.is_set():
            assert downloaded.wait(_PATIENCE_SECONDS)
            replaced.set()
            pretend.project.bucket.put(name, Literal(content))

    pretend.faults.watch(watcher)


def test_content_and_version_agree_when_a_sync_writes_in_between(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The old content is never shown with the new version's generation."""
    old = pretend.project.bucket.put("manifest.json", Literal(b"old"))
    _replace_after_download(pretend, "manifest.json", b"new")
    content, stored = cloud.read("manifest.json")
    assert (content, stored.generation) == (b"old", old.generation)
    assert stored.deleted_at is not None


def test_a_version_that_is_gone_already_is_read_anew(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Without versioning nothing can be known of the old one any more."""
    bucket = pretend.project.bucket
    bucket.change(replace(bucket.settings, versioning=False))
    bucket.put("manifest.json", Literal(b"old"))
    _replace_after_download(pretend, "manifest.json", b"new")
    content, stored = cloud.read("manifest.json")
    assert (content, stored.generation) == (b"new", bucket.get("manifest.json").generation)


def test_an_object_of_one_mebibyte_is_read_and_none_larger(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Gigabytes are refused without being downloaded."""
    bucket = pretend.project.bucket
    bucket.put("fits", Seeded("fits", LARGEST_READ_BYTES))
    bucket.put("model", Seeded("model", 2_300_000_000))
    content, stored = cloud.read("fits")
    assert len(content) == stored.size_bytes == LARGEST_READ_BYTES
    with pytest.raises(Rejected, match="model is larger than 1 MiB"):
        cloud.read("model")


@pytest.mark.parametrize("generation", [None, Generation(1)])
def test_an_absent_object_is_not_found(cloud: GoogleCloud, generation: Generation | None) -> None:
    """A cache that was never synced has no manifest."""
    with pytest.raises(NotFound, match=r"no object manifest\.json in the bucket"):
        cloud.read("manifest.json", generation)


def test_names_are_taken_as_they_are(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Slashes, spaces and other scripts are ordinary in object names."""
    name = "sbert/models--BAAI/Größe 100%/ключ?x=1#2"
    pretend.project.bucket.put(name, Literal(b"x"))
    content, stored = cloud.read(name)
    assert (content, stored.name) == (b"x", name)


def test_reads_are_made_again_when_the_service_is_busy(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Two bad answers in a row cost a moment, not the report."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    for method in ("storage.objects.list", "storage.buckets.get", "storage.objects.get.media"):
        pretend.faults.add(Fault(method, Refuse(503), times=2))
    assert len(cloud.objects()) == 1
    assert cloud.bucket().versioning
    assert cloud.read(".done")[0] == b"1\n"
    assert len(pretend.faults.seen("storage.objects.list")) == 3


def test_reads_are_made_again_when_the_connection_breaks(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A connection that was closed while idle looks the same."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    pretend.faults.add(Fault("storage.objects.*", LoseReply(), times=2))
    assert cloud.read(".done")[0] == b"1\n"
    assert len(cloud.objects()) == 1


def test_a_refusal_is_not_asked_again(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A missing permission does not come with time, and is named."""
    pretend.project.bucket.deny("storage.objects.list")
    with pytest.raises(PermissionDenied) as caught:
        cloud.objects()
    assert caught.value.hint == ("Grant the bot's account storage.objects.list on the bucket.")
    assert len(pretend.faults.seen("storage.objects.list")) == 1


def test_sixteen_threads_keep_their_connections(
    cloud: GoogleCloud, pretend: PretendCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection pool holds as many as the bot has threads: none is thrown away."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    together = threading.Barrier(16, timeout=_PATIENCE_SECONDS)

    def meet(method: str, phase: Phase) -> None:
        if (method, phase) == ("storage.objects.list", Phase.BEFORE):
            together.wait()

    pretend.faults.watch(meet)
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(16) as pool:
        listings = list(pool.map(lambda _: len(cloud.objects()), range(16)))
    assert listings == [1] * 16
    assert "Connection pool is full" not in caplog.text
