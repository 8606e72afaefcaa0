"""google.cloud.run.v2.Revisions: get and list."""

from collections.abc import Callable
from typing import Any

from google.cloud import run_v2

from sandbox.cloud.grpc_server import Methods, unary
from sandbox.cloud.run_pages import page
from sandbox.cloud.run_state import Resource, RunState


def methods(state: RunState) -> Methods:
    """Return the gRPC methods of the service Revisions."""
    return {
        "/google.cloud.run.v2.Revisions/GetRevision": unary(
            run_v2.GetRevisionRequest, _get_revision(state)
        ),
        "/google.cloud.run.v2.Revisions/ListRevisions": unary(
            run_v2.ListRevisionsRequest, _list_revisions(state)
        ),
    }


def _get_revision(state: RunState) -> Callable[[Any], Resource]:
    def get_revision(request: Any) -> Resource:
        service, short = state.place.ids(request.name, "services", "revisions")
        revision = state.revisions.get(short)
        if revision.service != service:
            raise state.place.not_found(short, "revisions")
        return revision

    return get_revision


def _list_revisions(state: RunState) -> Callable[[Any], Any]:
    def list_revisions(request: Any) -> Any:
        (service,) = state.place.ids(request.parent, "services")
        if service != "-":
            state.services.get(service)
        revisions, token = page(state.revisions_of(service), request)
        return run_v2.ListRevisionsResponse(revisions=revisions, next_page_token=token)

    return list_revisions
