"""google.cloud.run.v2.Jobs: what a job is, changing it, and starting an execution of it."""

from collections.abc import Callable
from typing import Any

import grpc
from google.cloud import run_v2

from sandbox.cloud import execution_life
from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Method, Methods, unary
from sandbox.cloud.job_update import update_job
from sandbox.cloud.operations_api import Operations, finished, follow_execution
from sandbox.cloud.run_state import Resource, RunState, check_etag, refuse_creating, short_name
from sandbox.cloud.status import StatusError


def methods(state: RunState, executions: Executions, operations: Operations) -> Methods:
    """Return the gRPC methods of the service Jobs."""
    return {
        "/google.cloud.run.v2.Jobs/GetJob": unary(run_v2.GetJobRequest, _get_job(state)),
        "/google.cloud.run.v2.Jobs/RunJob": _run_job(state, executions, operations),
        "/google.cloud.run.v2.Jobs/UpdateJob": _update_job(state, executions.caller),
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
            preview = execution_life.new_execution(job, state.place, state.ids, "")
            return bytes(finished(preview).SerializeToString())
        execution = executions.launch(job, executions.caller)
        operation = operations.open(follow_execution(state, short_name(execution)))
        return bytes(operation.SerializeToString())

    return run_job


def _update_job(state: RunState, caller: str) -> Method:
    """Return UpdateJob, which replaces the whole job and starts no execution."""

    def update(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = run_v2.UpdateJobRequest.deserialize(raw)
        (short,) = state.place.ids(request.job.name, "jobs")
        refuse_creating(state.jobs, short, allow_missing=request.allow_missing)
        job = update_job(state, short, request, caller)
        return bytes(finished(job).SerializeToString())

    return update


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
