"""IAM policies of buckets through Google's own client: read, changed, in each other's way."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions

from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.content import Literal
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.iam_roles import ROLES
from sandbox.faults import Fault, LoseReply
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage

SERVICE = "serviceAccount:tabular-service@sandbox-project.iam.gserviceaccount.com"
JOB = "serviceAccount:tabular-model-sync@sandbox-project.iam.gserviceaccount.com"
ADMIN = "roles/storage.admin"
OBJECT_ADMIN = "roles/storage.objectAdmin"
URL = f"/storage/v1/b/{BUCKET}/iam"
CONDITION = {"title": "tmp", "expression": "resource.name.startsWith('.tmp/')"}


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def put_policy(storage: RunningStorage, **policy: Any) -> int:
    """Set a policy by bare JSON; return the status."""
    return storage.http.put(storage.url + URL, json=policy, timeout=30).status_code


def test_new_bucket_belongs_to_its_project(storage: RunningStorage) -> None:
    """The policy of a new bucket has the project's owners, editors and viewers, nobody else."""
    policy = storage.remote.get_iam_policy(requested_policy_version=3)
    assert (policy.version, policy.etag) == (1, "CAE=")
    assert {binding["role"] for binding in policy.bindings} <= ROLES.keys()
    members = {member for binding in policy.bindings for member in binding["members"]}
    assert members == {f"project{who}:sandbox-project" for who in ("Owner", "Editor", "Viewer")}


def test_bindings_are_added_and_read_back(storage: RunningStorage) -> None:
    """Read, change, write: the bindings of both accounts stand and the others are untouched."""
    policy = storage.remote.get_iam_policy(requested_policy_version=3)
    before = {binding["role"]: binding["members"] for binding in policy.bindings}
    policy.bindings.append({"role": OBJECT_ADMIN, "members": {SERVICE}})
    policy.bindings.append({"role": ADMIN, "members": {JOB}})
    written = storage.remote.set_iam_policy(policy)
    assert written.etag != policy.etag
    read = storage.remote.get_iam_policy(requested_policy_version=3)
    after = {binding["role"]: binding["members"] for binding in read.bindings}
    assert after == before | {OBJECT_ADMIN: {SERVICE}, ADMIN: {JOB}}
    assert storage.bucket.policy.grants(JOB, "storage.buckets.get")


def test_stale_etag_is_refused(storage: RunningStorage) -> None:
    """Of two who read the same policy the second is refused, and so is one after a patch."""
    first, second = (storage.remote.get_iam_policy() for _ in range(2))
    first.bindings.append({"role": ADMIN, "members": {JOB}})
    storage.remote.set_iam_policy(first)
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.set_iam_policy(second)
    third = storage.remote.get_iam_policy()
    bucket = storage.client.get_bucket(BUCKET)
    bucket.versioning_enabled = False
    bucket.patch()
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.set_iam_policy(third)
    assert storage.bucket.policy.grants(JOB, "storage.buckets.get")


def test_policy_without_etag_overwrites(storage: RunningStorage) -> None:
    """Whoever leaves the etag out replaces whatever is there; empty bindings vanish."""
    bindings = [{"role": ADMIN, "members": [JOB, JOB]}, {"role": OBJECT_ADMIN, "members": []}]
    assert put_policy(storage, bindings=bindings) == 200
    assert storage.bucket.policy == IamPolicy().granted(ADMIN, JOB)
    assert put_policy(storage) == 200
    assert storage.bucket.policy == IamPolicy()


def test_conditions_need_version_three_everywhere(storage: RunningStorage) -> None:
    """A binding with a condition is written and read only by those who know of version 3."""
    policy = storage.remote.get_iam_policy(requested_policy_version=3)
    policy.bindings.append({"role": OBJECT_ADMIN, "members": {JOB}, "condition": CONDITION})
    with pytest.raises(exceptions.BadRequest, match="at least 3"):
        storage.remote.set_iam_policy(policy)
    policy.version = 3
    assert storage.remote.set_iam_policy(policy).version == 3
    for asked in (None, 1):
        with pytest.raises(exceptions.BadRequest, match="less than the existing policy version"):
            storage.remote.get_iam_policy(requested_policy_version=asked)
    read = storage.remote.get_iam_policy(requested_policy_version=3)
    assert read.bindings[-1]["condition"] == CONDITION
    assert storage.get(URL, optionsRequestedPolicyVersion="2").status_code == 400


def test_conditions_need_uniform_access(storage: RunningStorage) -> None:
    """On a bucket with ACLs a condition is refused."""
    storage.bucket.change(BucketSettings(uniform_access=False))
    binding = {"role": OBJECT_ADMIN, "members": [JOB], "condition": CONDITION}
    assert put_policy(storage, version=3, bindings=[binding]) == 412


@pytest.mark.parametrize(
    "policy",
    [
        {"bindings": [{"role": "roles/storage.king", "members": [JOB]}]},
        {"bindings": [{"role": "roles/run.admin", "members": [JOB]}]},
        {"bindings": [{"role": ADMIN, "members": ["somebody"]}]},
        {"bindings": [{"role": ADMIN, "members": ["serviceAccount:nobody"]}]},
        {"bindings": [{"role": ADMIN, "members": JOB}]},
        {"bindings": [{"members": [JOB]}]},
        {"bindings": {"role": ADMIN}},
        {"bindings": [ADMIN]},
        {"bindings": [{"role": ADMIN, "members": [JOB], "condition": {"title": 1}}]},
        {"version": 2},
        {"etag": 5},
    ],
)
def test_malformed_policy_is_refused(storage: RunningStorage, policy: dict[str, Any]) -> None:
    """An unknown role or member and a wrong form are a 400, and the policy stays."""
    before = storage.bucket.policy
    assert put_policy(storage, **policy) == 400
    assert (storage.bucket.policy, storage.bucket.metageneration) == (before, 1)


def test_custom_roles_are_kept(storage: RunningStorage) -> None:
    """A role of the project's own can be bound; what it grants is not known here."""
    role = "projects/sandbox-project/roles/cachebot"
    assert put_policy(storage, bindings=[{"role": role, "members": [JOB]}]) == 200
    assert not storage.bucket.policy.grants(JOB, "storage.objects.get")


def test_permission_tests_follow_the_bindings_of_the_caller(storage: RunningStorage) -> None:
    """As somebody of the policy, a caller holds exactly what their roles grant, and can do it."""
    storage.bucket.put("a", Literal(b"x"))
    storage.bucket.set_policy(IamPolicy().granted(OBJECT_ADMIN, SERVICE).granted(ADMIN, JOB))
    asked = ["storage.objects.create", "storage.objects.delete", "storage.buckets.get"]
    storage.buckets.caller = SERVICE
    assert storage.remote.test_iam_permissions(asked) == asked[:2]
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.get access"):
        storage.remote.reload()
    storage.remote.blob("a").upload_from_string(b"y")
    storage.buckets.caller = JOB
    assert storage.remote.test_iam_permissions(asked) == asked
    storage.remote.reload()
    with pytest.raises(exceptions.Forbidden, match=r"storage\.buckets\.create access"):
        storage.client.create_bucket("other")
    storage.buckets.caller = "user:stranger@example.com"
    assert storage.remote.test_iam_permissions(asked) == []
    with pytest.raises(exceptions.Forbidden):
        storage.remote.blob("a").download_as_bytes()
    storage.bucket.set_policy(IamPolicy().granted("roles/storage.objectViewer", "allUsers"))
    assert storage.remote.blob("a").download_as_bytes() == b"y"


def test_denied_permission_beats_a_binding(storage: RunningStorage) -> None:
    """What is denied is refused to everybody, whatever the roles say."""
    storage.bucket.set_policy(IamPolicy().granted(ADMIN, JOB))
    storage.buckets.caller = JOB
    storage.bucket.deny("storage.objects.get")
    assert storage.remote.test_iam_permissions(["storage.objects.get"]) == []


def test_binding_with_a_condition_grants_nothing(storage: RunningStorage) -> None:
    """A condition cannot be judged here, so it counts as not met."""
    binding = {"role": ADMIN, "members": [JOB], "condition": CONDITION}
    assert put_policy(storage, version=3, bindings=[binding]) == 200
    storage.buckets.caller = JOB
    assert storage.remote.test_iam_permissions(["storage.objects.get"]) == []


def test_policies_have_rights_of_their_own(storage: RunningStorage) -> None:
    """Reading and writing a policy are permissions on the bucket."""
    policy = storage.remote.get_iam_policy()
    storage.bucket.deny("storage.buckets.getIamPolicy")
    with pytest.raises(exceptions.Forbidden, match="getIamPolicy access"):
        storage.remote.get_iam_policy()
    storage.bucket.deny("storage.buckets.setIamPolicy")
    with pytest.raises(exceptions.Forbidden, match="setIamPolicy access"):
        storage.remote.set_iam_policy(policy)


def test_policy_whose_reply_is_lost_looks_like_a_conflict(storage: RunningStorage) -> None:
    """The client retries a policy with an etag; the retry is 412 and the change stands."""
    policy = storage.remote.get_iam_policy()
    policy.bindings.append({"role": ADMIN, "members": {JOB}})
    storage.faults.add(Fault("storage.buckets.setIamPolicy", LoseReply(), times=1))
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.set_iam_policy(policy, retry=QUICK_RETRY)
    assert len(storage.faults.seen("storage.buckets.setIamPolicy")) == 2
    assert storage.bucket.policy.grants(JOB, "storage.objects.delete")
