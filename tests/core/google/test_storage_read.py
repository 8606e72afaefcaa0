"""Tests of reading one object: its content and the very version that it is."""

import threading
from dataclasses import replace

import pytest

from core.cache.objects import Generation
from core.errors import NotFound, PermissionDenied, Rejected
from core.google.google_cloud import GoogleCloud
from core.google.storage import LARGEST_READ_BYTES
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal, Seeded
from sandbox.faults import Delay, Fault, Phase, Refuse

_PATIENCE_SECONDS = 30


def test_a_small_object_is_read_with_the_version_that_it_is(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The version is the very one that a listing tells, to the last digit of its time."""
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
    """Gigabytes are refused without being downloaded; nothing at all is a content too."""
    bucket = pretend.project.bucket
    bucket.put("fits", Seeded("fits", LARGEST_READ_BYTES))
    bucket.put("empty", Literal(b""))
    bucket.put("model", Seeded("model", 2_300_000_000))
    content, stored = cloud.read("fits")
    assert len(content) == stored.size_bytes == LARGEST_READ_BYTES
    assert cloud.read("empty")[0] == b""
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


def test_nothing_goes_on_after_a_failed_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """The request beside the download has ended when the caller reads the error."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    answered = threading.Event()

    def note(method: str, phase: Phase) -> None:
        if (method, phase) == ("storage.objects.get", Phase.APPLIED):
            answered.set()

    pretend.faults.watch(note)
    pretend.faults.add(Fault("storage.objects.get.media", Refuse(403)))
    pretend.faults.add(Fault("storage.objects.get", Delay(0.3)))
    with pytest.raises(PermissionDenied):
        cloud.read(".done")
    assert answered.is_set()
