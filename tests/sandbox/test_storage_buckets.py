"""The store behind the API: every history of a bucket is a consistent timeline."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.cloud.buckets import (
    Bucket,
    BucketExists,
    Buckets,
    BucketSettings,
    NoSuchBucket,
    NoSuchObject,
    PreconditionFailed,
    Version,
)
from sandbox.cloud.content import Literal, Seeded

WEEK = timedelta(days=7)
NAMES = ("a", "b", "dir/c")
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "delete generation", "move", "flip versioning"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(0, 5),
    ),
    max_size=30,
)


def new_bucket(*, versioning: bool = True) -> tuple[Bucket, Clock]:
    """Return an empty bucket and its clock."""
    clock = Clock()
    return Buckets(clock).create("cache", versioning=versioning), clock


def data(version: Version) -> bytes:
    """Return all the bytes of a version."""
    return version.content.read(0, version.size_bytes)


def act(bucket: Bucket, action: tuple[str, str, str, int], written: dict[int, bytes]) -> None:
    """Do one thing to the bucket; remember by generation what it wrote."""
    kind, name, other, pick = action
    live = {version.name for version in bucket.list()}
    kept = bucket.list(name, versions=True)
    if kind == "put":
        content = f"content {len(written)}".encode()
        written[bucket.put(name, Literal(content)).generation] = content
    elif kind == "delete" and name in live:
        bucket.delete(name)
    elif kind == "delete generation" and kept:
        bucket.delete(name, kept[pick % len(kept)].generation)
    elif kind == "move" and name in live and name != other:
        moved = bucket.move(name, other)
        written[moved.generation] = data(moved)
    elif kind == "flip versioning":
        bucket.change(BucketSettings(versioning=not bucket.settings.versioning))


@settings(max_examples=150, deadline=None)
@given(actions=ACTIONS)
def test_every_history_is_a_consistent_timeline(
    actions: list[tuple[str, str, str, int]],
) -> None:
    """Versions of a name follow each other in time, at most one lives, and none loses its bytes."""
    bucket, _ = new_bucket()
    written: dict[int, bytes] = {}
    for action in actions:
        act(bucket, action, written)
    timelines = defaultdict(list)
    for version in bucket.list(versions=True):
        timelines[version.name].append(version)
        assert data(bucket.get(version.name, version.generation)) == written[version.generation]
    for timeline in timelines.values():
        assert all(version.time_deleted is not None for version in timeline[:-1])
        for older, newer in pairwise(timeline):
            assert older.generation < newer.generation
            assert older.time_created < newer.time_created
            assert older.time_deleted is not None
            assert older.time_created < older.time_deleted <= newer.time_created
        last = timeline[-1]
        assert (bucket.live(last.name) == last) is (last.time_deleted is None)


@settings(max_examples=100, deadline=None)
@given(actions=ACTIONS)
def test_nothing_written_disappears_before_its_retention(
    actions: list[tuple[str, str, str, int]],
) -> None:
    """Each generation ever written is kept or soft-deleted, never both, never lost."""
    bucket, _ = new_bucket()
    written: dict[int, bytes] = {}
    for action in actions:
        act(bucket, action, written)
    kept = {version.generation for version in bucket.list(versions=True)}
    soft = {version.generation for version in bucket.list(soft_deleted=True)}
    assert kept | soft == set(written)
    assert not kept & soft


def test_generation_is_the_microsecond_of_creation() -> None:
    """A generation tells its creation time, as the real service's do to within a moment."""
    bucket, clock = new_bucket()
    before = clock.now()
    version = bucket.put("a", Literal(b"1"))
    assert before <= version.time_created <= clock.now()
    assert version.generation == round(version.time_created.timestamp() * 1_000_000)


def test_no_two_changes_share_a_moment() -> None:
    """While the clock stands still, versions and deletions still follow each other in time."""
    bucket, clock = new_bucket()
    with clock.back_to(clock.now() + timedelta(hours=1)):
        for content in (b"1", b"2", b"3"):
            bucket.put("a", Literal(content))
        bucket.delete("a")
    versions = bucket.list("a", versions=True)
    moments = [m for v in versions for m in (v.time_created, v.time_deleted) if m]
    assert len(set(moments)) == 4
    assert moments == sorted(moments)


def test_overwriting_keeps_the_old_version_where_versioning_is_on() -> None:
    """The old version becomes noncurrent at the very moment the new one is created."""
    bucket, _ = new_bucket()
    first, second = bucket.put("a", Literal(b"1")), bucket.put("a", Literal(b"2"))
    assert data(bucket.get("a")) == b"2"
    old = bucket.get("a", first.generation)
    assert old.time_deleted == second.time_created
    assert [v.generation for v in bucket.list()] == [second.generation]


def test_deleting_the_live_version_hides_the_name() -> None:
    """After a plain delete there is no live object, and its last version stays readable."""
    bucket, _ = new_bucket()
    version = bucket.put("a", Literal(b"1"))
    bucket.delete("a")
    with pytest.raises(NoSuchObject):
        bucket.get("a")
    with pytest.raises(NoSuchObject):
        bucket.delete("a")
    assert data(bucket.get("a", version.generation)) == b"1"


def test_deleting_a_generation_is_for_good() -> None:
    """A version deleted by generation leaves versioning, even where it was live."""
    bucket, _ = new_bucket()
    first, second = bucket.put("a", Literal(b"1")), bucket.put("a", Literal(b"2"))
    bucket.delete("a", second.generation)
    assert [v.generation for v in bucket.list(versions=True)] == [first.generation]
    with pytest.raises(NoSuchObject):
        bucket.get("a")


def test_without_versioning_the_old_version_is_soft_deleted() -> None:
    """On a bucket without versioning an overwritten version can only be found soft-deleted."""
    bucket, _ = new_bucket(versioning=False)
    first = bucket.put("a", Literal(b"1"))
    bucket.put("a", Literal(b"2"))
    assert len(bucket.list(versions=True)) == 1
    assert [v.generation for v in bucket.list(soft_deleted=True)] == [first.generation]
    assert bucket.get_soft_deleted("a", first.generation).time_deleted is None


def test_soft_deleted_versions_vanish_after_their_retention() -> None:
    """A soft-deleted version is there until its hard-delete time and gone from then on."""
    bucket, clock = new_bucket()
    version = bucket.put("a", Literal(b"1"))
    bucket.delete("a", version.generation)
    (soft,) = bucket.list(soft_deleted=True)
    assert soft.soft_delete_time is not None
    assert soft.hard_delete_time == soft.soft_delete_time + WEEK
    clock.advance(WEEK - timedelta(minutes=1))
    assert bucket.list(soft_deleted=True) == [soft]
    clock.advance(timedelta(minutes=1))
    assert bucket.list(soft_deleted=True) == []
    with pytest.raises(NoSuchObject):
        bucket.get_soft_deleted("a", version.generation)


def test_no_retention_means_no_soft_delete() -> None:
    """With a retention of zero a deleted version is gone at once."""
    bucket = Buckets(Clock()).create("cache", soft_delete_seconds=0)
    version = bucket.put("a", Literal(b"1"))
    bucket.delete("a", version.generation)
    assert bucket.list(soft_deleted=True) == []


def test_generation_match_guards_every_write() -> None:
    """A write under a precondition happens only from the state that it names."""
    bucket, _ = new_bucket()
    with pytest.raises(PreconditionFailed):
        bucket.put("a", Literal(b"0"), if_generation_match=12345)
    version = bucket.put("a", Literal(b"1"), if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.put("a", Literal(b"2"), if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.delete("a", if_generation_match=version.generation + 1)
    newer = bucket.put("a", Literal(b"3"), if_generation_match=version.generation)
    bucket.delete("a", if_generation_match=newer.generation)
    bucket.put("a", Literal(b"4"), if_generation_match=0)
    assert len(bucket.list(versions=True)) == 3


def test_moving_keeps_the_content_under_the_new_name() -> None:
    """A move makes a new generation elsewhere and leaves the old name noncurrent."""
    bucket, _ = new_bucket()
    old = bucket.put(".tmp/a", Seeded("a", 2_000_000_000), content_type="model/gguf")
    new = bucket.move(".tmp/a", "a")
    assert (new.crc32c, new.size_bytes, new.content_type) == (
        old.crc32c,
        old.size_bytes,
        "model/gguf",
    )
    assert [v.name for v in bucket.list()] == ["a"]
    assert bucket.get(".tmp/a", old.generation).time_deleted is not None


def test_listing_is_by_name_then_generation() -> None:
    """Listings are sorted and cut to the prefix, and the two kinds of past exclude each other."""
    bucket, _ = new_bucket()
    for name in ("b", "a/2", "a/1", "a/2"):
        bucket.put(name, Literal(name.encode()))
    versions = bucket.list("a/", versions=True)
    assert [v.name for v in versions] == ["a/1", "a/2", "a/2"]
    assert versions[1].generation < versions[2].generation
    with pytest.raises(ValueError, match="exclude"):
        bucket.list(versions=True, soft_deleted=True)


def test_bucket_names_are_unique_and_free_again_after_deletion() -> None:
    """A name holds one bucket at a time, and a new one starts empty."""
    buckets = Buckets(Clock())
    buckets.create("cache").put("a", Literal(b"1"))
    with pytest.raises(BucketExists):
        buckets.create("cache")
    buckets.delete("cache")
    with pytest.raises(NoSuchBucket):
        buckets.get("cache")
    with pytest.raises(NoSuchBucket):
        buckets.delete("cache")
    assert buckets.create("cache").list(versions=True) == []
