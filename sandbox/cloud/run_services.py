"""google.cloud.run.v2.Services: what the service is and how it stands."""

from collections.abc import Callable
from typing import Any

from google.cloud import run_v2

from sandbox.cloud.grpc_server import Methods, unary
from sandbox.cloud.run_state import Resource, RunState


def methods(state: RunState) -> Methods:
    """Return the gRPC methods of the service Services."""
    return {
        "/google.cloud.run.v2.Services/GetService": unary(
            run_v2.GetServiceRequest, _get_service(state)
        )
    }


def _get_service(state: RunState) -> Callable[[Any], Resource]:
    def get_service(request: Any) -> Resource:
        (short,) = state.place.ids(request.name, "services")
        return state.services.get(short)

    return get_service
