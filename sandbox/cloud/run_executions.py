"""google.cloud.run.v2.Executions: get, list and cancel."""

from collections.abc import Callable
from typing import Any

import grpc
from google.cloud import run_v2

from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Method, Methods, unary
from sandbox.cloud.operations_api import Operations, follow_execution
from sandbox.cloud.run_pages import page
from sandbox.cloud.run_state import Resource, RunState, check_etag, is_finished, short_name
from sandbox.cloud.status import StatusError


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
    """Return ListExecutions."""

    def list_executions(request: Any) -> Any:
        (job,) = state.place.ids(request.parent, "jobs")
        if job != "-":
            state.jobs.get(job)
        executions, token = page(state.executions_of(job), request)
        return run_v2.ListExecutionsResponse(executions=executions, next_page_token=token)

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
