"""google.cloud.run.v2.Executions: get, list and cancel."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import grpc
from google.cloud import run_v2

from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Method, Methods, unary
from sandbox.cloud.operations_api import Operations, follow_execution
from sandbox.cloud.run_jobs import check_etag
from sandbox.cloud.run_state import Resource, RunState, is_finished, short_name
from sandbox.cloud.status import StatusError

_PAGE_SIZE = 100


def methods(state: RunState, executions: Executions, operations: Operations) -> Methods:
    """Return the gRPC methods of the service Executions."""
    return {
        "/google.cloud.run.v2.Executions/GetExecution": unary(
            run_v2.GetExecutionRequest, _get_execution(state)
        ),
        "/google.cloud.run.v2.Executions/ListExecutions": unary(
            run_v2.ListExecutionsRequest, _list_executions(state)
        ),
        "/google.cloud.run.v2.Executions/CancelExecution": _cancel(state, executions, operations),
    }


def find(state: RunState, name: str) -> Resource:
    """Return the execution of a full name; raise NOT_FOUND, for another job's name too."""
    job, short = state.place.ids(name, "jobs", "executions")
    execution = state.executions.get(short)
    if execution.job != job:
        raise state.place.not_found(short, "executions")
    return execution


def _get_execution(state: RunState) -> Callable[[Any], Resource]:
    def get_execution(request: Any) -> Resource:
        return find(state, request.name)

    return get_execution


def _list_executions(state: RunState) -> Callable[[Any], Any]:
    """Return ListExecutions: no documented order, so by uid, which says nothing of time."""

    def list_executions(request: Any) -> Any:
        (job,) = state.place.ids(request.parent, "jobs")
        if job != "-":
            state.jobs.get(job)
        size = _page_size(request.page_size)
        after = _read_token(request.page_token)
        found = sorted(state.executions_of(job), key=lambda execution: str(execution.uid))
        rest = [execution for execution in found if execution.uid > after]
        token = _token(rest[size - 1].uid) if len(rest) > size else ""
        return run_v2.ListExecutionsResponse(executions=rest[:size], next_page_token=token)

    return list_executions


def _cancel(state: RunState, executions: Executions, operations: Operations) -> Method:
    """Return CancelExecution, whose operation is done once the task has stopped."""

    def cancel(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = run_v2.CancelExecutionRequest.deserialize(raw)
        execution = find(state, request.name)
        check_etag(request.etag, execution)
        if is_finished(execution):
            raise StatusError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"Execution '{short_name(execution)}' is already completed.",
            )
        if not request.validate_only:
            executions.cancel(short_name(execution))
        operation = operations.open(follow_execution(state, short_name(execution)))
        return bytes(operation.SerializeToString())

    return cancel


def _page_size(asked: int) -> int:
    if asked < 0:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"page_size must not be negative: {asked}"
        )
    return min(asked, _PAGE_SIZE) or _PAGE_SIZE


def _token(uid: str) -> str:
    return base64.urlsafe_b64encode(uid.encode()).decode()


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"Invalid page token '{token}'."
        ) from error
