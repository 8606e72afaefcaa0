"""Buckets are made, changed, listed and deleted through Google's own client."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.storage import Bucket

from sandbox.cloud.bucket_settings import BucketSettings
from sandbox.cloud.content import Literal
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule
from sandbox.faults import Fault, LoseReply, Refuse
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage

PROJECT = "sandbox-project"
URL = "/storage/v1/b"


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def insert(storage: RunningStorage, **resource: Any) -> int:
    """Insert a bucket by bare JSON; return the status."""
    url = f"{storage.url}{URL}?project={PROJECT}"
    return storage.http.post(url, json={"name": "made", **resource}, timeout=30).status_code


def test_bucket_made_to_specification_reads_back_the_same(storage: RunningStorage) -> None:
    """Location, versioning, lifecycle, uniform access, soft delete and labels survive the trip."""
    bucket = storage.client.bucket("made")
    bucket.versioning_enabled = True
    bucket.add_lifecycle_delete_rule(number_of_newer_versions=3)
    bucket.add_lifecycle_delete_rule(age=7, matches_prefix=[".tmp/", "tmp/"])
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.soft_delete_policy.retention_duration_seconds = 14 * 86400
    bucket.labels = {"service": "tabular"}
    made = storage.client.create_bucket(bucket, location="europe-west1")
    assert (made.location, made.location_type, made.metageneration) == ("EUROPE-WEST1", "region", 1)
    read = storage.client.get_bucket("made")
    assert read.versioning_enabled is True
    assert list(read.lifecycle_rules) == [
        {"action": {"type": "Delete"}, "condition": {"numNewerVersions": 3}},
        {"action": {"type": "Delete"}, "condition": {"age": 7, "matchesPrefix": [".tmp/", "tmp/"]}},
    ]
    assert read.iam_configuration.uniform_bucket_level_access_enabled is True
    assert read.soft_delete_policy.retention_duration_seconds == 14 * 86400
    assert read.labels == {"service": "tabular"}
    assert storage.buckets.get("made").settings == BucketSettings(
        soft_delete_seconds=14 * 86400, labels={"service": "tabular"}
    )


def test_bucket_without_wishes_has_the_services_defaults(storage: RunningStorage) -> None:
    """A plain bucket is in US, unversioned, without lifecycle, with seven days of soft delete."""
    made = storage.client.create_bucket("plain")
    assert (made.location, made.location_type) == ("US", "multi-region")
    assert (made.versioning_enabled, list(made.lifecycle_rules)) == (False, [])
    assert made.iam_configuration.uniform_bucket_level_access_enabled is False
    assert made.soft_delete_policy.retention_duration_seconds == 604800


def test_existing_name_is_a_conflict(storage: RunningStorage) -> None:
    """Making a bucket twice is Conflict in the service's words, also after a lost reply."""
    with pytest.raises(exceptions.Conflict, match="you already own it"):
        storage.client.create_bucket(BUCKET)
    storage.faults.add(Fault("storage.buckets.insert", LoseReply(), times=1))
    with pytest.raises(exceptions.Conflict):
        storage.client.create_bucket("made", retry=QUICK_RETRY)
    assert storage.client.lookup_bucket("made") is not None
    storage.faults.add(Fault("storage.buckets.insert", Refuse(503), times=1))
    storage.client.create_bucket("other", retry=QUICK_RETRY)


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ({"name": "UPPER"}, 400),
        ({"name": "ab"}, 400),
        ({"name": "a..b"}, 400),
        ({"name": "goog-cache"}, 400),
        ({"name": "x" * 64}, 400),
        ({"name": None}, 400),
        ({"location": "middle-earth"}, 400),
        ({"versioning": {"enabled": "yes"}}, 400),
        ({"versioning": True}, 400),
        ({"labels": {"a": 1}}, 400),
        ({"softDeletePolicy": {"retentionDurationSeconds": "60"}}, 400),
        ({"softDeletePolicy": {"retentionDurationSeconds": -1}}, 400),
        ({"iamConfiguration": {"publicAccessPrevention": "maybe"}}, 400),
        ({"lifecycle": {"rule": [{"action": {"type": "Delete"}}]}}, 400),
        ({"lifecycle": {"rule": {}}}, 400),
        ({"lifecycle": {"rule": [5]}}, 400),
        ({"lifecycle": {"rule": [{"action": {"type": "SetStorageClass"}}]}}, 501),
        ({"storageClass": "NEARLINE"}, 501),
        ({"cors": [{"origin": ["*"]}]}, 501),
        ({"iamConfiguration": {"bucketPolicyOnly": {"enabled": True}}}, 501),
        ({"softDeletePolicy": {"retentionDurationSeconds": "0"}}, 200),
        ({"softDeletePolicy": {"retentionDurationSeconds": 7776000}}, 200),
        ({"location": "eur4"}, 200),
    ],
)
def test_wishes_are_checked(storage: RunningStorage, resource: dict[str, Any], status: int) -> None:
    """What the service refuses is a 400, what only the sandbox lacks a 501; neither makes one."""
    assert insert(storage, **resource) == status
    assert len(storage.buckets.list()) == (2 if status == 200 else 1)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"age": 0}, 200),
        ({"age": "30"}, 200),
        ({"createdBefore": "2026-01-31", "isLive": False}, 200),
        ({"daysSinceNoncurrentTime": 3, "matchesSuffix": [".bin"]}, 200),
        ({"noncurrentTimeBefore": "2026-01-31", "numNewerVersions": 1}, 200),
        ({}, 400),
        ({"age": -1}, 400),
        ({"age": True}, 400),
        ({"isLive": "yes"}, 400),
        ({"createdBefore": "yesterday"}, 400),
        ({"matchesPrefix": []}, 400),
        ({"matchesPrefix": [5]}, 400),
        ({"daysSinceCustomTime": 3}, 501),
    ],
)
def test_lifecycle_conditions_are_read_strictly(
    storage: RunningStorage, condition: dict[str, Any], status: int
) -> None:
    """Every condition that is served reads back; a wrong or unserved one is never dropped."""
    rule = {"action": {"type": "Delete"}, "condition": condition}
    assert insert(storage, lifecycle={"rule": [rule]}) == status
    if status == 200:
        (read,) = storage.client.get_bucket("made").lifecycle_rules
        wanted = {key: 30 if value == "30" else value for key, value in condition.items()}
        assert read["condition"] == wanted


def test_patch_changes_what_it_names_and_nothing_else(storage: RunningStorage) -> None:
    """Versioning and lifecycle can be repaired one by one; each moves the metageneration."""
    storage.bucket.change(BucketSettings(versioning=False, lifecycle=()))
    bucket = storage.client.get_bucket(BUCKET)
    bucket.versioning_enabled = True
    bucket.patch(if_metageneration_match=2)
    assert storage.bucket.settings == BucketSettings(lifecycle=())
    bucket.add_lifecycle_delete_rule(number_of_newer_versions=3)
    bucket.add_lifecycle_delete_rule(age=7, matches_prefix=[".tmp/", "tmp/"])
    bucket.patch()
    assert storage.bucket.settings == BucketSettings()
    assert (bucket.metageneration, storage.bucket.metageneration) == (4, 4)
    bucket.clear_lifecycle_rules()
    bucket.soft_delete_policy.retention_duration_seconds = 0
    bucket.patch()
    assert storage.bucket.settings == BucketSettings(lifecycle=(), soft_delete_seconds=0)
    assert bucket.soft_delete_policy.effective_time > bucket.time_created


def test_labels_are_merged_and_removed(storage: RunningStorage) -> None:
    """A patch of labels keeps the others; a removed one goes."""
    bucket = storage.client.get_bucket(BUCKET)
    bucket.labels = {"one": "1", "two": "2"}
    bucket.patch()
    bucket = storage.client.get_bucket(BUCKET)
    bucket.labels = {"two": "2", "three": "3"}
    bucket.patch()
    assert storage.client.get_bucket(BUCKET).labels == {"two": "2", "three": "3"}


def test_update_replaces_all_settings(storage: RunningStorage) -> None:
    """A PUT of what was read changes nothing; what it leaves out falls back to the default."""
    bucket = storage.client.get_bucket(BUCKET)
    bucket.update()
    assert storage.bucket.settings == BucketSettings()
    del bucket._properties["lifecycle"]
    del bucket._properties["versioning"]
    bucket.update(if_metageneration_match=2)
    settings = storage.bucket.settings
    assert (settings.versioning, settings.lifecycle, settings.location) == (
        False,
        (),
        "EUROPE-WEST1",
    )
    assert len(storage.faults.seen("storage.buckets.update")) == 2


def test_metageneration_guards_a_buckets_changes(storage: RunningStorage) -> None:
    """Whoever knows an older metageneration can neither patch, update nor delete."""
    bucket = storage.client.get_bucket(BUCKET)
    storage.bucket.change(BucketSettings(lifecycle=DEFAULT_LIFECYCLE[:1]))
    bucket.versioning_enabled = False
    for change in (bucket.patch, bucket.update, bucket.delete):
        with pytest.raises(exceptions.PreconditionFailed):
            change(if_metageneration_match=1)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_not_match=2)
    assert storage.bucket.settings.versioning is True


def test_patch_whose_reply_is_lost_looks_like_a_conflict(storage: RunningStorage) -> None:
    """Under a precondition the retry of an applied patch is 412; without, there is no retry."""
    bucket = storage.client.get_bucket(BUCKET)
    bucket.versioning_enabled = False
    storage.faults.add(Fault("storage.buckets.patch", LoseReply(), times=1))
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_match=1, retry=QUICK_RETRY)
    assert (storage.bucket.settings.versioning, storage.bucket.metageneration) == (False, 2)
    storage.faults.add(Fault("storage.buckets.patch", Refuse(503), times=1))
    with pytest.raises(exceptions.ServiceUnavailable):
        bucket.patch()


def test_location_is_for_ever(storage: RunningStorage) -> None:
    """A bucket cannot be moved by a patch or an update."""
    url = f"{storage.url}{URL}/{BUCKET}"
    for method in ("PATCH", "PUT"):
        answer = storage.http.request(method, url, json={"location": "US"}, timeout=30)
        assert answer.status_code == 400
    assert storage.bucket.metageneration == 1


def test_only_an_empty_bucket_can_be_deleted(storage: RunningStorage) -> None:
    """A live or noncurrent object is Conflict; soft-deleted ones do not count."""
    version = storage.bucket.put("a", Literal(b"x"))
    bucket = storage.client.bucket(BUCKET)
    with pytest.raises(exceptions.Conflict, match="is not empty"):
        bucket.delete()
    storage.bucket.delete("a")
    with pytest.raises(exceptions.Conflict, match="is not empty"):
        bucket.delete()
    storage.bucket.delete("a", version.generation)
    bucket.delete()
    assert not bucket.exists()
    with pytest.raises(exceptions.NotFound):
        bucket.delete()


def test_client_can_empty_and_delete_a_bucket(storage: RunningStorage) -> None:
    """A forced delete removes every version first."""
    for content in (b"1", b"2"):
        storage.bucket.put("a", Literal(content))
    storage.client.get_bucket(BUCKET).delete(force=True)
    assert storage.client.lookup_bucket(BUCKET) is None


def test_buckets_are_listed_by_name(storage: RunningStorage) -> None:
    """A listing is sorted, cut to its prefix and paged."""
    for name in ("b-2", "b-3", "b-1", "a-1"):
        storage.buckets.create(name)
    names = [bucket.name for bucket in storage.client.list_buckets(prefix="b-", page_size=2)]
    assert names == ["b-1", "b-2", "b-3"]
    assert len(storage.faults.seen("storage.buckets.list")) == 2
    assert len(list(storage.client.list_buckets(max_results=3))) == 3
    assert all(isinstance(bucket, Bucket) for bucket in storage.client.list_buckets())
    picked = storage.get(URL, project=PROJECT, fields="items(name),nextPageToken", maxResults="1")
    assert picked.json()["items"] == [{"name": "a-1"}]
    for parameters in ({"maxResults": "0"}, {"pageToken": "rubbish"}):
        assert storage.get(URL, project=PROJECT, **parameters).status_code == 400


def test_project_is_asked_for_and_known(storage: RunningStorage) -> None:
    """Listing and making need a project, by id or number, and refuse a foreign one."""
    assert storage.get(URL).json()["error"]["errors"][0]["reason"] == "required"
    assert storage.get(URL, project="123456789012").status_code == 200
    assert "Unknown project" in storage.get(URL, project="other").json()["error"]["message"]
    answer = storage.http.post(storage.url + URL, json={"name": "made"}, timeout=30)
    assert answer.status_code == 400


def test_rights_on_buckets_and_the_project_are_checked(storage: RunningStorage) -> None:
    """Each change to a bucket, and making or listing them, has a permission of its own."""
    bucket = storage.client.bucket(BUCKET)
    bucket.versioning_enabled = False
    storage.bucket.deny("storage.buckets.update", "storage.buckets.delete")
    for change in (bucket.patch, bucket.update, bucket.delete):
        with pytest.raises(exceptions.Forbidden, match="access to the Google Cloud Storage bucket"):
            change()
    storage.buckets.deny("storage.buckets.create", "storage.buckets.list")
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.create access"):
        storage.client.create_bucket("made")
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.list access"):
        list(storage.client.list_buckets())
    storage.buckets.deny()
    storage.client.create_bucket("made")


def test_rules_survive_json_in_both_directions(storage: RunningStorage) -> None:
    """A rule with every condition is the same rule after a patch that repeats it."""
    rule = LifecycleRule(age_days=1, num_newer_versions=2, matches_prefix=("a/",), is_live=False)
    storage.bucket.change(BucketSettings(lifecycle=(rule,)))
    bucket = storage.client.get_bucket(BUCKET)
    bucket.lifecycle_rules = list(bucket.lifecycle_rules)
    bucket.patch()
    assert storage.bucket.settings.lifecycle == (rule,)
