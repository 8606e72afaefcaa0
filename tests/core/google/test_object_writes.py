"""Tests of writing objects against the pretend Cloud Storage, through Google's own client."""

import pytest

from core.cache.objects import Generation, StoredObject, live_by_name
from core.errors import Conflict, NotFound, PermissionDenied, Unavailable
from core.google.google_cloud import GoogleCloud
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.versions import Draft
from sandbox.faults import Fault, LoseReply, Refuse

NAME = "sbert/weights.bin"


def two_versions(bucket: Bucket) -> None:
    """Write an object twice, the first time with metadata of its own."""
    bucket.insert(Draft(NAME, Seeded("old", 2_000_000), metadata={"kept": "yes"}))
    bucket.put(NAME, Seeded("new", 3_000_000))


def old_and_live(cloud: GoogleCloud) -> tuple[StoredObject, StoredObject]:
    """Return the noncurrent and the live version."""
    found = [one for one in cloud.objects() if one.name == NAME]
    return next(one for one in found if not one.live), next(one for one in found if one.live)


def test_a_version_becomes_live_again_with_its_metadata(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Content and metadata are the old version's, under a new generation."""
    two_versions(pretend.project.bucket)
    old, live = old_and_live(cloud)
    cloud.restore_object(old, live.generation)
    restored = pretend.project.bucket.get(NAME)
    assert restored.metadata == {"kept": "yes"}
    now = live_by_name(cloud.objects())[NAME]
    assert (now.crc32c, now.size_bytes) == (old.crc32c, old.size_bytes)
    assert now.generation not in (old.generation, live.generation)


def test_a_large_copy_takes_as_many_calls_as_it_needs(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A rewrite that comes back with a token goes on until there is none."""
    two_versions(pretend.project.bucket)
    pretend.project.buckets.rewrite_limit_bytes = 1 << 20
    old, live = old_and_live(cloud)
    cloud.restore_object(old, live.generation)
    assert len(pretend.project.faults.seen("storage.objects.rewrite")) == 2
    assert live_by_name(cloud.objects())[NAME].crc32c == old.crc32c


def test_what_somebody_else_wrote_is_never_buried(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Restoring, writing and deleting are refused where another version is live by now."""
    two_versions(pretend.project.bucket)
    old, live = old_and_live(cloud)
    pretend.project.bucket.put(NAME, Literal(b"theirs"))
    with pytest.raises(Conflict):
        cloud.restore_object(old, live.generation)
    with pytest.raises(Conflict):
        cloud.write_object(NAME, b"ours", live.generation)
    with pytest.raises(Conflict):
        cloud.retire_object(NAME, live.generation)
    assert pretend.project.bucket.get(NAME).content.read(0, 10) == b"theirs"


def test_nothing_may_be_live_where_none_was(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """None stands for "there must be no such object"."""
    cloud.write_object(".done", b"1\n", None)
    assert pretend.project.bucket.get(".done").content.read(0, 10) == b"1\n"
    with pytest.raises(Conflict):
        cloud.write_object(".done", b"2\n", None)


def test_a_deleted_object_is_kept_as_a_version(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Retiring frees the name and loses nothing; what is gone already is told as such."""
    two_versions(pretend.project.bucket)
    _, live = old_and_live(cloud)
    cloud.retire_object(NAME, live.generation)
    kept = [one for one in cloud.objects() if one.name == NAME]
    assert len(kept) == 2
    assert not any(one.live for one in kept)
    with pytest.raises(NotFound):
        cloud.retire_object(NAME, live.generation)


def test_a_version_that_is_gone_is_told(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Lifecycle may take it between the plan and the copy."""
    two_versions(pretend.project.bucket)
    old, live = old_and_live(cloud)
    pretend.project.bucket.delete(NAME, int(old.generation))
    with pytest.raises(NotFound) as caught:
        cloud.restore_object(old, live.generation)
    assert "/cache versions" in caught.value.hint


def test_each_write_is_asked_once(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Whether to try again is decided by who can look first."""
    two_versions(pretend.project.bucket)
    old, live = old_and_live(cloud)
    pretend.project.faults.add(Fault("storage.objects.*", Refuse(503)))
    with pytest.raises(Unavailable):
        cloud.restore_object(old, live.generation)
    with pytest.raises(Unavailable):
        cloud.write_object(NAME, b"x", live.generation)
    with pytest.raises(Unavailable):
        cloud.retire_object(NAME, live.generation)
    writes = ("storage.objects.rewrite", "storage.objects.insert", "storage.objects.delete")
    assert [len(pretend.project.faults.seen(one)) for one in writes] == [1, 1, 1]


def test_a_lost_reply_is_no_clear_answer(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """It was applied, and only a look can tell."""
    two_versions(pretend.project.bucket)
    old, live = old_and_live(cloud)
    pretend.project.faults.add(Fault("storage.objects.rewrite", LoseReply(), times=1))
    with pytest.raises(Unavailable):
        cloud.restore_object(old, live.generation)
    assert live_by_name(cloud.objects())[NAME].crc32c == old.crc32c


def test_a_missing_permission_is_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """The reader learns which rights to grant."""
    pretend.project.bucket.deny("storage.objects.create")
    with pytest.raises(PermissionDenied) as caught:
        cloud.write_object(NAME, b"x", Generation(0))
    assert "storage.objects.create" in caught.value.hint
