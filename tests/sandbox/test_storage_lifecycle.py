"""Lifecycle rules delete what the documentation says they do, when they say it."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.content import Literal
from sandbox.cloud.lifecycle import LifecycleRule
from sandbox.cloud.lifecycle_json import lifecycle_resource

DAY = timedelta(days=1)


def new_bucket(*rules: LifecycleRule, versioning: bool = True) -> tuple[Bucket, Buckets, Clock]:
    """Return a bucket under these rules."""
    clock = Clock()
    buckets = Buckets(clock)
    return buckets.create("cache", lifecycle=rules, versioning=versioning), buckets, clock


def generations(bucket: Bucket, name: str) -> list[int]:
    """Return the kept generations of a name, oldest first."""
    return [version.generation for version in bucket.list(name, versions=True)]


def test_three_newer_versions_keep_the_live_one_and_two_more() -> None:
    """The condition numNewerVersions counts the live version: 3 leaves live and two noncurrent."""
    bucket, buckets, _ = new_bucket(LifecycleRule(num_newer_versions=3))
    written = [bucket.put("manifest.json", Literal(b"%d" % n)).generation for n in range(5)]
    lonely = bucket.put("other", Literal(b"x")).generation
    buckets.apply_lifecycle()
    assert generations(bucket, "manifest.json") == written[2:]
    assert generations(bucket, "other") == [lonely]
    assert bucket.get("manifest.json").generation == written[-1]
    assert {v.generation for v in bucket.list(soft_deleted=True)} == set(written[:2])


def test_without_a_live_version_three_noncurrent_ones_stay() -> None:
    """Where the live version was deleted, the noncurrent ones count among themselves."""
    bucket, _, _ = new_bucket(LifecycleRule(num_newer_versions=3))
    written = [bucket.put("a", Literal(b"%d" % n)).generation for n in range(5)]
    bucket.delete("a")
    bucket.apply_lifecycle()
    assert generations(bucket, "a") == written[2:]


def test_age_counts_from_creation_and_only_under_the_prefixes() -> None:
    """A version is deleted once it is old enough, and only where a prefix matches."""
    bucket, _, clock = new_bucket(LifecycleRule(age_days=7, matches_prefix=(".tmp/", "tmp/")))
    for name in (".tmp/a", "tmp/b", "ollama/c"):
        bucket.put(name, Literal(b"x"))
    clock.advance(7 * DAY - timedelta(minutes=1))
    assert list(bucket.apply_lifecycle()) == []
    clock.advance(timedelta(minutes=1))
    assert {v.name for v in bucket.apply_lifecycle()} == {".tmp/a", "tmp/b"}
    assert [v.name for v in bucket.list()] == ["ollama/c"]


def test_live_version_first_becomes_noncurrent() -> None:
    """On a versioned bucket a rule takes a live version in two passes, noncurrent in between."""
    bucket, _, clock = new_bucket(LifecycleRule(age_days=7))
    version = bucket.put("a", Literal(b"x"))
    clock.advance(8 * DAY)
    bucket.apply_lifecycle()
    assert bucket.get("a", version.generation).time_deleted is not None
    bucket.apply_lifecycle()
    assert generations(bucket, "a") == []
    assert [v.generation for v in bucket.list(soft_deleted=True)] == [version.generation]


def test_unversioned_live_version_goes_at_once() -> None:
    """Without versioning a rule soft-deletes a live version in one pass."""
    bucket, _, clock = new_bucket(LifecycleRule(age_days=7), versioning=False)
    bucket.put("a", Literal(b"x"))
    clock.advance(8 * DAY)
    bucket.apply_lifecycle()
    assert bucket.list(versions=True) == []
    assert len(bucket.list(soft_deleted=True)) == 1


def test_all_conditions_of_a_rule_must_hold() -> None:
    """A rule for old noncurrent versions leaves live ones and young ones alone."""
    bucket, _, clock = new_bucket(LifecycleRule(age_days=1, is_live=False))
    old = bucket.put("a", Literal(b"old")).generation
    clock.advance(2 * DAY)
    live = bucket.put("a", Literal(b"live")).generation
    bucket.put("b", Literal(b"young"))
    bucket.delete("b")
    assert [v.generation for v in bucket.apply_lifecycle()] == [old]
    assert generations(bucket, "a") == [live]
    assert len(generations(bucket, "b")) == 1


def test_rules_read_as_the_api_writes_them() -> None:
    """The JSON of the rules has Google's names for the conditions and leaves unset ones out."""
    rules = [
        LifecycleRule(num_newer_versions=3),
        LifecycleRule(age_days=7, matches_prefix=(".tmp/",), is_live=False),
    ]
    delete = {"type": "Delete"}
    tmp = {"age": 7, "matchesPrefix": [".tmp/"], "isLive": False}
    assert lifecycle_resource(rules) == {
        "rule": [
            {"action": delete, "condition": {"numNewerVersions": 3}},
            {"action": delete, "condition": tmp},
        ]
    }


def test_rule_without_conditions_is_refused() -> None:
    """A rule that would delete everything cannot be made by forgetting its conditions."""
    with pytest.raises(ValueError, match="condition"):
        LifecycleRule()


def test_rules_are_applied_once_a_day_by_themselves() -> None:
    """Within a day of being due a version is found noncurrent, a day later soft-deleted."""
    bucket, buckets, clock = new_bucket(LifecycleRule(age_days=7))
    version = bucket.put("a", Literal(b"x"))
    clock.advance(8 * DAY)
    assert buckets.get("cache").live("a") is None
    assert generations(bucket, "a") == [version.generation]
    clock.advance(DAY)
    assert generations(buckets.get("cache"), "a") == []
    assert [v.generation for v in bucket.list(soft_deleted=True)] == [version.generation]


def test_rules_wait_for_the_next_daily_run() -> None:
    """Between two runs nothing happens, however much is due."""
    bucket, buckets, clock = new_bucket(LifecycleRule(num_newer_versions=1))
    written = [bucket.put("a", Literal(b"%d" % n)).generation for n in range(3)]
    clock.advance(DAY - timedelta(minutes=1))
    assert generations(buckets.get("cache"), "a") == written
    clock.advance(timedelta(minutes=1))
    assert generations(buckets.get("cache"), "a") == written[2:]
    bucket.put("a", Literal(b"later"))
    assert len(generations(buckets.get("cache"), "a")) == 2


def test_missed_runs_are_made_up_for_in_their_order() -> None:
    """After a long silence each version left on the day that it was due, not on the last one."""
    bucket, buckets, clock = new_bucket(LifecycleRule(age_days=7))
    version = bucket.put("a", Literal(b"x"))
    clock.advance(11 * DAY)
    buckets.get("cache")
    (lost,) = bucket.list(soft_deleted=True)
    assert lost.time_deleted is not None
    assert lost.soft_delete_time is not None
    assert timedelta() <= lost.time_deleted - version.time_created - 7 * DAY <= DAY
    assert lost.soft_delete_time - lost.time_deleted == DAY
    clock.advance(5 * DAY)
    assert bucket.list(soft_deleted=True) == []


def test_runs_can_be_made_to_lag() -> None:
    """With the runs switched off nothing leaves until somebody applies the rules."""
    bucket, buckets, clock = new_bucket(LifecycleRule(age_days=1), versioning=False)
    bucket.put("a", Literal(b"x"))
    buckets.lifecycle_runs = False
    clock.advance(9 * DAY)
    assert buckets.get("cache").live("a") is not None
    buckets.apply_lifecycle()
    assert bucket.live("a") is None


def test_soft_deleted_bucket_keeps_what_it_has() -> None:
    """No rule touches soft-deleted objects, nor anything of a bucket that is soft-deleted."""
    bucket, buckets, clock = new_bucket(LifecycleRule(age_days=1))
    version = bucket.put("a", Literal(b"x"))
    buckets.delete("cache")
    before = bucket.list(soft_deleted=True)
    clock.advance(3 * DAY)
    buckets.restore("cache", bucket.generation)
    assert buckets.get("cache").list(soft_deleted=True) == before
    assert bucket.restore("a", version.generation).time_deleted is None


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (LifecycleRule(matches_suffix=(".bin", ".tmp")), {"a.bin", "old.bin"}),
        (LifecycleRule(created_before=datetime.now(UTC).date()), set()),
        (
            LifecycleRule(created_before=datetime.now(UTC).date() + 2 * DAY),
            {"a.bin", "old.bin", "b"},
        ),
        (LifecycleRule(noncurrent_days=3), {"old.bin"}),
        (LifecycleRule(noncurrent_days=4), set()),
        (LifecycleRule(noncurrent_before=datetime.now(UTC).date()), set()),
        (LifecycleRule(noncurrent_before=datetime.now(UTC).date() + 2 * DAY), {"old.bin"}),
    ],
)
def test_every_condition_is_honoured(rule: LifecycleRule, gone: set[str]) -> None:
    """Suffixes, dates of creation and the time since a version became noncurrent count too."""
    bucket, _, clock = new_bucket(rule)
    for name in ("a.bin", "b", "old.bin"):
        bucket.put(name, Literal(b"x"))
    bucket.delete("old.bin")
    clock.advance(3 * DAY)
    assert {version.name for version in bucket.apply_lifecycle()} == gone
