"""The accounts of the service and the sync job: without a role on the bucket neither works."""

from datetime import timedelta

import pytest

from sandbox.cloud import disasters
from sandbox.cloud.deployment import cache_policy, job_account
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.project import Project
from sandbox.cloud.startup_log import Outcome
from tests.sandbox.cache_contents import lines_of, said
from tests.sandbox.syncs import sync

CREATE = "does not have storage.objects.create access"


def test_both_accounts_have_their_role_on_the_caches_own_bucket(project: Project) -> None:
    """As Terraform's bindings give them: the service may write objects, the job administers."""
    roles = {
        role.role: role.members
        for role in project.bucket.policy.bindings
        if role.members[0].startswith("serviceAccount:")
    }
    assert set(roles) == {"roles/storage.objectAdmin", "roles/storage.admin"}
    assert disasters.start_instances(project)[0].outcome is Outcome.HIT
    assert sync(project).succeeded_count == 1


def test_without_bindings_the_sync_is_refused_and_no_instance_starts(project: Project) -> None:
    """The job's first write is a 403 in its own account's name, and so is the write test."""
    disasters.drop_bindings(project)
    execution = sync(project)
    assert execution.failed_count == 1
    lines = " ".join(said(line) for line in lines_of(project, execution))
    assert f"{job_account(project.place)} {CREATE}" in lines
    startup = disasters.start_instances(project)[0]
    assert startup.outcome is Outcome.FAILED
    assert CREATE in startup.error


def test_a_bucket_made_anew_has_no_bindings_of_the_accounts(project: Project) -> None:
    """Whoever makes only the bucket has made half of it; with the bindings the sync succeeds."""
    disasters.delete_bucket_for_good(project)
    bucket = project.buckets.create(project.bucket_name)
    assert sync(project).failed_count == 1
    bucket.set_policy(cache_policy(bucket.policy, project.place))
    assert sync(project).succeeded_count == 1


@pytest.mark.parametrize(
    ("role", "lacking"),
    [("roles/storage.objectViewer", "create"), ("roles/storage.objectCreator", "delete")],
)
def test_a_role_that_is_too_narrow_fails_where_it_ends(
    project: Project, role: str, lacking: str
) -> None:
    """Reading alone does not do, nor does creating without deleting."""
    members = {member for binding in project.bucket.policy.bindings for member in binding.members}
    accounts = sorted(member for member in members if member.startswith("serviceAccount:"))
    project.bucket.set_policy(IamPolicy().granted(role, *accounts))
    startup = disasters.start_instances(project)[0]
    assert startup.outcome is Outcome.FAILED
    assert f"storage.objects.{lacking} access" in startup.error


def test_a_bucket_deleted_for_good_cannot_be_restored(project: Project) -> None:
    """Its soft deletion is over, so its name is free and nothing of it is left."""
    disasters.delete_bucket_for_good(project)
    assert project.buckets.list(soft_deleted=True) == []
    assert project.buckets.create(project.bucket_name).list(soft_deleted=True) == []


def test_an_emptied_bucket_keeps_every_version(project: Project) -> None:
    """Nothing is live, and what was live is noncurrent."""
    live = {version.generation for version in project.bucket.list()}
    disasters.empty_bucket(project)
    assert project.bucket.list() == []
    assert live <= {version.generation for version in project.bucket.list(versions=True)}


def test_a_wiped_bucket_keeps_its_versions_for_the_retention(project: Project) -> None:
    """All versions are soft-deleted, the live ones told apart, until the retention is over."""
    live = {version.generation for version in project.bucket.list()}
    disasters.wipe_bucket(project)
    assert project.bucket.list(versions=True) == []
    lost = project.bucket.list(soft_deleted=True)
    assert {version.generation for version in lost if version.time_deleted is None} == live
    project.clock.advance(timedelta(days=8))
    assert project.bucket.list(soft_deleted=True) == []
