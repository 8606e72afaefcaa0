"""Who may do what on Cloud Run: permissions taken from every caller, and asking what is held.

As cloud.google.com/run/docs/reference/iam/permissions and `TestIamPermissions` of
cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2 describe them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import grpc
from google.iam.v1 import iam_policy_pb2

from sandbox.cloud.grpc_server import Method, Methods, routing
from sandbox.cloud.place import Place
from sandbox.cloud.status import StatusError

_PACKAGE = "/google.cloud.run.v2."
_NEEDED: Mapping[str, str] = {
    "Services/GetService": "run.services.get",
    "Services/UpdateService": "run.services.update",
    "Jobs/GetJob": "run.jobs.get",
    "Jobs/RunJob": "run.jobs.run",
    "Jobs/UpdateJob": "run.jobs.update",
    "Executions/ListExecutions": "run.executions.list",
    "Executions/GetExecution": "run.executions.get",
    "Executions/CancelExecution": "run.executions.cancel",
}


@dataclass(slots=True)
class RunRights:
    """The permissions that nobody holds any more; none at first."""

    denied: frozenset[str] = frozenset()

    def deny(self, *permissions: str) -> None:
        """Refuse from now on exactly these permissions; none lifts all."""
        self.denied = frozenset(permissions)


def guarded(methods: Methods, rights: RunRights) -> Methods:
    """Let each method pass only with the permission that it needs."""
    return {
        name: _guard(method, _NEEDED.get(name.removeprefix(_PACKAGE), ""), rights)
        for name, method in methods.items()
    }


def _guard(method: Method, permission: str, rights: RunRights) -> Method:
    def guard(request: bytes, context: grpc.ServicerContext) -> bytes:
        if permission in rights.denied:
            resource = next((value for _, value in parse_qsl(routing(context))), "")
            raise StatusError(
                grpc.StatusCode.PERMISSION_DENIED,
                f"Permission '{permission}' denied on resource '{resource}' "
                "(or resource may not exist).",
            )
        return method(request, context)

    return guard


def methods(place: Place, rights: RunRights, there: Mapping[str, Callable[[str], Any]]) -> Methods:
    """Return TestIamPermissions of Services and Jobs; `there` finds a resource or refuses."""
    return {
        f"{_PACKAGE}{kind.capitalize()}/TestIamPermissions": _test(place, rights, kind, find)
        for kind, find in there.items()
    }


def _test(place: Place, rights: RunRights, kind: str, find: Callable[[str], Any]) -> Method:
    def test(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = iam_policy_pb2.TestIamPermissionsRequest.FromString(raw)
        (short,) = place.ids(request.resource, kind)
        find(short)
        held = [one for one in request.permissions if one not in rights.denied]
        reply = iam_policy_pb2.TestIamPermissionsResponse(permissions=held)
        return bytes(reply.SerializeToString())

    return test
