"""The bucket as a whole, over Google's client: restored, created, mended, opened to accounts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import storage

from core.cache.buckets import BucketRepair, BucketSpec, Grant, roles_of, suffices
from core.cache.lifecycle import lacking_rules
from core.cache.objects import Generation, LifecycleRule
from core.cloud import Cloud
from core.deployment import Expectations
from core.errors import Conflict, NotFound, PermissionDenied, Unavailable
from core.google.google_cloud import GoogleCloud
from core.google.storage import raw_rules
from sandbox.cloud import disasters
from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal
from sandbox.cloud.iam_policy import Binding as PretendBinding
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.lifecycle import LifecycleRule as PretendRule
from sandbox.faults import Fault, LoseReply, Refuse

WEEK = timedelta(days=7)
MEMBER = "serviceAccount:somebody@sandbox-project.iam.gserviceaccount.com"
ADMIN = Grant("roles/storage.admin", MEMBER)
CONDITION = {"title": "tmp", "expression": "resource.name.startsWith('.tmp/')"}


def spec_of(pretend: PretendCloud) -> BucketSpec:
    """Return how the cache's bucket should be."""
    return BucketSpec(pretend.project.bucket_name, "europe-west1", 3, WEEK)


def test_a_deleted_bucket_is_found_and_restored(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """By its generation, with the end of its time; another bucket of a longer name is not it."""
    pretend.project.buckets.create(f"{pretend.project.bucket_name}-two")
    disasters.delete_bucket(pretend.project)
    pretend.project.buckets.delete(f"{pretend.project.bucket_name}-two")
    (lost,) = cloud.soft_deleted_buckets()
    assert lost.name == pretend.project.bucket_name
    assert lost.gone_at - lost.deleted_at == WEEK
    cloud.restore_bucket(lost.generation)
    assert cloud.bucket().generation == lost.generation
    assert cloud.soft_deleted_buckets() == []


def test_of_several_deleted_buckets_the_last_comes_first(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A bucket that was created anew and deleted too is what was lost last."""
    disasters.delete_bucket(pretend.project)
    newer = pretend.project.buckets.create(pretend.project.bucket_name)
    disasters.delete_bucket(pretend.project)
    found = [one.generation for one in cloud.soft_deleted_buckets()]
    assert (len(found), found[0]) == (2, newer.generation)


def test_a_bucket_in_the_way_or_out_of_time_is_told(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A live bucket of the name is a conflict; what is no longer there is not found."""
    generation = Generation(pretend.project.bucket.generation)
    disasters.delete_bucket(pretend.project)
    pretend.project.buckets.create(pretend.project.bucket_name)
    with pytest.raises(Conflict):
        cloud.restore_bucket(generation)
    disasters.delete_bucket_for_good(pretend.project)
    with pytest.raises(NotFound):
        cloud.restore_bucket(generation)


def test_a_created_bucket_is_to_the_spec_and_opened_to_nobody(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Region, uniform access, versioning, rules and soft delete as the cache wants them."""
    disasters.delete_bucket_for_good(pretend.project)
    cloud.create_bucket(spec_of(pretend))
    assert pretend.project.bucket.settings == BucketSettings()
    assert cloud.bucket().lifecycle == spec_of(pretend).rules
    assert not any(one.members[0].startswith("serviceAccount:") for one in cloud.bindings())
    with pytest.raises(Conflict):
        cloud.create_bucket(spec_of(pretend))


def test_a_repair_adds_what_is_missing_and_keeps_what_it_does_not_know(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Rules named harmful go, others stay; the labels are not touched."""
    bucket = pretend.project.bucket
    odd = PretendRule(age_days=400, is_live=False)
    bad = PretendRule(age_days=30)
    labels = {"service": "tabular"}
    bucket.change(replace(bucket.settings, versioning=False, lifecycle=(bad, odd), labels=labels))
    rules = spec_of(pretend).rules
    drop = (LifecycleRule(age=timedelta(days=30)),)
    seen = cloud.bucket().metageneration
    cloud.repair_bucket(BucketRepair(seen, rules, drop))
    settings = pretend.project.bucket.settings
    assert (settings.versioning, settings.labels) == (True, labels)
    assert settings.lifecycle[0] == odd
    assert cloud.bucket().lifecycle == rules
    cloud.repair_bucket(BucketRepair(cloud.bucket().metageneration, rules, drop))
    assert pretend.project.bucket.settings == settings


def test_a_repair_keeps_rules_of_a_kind_that_nobody_knows() -> None:
    """What is read back is what the server has, not what the library can tell of it."""
    unknown = {"action": {"type": "NewKind"}, "condition": {"age": 1}}
    known = {"action": {"type": "Delete"}, "condition": {"age": 30}}
    found = storage.Bucket(None, "b")
    found._properties["lifecycle"] = {"rule": [unknown, known]}
    assert raw_rules(found) == [unknown, known]
    del found._properties["lifecycle"]
    assert raw_rules(found) == []


@pytest.mark.parametrize(
    ("age", "days"), [(timedelta(minutes=90), 1), (timedelta(hours=36), 2), (WEEK, 7)]
)
def test_the_age_of_leftovers_counts_in_whole_days(
    cloud: GoogleCloud, pretend: PretendCloud, age: timedelta, days: int
) -> None:
    """Rounded up: a rule for no days at all would delete what a sync is downloading."""
    disasters.delete_bucket_for_good(pretend.project)
    spec = replace(spec_of(pretend), temporary_age=age)
    cloud.create_bucket(spec)
    assert pretend.project.bucket.settings.lifecycle[1].age_days == days
    assert cloud.bucket().lifecycle == spec.rules
    assert lacking_rules(spec.rules, Expectations(temporary_age=age)) == ()


def test_a_repair_by_an_old_look_changes_nothing(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Somebody else's change in between is not overwritten."""
    seen = cloud.bucket().metageneration
    disasters.suspend_versioning(pretend.project)
    with pytest.raises(Conflict):
        cloud.repair_bucket(BucketRepair(seen, (), ()))
    assert not pretend.project.bucket.settings.versioning


def test_a_grant_adds_one_member_and_leaves_all_else(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Other members, other roles and conditions stay, also one on the same role."""
    bucket = pretend.project.bucket
    conditional = PretendBinding(ADMIN.role, ("user:ops@example.com",), CONDITION)
    before = (*bucket.policy.bindings, conditional)
    bucket.set_policy(IamPolicy(before))
    cloud.grant(ADMIN)
    after = pretend.project.bucket.policy.bindings
    assert {one.role for one in before} == {one.role for one in after}
    assert conditional in after
    added = [one for one in after if one not in before]
    assert [set(one.members) for one in added] == [
        {MEMBER, *(m for one in before if one.role == ADMIN.role and not one.condition
                   for m in one.members)}
    ]  # fmt: skip
    assert roles_of(MEMBER, cloud.bindings()) == (ADMIN.role,)
    assert suffices(roles_of(MEMBER, cloud.bindings()))
    assert roles_of("user:ops@example.com", cloud.bindings()) == ()


def test_a_grant_is_made_once(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """What is granted already is seen by looking, also after a lost reply."""
    pretend.faults.add(Fault("storage.buckets.setIamPolicy", LoseReply(), times=1))
    with pytest.raises(Unavailable):
        cloud.grant(ADMIN)
    cloud.grant(ADMIN)
    assert len(pretend.faults.seen("storage.buckets.setIamPolicy")) == 1
    assert roles_of(MEMBER, cloud.bindings()) == (ADMIN.role,)


@pytest.mark.parametrize(
    ("method", "act"),
    [
        ("storage.buckets.setIamPolicy", lambda cloud: cloud.grant(ADMIN)),
        (
            "storage.buckets.patch",
            lambda cloud: cloud.repair_bucket(
                BucketRepair(cloud.bucket().metageneration, (LifecycleRule(newer_versions=9),), ())
            ),
        ),
    ],
)
def test_writes_are_asked_once_and_told_as_unclear(
    cloud: GoogleCloud, pretend: PretendCloud, method: str, act: object
) -> None:
    """The library's own repetitions are off."""
    pretend.faults.add(Fault(method, Refuse(503)))
    assert callable(act)
    with pytest.raises(Unavailable, match="may or may not"):
        act(cloud)
    assert len(pretend.faults.seen(method)) == 1


def test_a_soft_deleted_object_is_restored_onto_what_is_live(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Byte for byte, as a new generation, and never over what somebody else has written."""
    bucket = pretend.project.bucket
    bucket.put("ollama/blobs/sha256-1", Literal(b"weights"))
    disasters.wipe_bucket(pretend.project)
    (lost,) = cloud.soft_deleted()
    cloud.restore_deleted(lost, None)
    live = bucket.get(lost.name)
    assert live.content == Literal(b"weights")
    assert live.generation != lost.generation
    with pytest.raises(Conflict):
        cloud.restore_deleted(lost, None)
    cloud.restore_deleted(lost, Generation(live.generation))
    with pytest.raises(NotFound):
        cloud.restore_deleted(replace(lost, generation=Generation(1)), None)


def test_missing_rights_are_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Each refusal says which permission to grant, and on what."""
    pretend.project.buckets.deny(
        "storage.buckets.list", "storage.buckets.create", "storage.buckets.restore"
    )
    pretend.project.bucket.deny("storage.buckets.getIamPolicy", "storage.buckets.update")

    def hint(act: object, as_cloud: Cloud) -> str:
        assert callable(act)
        with pytest.raises(PermissionDenied) as refused:
            act(as_cloud)
        return refused.value.hint

    assert "storage.buckets.list on the project" in hint(GoogleCloud.soft_deleted_buckets, cloud)
    assert "getIamPolicy" in hint(GoogleCloud.bindings, cloud)
    assert "setIamPolicy" in hint(lambda it: it.grant(ADMIN), cloud)
    assert "create on the project" in hint(lambda it: it.create_bucket(spec_of(pretend)), cloud)
    assert "restore on the project" in hint(lambda it: it.restore_bucket(Generation(1)), cloud)
    repair = BucketRepair(cloud.bucket().metageneration, (), ())
    assert "storage.buckets.update" in hint(lambda it: it.repair_bucket(repair), cloud)
