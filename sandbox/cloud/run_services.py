"""google.cloud.run.v2.Services: what the service is, how it stands, and changing it."""

from collections.abc import Callable
from typing import Any

import grpc
from google.cloud import run_v2

from sandbox.cloud.grpc_server import Method, Methods, unary
from sandbox.cloud.operations_api import Operations, finished, follow_rollout
from sandbox.cloud.rollouts import Rollouts
from sandbox.cloud.run_state import Resource, RunState, refuse_creating
from sandbox.cloud.service_update import wanted


def methods(state: RunState, rollouts: Rollouts, operations: Operations) -> Methods:
    """Return the gRPC methods of the service Services."""
    return {
        "/google.cloud.run.v2.Services/GetService": unary(
            run_v2.GetServiceRequest, _get_service(state)
        ),
        "/google.cloud.run.v2.Services/UpdateService": _update_service(state, rollouts, operations),
    }


def _get_service(state: RunState) -> Callable[[Any], Resource]:
    def get_service(request: Any) -> Resource:
        (short,) = state.place.ids(request.name, "services")
        return state.services.get(short)

    return get_service


def _update_service(state: RunState, rollouts: Rollouts, operations: Operations) -> Method:
    """Return UpdateService, whose operation carries the service as its metadata."""

    def update_service(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = run_v2.UpdateServiceRequest.deserialize(raw)
        (short,) = state.place.ids(request.service.name, "services")
        refuse_creating(state.services, short, allow_missing=request.allow_missing)
        edit = wanted(request)
        if request.validate_only:
            operation = finished(rollouts.preview(short, edit))
        else:
            operation = operations.open(follow_rollout(state, rollouts.begin(short, edit)))
        return bytes(operation.SerializeToString())

    return update_service
