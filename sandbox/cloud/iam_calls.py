"""The calls on who may do what with a bucket: getIamPolicy, setIamPolicy, testIamPermissions.

As docs.cloud.google.com/storage/docs/json_api/v1/buckets/setIamPolicy and
docs.cloud.google.com/iam/docs/policies describe them.
"""

import re

from flask import Response, request

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.iam_policy import Binding, IamPolicy
from sandbox.cloud.iam_roles import ROLES
from sandbox.cloud.json_body import Json, names, number, parse_resource, part, parts, text, texts
from sandbox.cloud.partial_response import Schema
from sandbox.cloud.storage_errors import ApiError, bad_parameter, required
from sandbox.cloud.storage_query import Query
from sandbox.cloud.storage_service import StorageService, json_answer

_POLICY_FIELDS: Schema = dict.fromkeys(("kind", "resourceId", "version", "etag", "bindings"))
_CUSTOM_ROLE = re.compile(r"(projects|organizations)/[^/]+/roles/[^/]+")
_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|principal(Set)?://.+"
    r"|(deleted:)?(user|serviceAccount|group):[^@]+@.+"
    r"|domain:.+|project(Owner|Editor|Viewer):.+"
)


def get_iam_policy(service: StorageService, name: str) -> Response:
    """Answer the policy; one with conditions only to a caller who asks for version 3."""
    query = Query(request)
    with service.faults.call("storage.buckets.getIamPolicy", name):
        query.allow(("optionsRequestedPolicyVersion",))
        bucket = service.bucket(name, "storage.buckets.getIamPolicy")
        asked = query.number("optionsRequestedPolicyVersion")
        if asked not in {None, 1, 3}:
            raise bad_parameter("optionsRequestedPolicyVersion", str(asked))
        if (asked or 1) < bucket.policy.version:
            raise ApiError(
                400,
                f"Requested policy version ({asked or 1}) cannot be less than the existing "
                f"policy version ({bucket.policy.version}).",
            )
        return _policy_answer(bucket)


def set_iam_policy(service: StorageService, name: str) -> Response:
    """Replace the policy; with an etag in it, only where nothing of the bucket has changed."""
    with service.faults.call("storage.buckets.setIamPolicy", name):
        Query(request).allow(())
        bucket = service.bucket(name, "storage.buckets.setIamPolicy")
        resource = parse_resource(request.get_data())
        policy = _parse_policy(resource, bucket)
        bucket.set_policy(policy, text(resource, "etag"))
        return _policy_answer(bucket)


def test_permissions(service: StorageService, name: str) -> Response:
    """Answer those of the asked permissions that the caller holds."""
    with service.faults.call("storage.buckets.testIamPermissions", name):
        Query(request).allow(("permissions",))
        asked = request.args.getlist("permissions")
        if not asked:
            raise required("permissions")
        bucket, caller = service.buckets.get(name), service.buckets.caller
        held = [permission for permission in asked if bucket.allows(permission, caller)]
        answer: dict[str, object] = {"kind": "storage#testIamPermissionsResponse"}
        if held:
            answer["permissions"] = held
        return json_answer(answer, {"kind": None, "permissions": None})


def _policy_answer(bucket: Bucket) -> Response:
    answer = {
        "kind": "storage#policy",
        "resourceId": f"projects/_/buckets/{bucket.name}",
        "version": bucket.policy.version,
        "etag": bucket.etag,
        "bindings": [_binding_resource(binding) for binding in bucket.policy.bindings],
    }
    return json_answer(answer, _POLICY_FIELDS)


def _binding_resource(binding: Binding) -> dict[str, object]:
    resource: dict[str, object] = {"role": binding.role, "members": list(binding.members)}
    if binding.condition:
        resource["condition"] = dict(binding.condition)
    return resource


def _parse_policy(resource: Json, bucket: Bucket) -> IamPolicy:
    parsed = (_parse_binding(binding) for binding in parts(resource, "bindings"))
    policy = IamPolicy(tuple(binding for binding in parsed if binding.members))
    version = number(resource, "version", 1)
    if version not in {0, 1, 3}:
        raise ApiError(400, f"Invalid policy version: {version}.")
    if policy.version == 3:
        if version < 3:
            raise ApiError(400, "The policy version must be at least 3 to set a condition.")
        if not bucket.settings.uniform_access:
            message = "To use IAM Conditions, enable uniform bucket-level access on the bucket."
            raise ApiError(412, message)
    return policy


def _parse_binding(binding: Json) -> Binding:
    role, members = text(binding, "role"), names(binding, "members")
    if role not in ROLES and not _CUSTOM_ROLE.fullmatch(role):
        raise ApiError(400, f"Role {role} is not supported for this resource.")
    for member in members:
        if not _MEMBER.fullmatch(member):
            raise ApiError(400, f"Invalid member: {member}.")
    condition = texts(binding, "condition") if part(binding, "condition") else None
    return Binding(role, tuple(dict.fromkeys(members)), condition)
