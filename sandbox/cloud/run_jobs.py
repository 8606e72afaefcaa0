"""google.cloud.run.v2.Jobs: what a job is, and starting an execution of it."""

from collections.abc import Callable
from typing import Any

import grpc
from google.cloud import run_v2
from google.longrunning import operations_pb2

from sandbox.cloud import execution_life
from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Method, Methods, unary
from sandbox.cloud.operations_api import Operations, follow_execution
from sandbox.cloud.run_state import Resource, RunState, short_name
from sandbox.cloud.status import StatusError


def methods(state: RunState, executions: Executions, operations: Operations) -> Methods:
    """Return the gRPC methods of the service Jobs."""
    return {
        "/google.cloud.run.v2.Jobs/GetJob": unary(run_v2.GetJobRequest, _get_job(state)),
        "/google.cloud.run.v2.Jobs/RunJob": _run_job(state, executions, operations),
    }


def _get_job(state: RunState) -> Callable[[Any], Resource]:
    def get_job(request: Any) -> Resource:
        (short,) = state.place.ids(request.name, "jobs")
        return state.job(short)

    return get_job


def _run_job(state: RunState, executions: Executions, operations: Operations) -> Method:
    """Return RunJob, whose operation carries the new execution as its metadata."""

    def run_job(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = run_v2.RunJobRequest.deserialize(raw)
        (short,) = state.place.ids(request.name, "jobs")
        job = state.job(short)
        check_etag(request.etag, job)
        override(job, request.overrides)
        if request.validate_only:
            return _validated(job, state)
        execution = executions.launch(job, executions.caller)
        operation = operations.open(follow_execution(state, short_name(execution)))
        return bytes(operation.SerializeToString())

    return run_job


def _validated(job: Resource, state: RunState) -> bytes:
    """Answer a request that only asked whether it would be accepted."""
    preview = execution_life.new_execution(job, state.place, state.ids, "")
    operation = operations_pb2.Operation(done=True)
    operation.response.Pack(run_v2.Execution.pb(preview))
    return bytes(operation.SerializeToString())


def check_etag(etag: str, resource: Resource) -> None:
    """Refuse a change that was decided on another version of the resource."""
    if etag and etag != resource.etag:
        raise StatusError(
            grpc.StatusCode.ABORTED,
            f"Conflict for resource '{short_name(resource)}': version '{etag}' was specified "
            f"but current version is '{resource.etag}'.",
        )


def override(job: Resource, overrides: Any) -> None:
    """Apply RunJob's overrides to a copy of the job: env is merged, args replace."""
    if overrides.task_count:
        job.template.task_count = overrides.task_count
    if overrides.timeout:
        job.template.template.timeout = overrides.timeout
    containers = {c.name: c for c in job.template.template.containers}
    for change in overrides.container_overrides:
        name = change.name or next(iter(containers))
        if name not in containers:
            raise StatusError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"overrides.container_overrides.name: no container is named '{change.name}'.",
            )
        _override_container(containers[name], change)


def _override_container(container: Resource, change: Any) -> None:
    if change.args and change.clear_args:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "overrides.container_overrides: args and clear_args exclude each other.",
        )
    if change.args or change.clear_args:
        container.args = list(change.args)
    for variable in change.env:
        if not variable.name:
            raise StatusError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "overrides.container_overrides.env.name: must not be empty.",
            )
    replaced = {variable.name for variable in change.env}
    kept = [variable for variable in container.env if variable.name not in replaced]
    container.env = [*kept, *change.env]
