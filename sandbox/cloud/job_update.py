"""google.cloud.run.v2.UpdateJobRequest: what it makes of a job, and when it is refused."""

from typing import Any

import grpc

from sandbox.cloud.conditions import READY, SUCCEEDED, condition, turn
from sandbox.cloud.desired_state import replaced, same
from sandbox.cloud.run_state import Resource, RunState, check_etag
from sandbox.cloud.status import StatusError
from sandbox.cloud.template_rules import check_containers, check_keys

_JOB = "UpdateJobRequest.job"
_OUTPUT_ONLY = (
    "uid",
    "generation",
    "create_time",
    "update_time",
    "delete_time",
    "expire_time",
    "creator",
    "last_modifier",
    "observed_generation",
    "terminal_condition",
    "conditions",
    "execution_count",
    "latest_created_execution",
    "reconciling",
    "satisfies_pzs",
    "etag",
)


def update_job(state: RunState, short: str, request: Any, caller: str) -> Resource:
    """Put the request's job in the place of the one there is, and return it.

    There is no mask: what the request leaves out is gone. Executions that run already keep what
    they were started with.
    """
    with state.jobs.changed:
        current = state.jobs.get(short)
        check_etag(request.job.etag, current)
        new = replaced(current, request.job, _OUTPUT_ONLY)
        new.name = current.name
        if same(new, current):
            return state.job(short)
        _check(new, current)
        _written(new, caller, state)
        if request.validate_only:
            return new
        state.jobs.put(new)
        return state.job(short)


def _check(new: Resource, current: Resource) -> None:
    check_keys(new, current, _JOB)
    check_keys(new.template, current.template, f"{_JOB}.template")
    check_containers(new.template.template, f"{_JOB}.template.template")
    if new.start_execution_token or new.run_execution_token:
        raise StatusError(
            grpc.StatusCode.UNIMPLEMENTED, "The sandbox starts no executions from UpdateJob."
        )


def _written(job: Resource, caller: str, state: RunState) -> None:
    """Count the change; a job has nothing to start, so it is reconciled at once."""
    now = state.clock.now()
    job.generation += 1
    job.observed_generation = job.generation
    job.last_modifier = caller
    job.terminal_condition = condition(READY, SUCCEEDED, now)
    turn(job, condition("ResourcesAvailable", SUCCEEDED, now))
