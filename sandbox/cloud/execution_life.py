"""The life of an execution: how it is made from a job, and what each turn changes in it.

States and texts as Cloud Run shows them in `gcloud run jobs executions describe`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from google.api.launch_stage_pb2 import LaunchStage
from google.cloud import run_v2

from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place
from sandbox.cloud.run_state import Resource, short_name

_STATES = run_v2.Condition.State
_REASONS = run_v2.Condition.ExecutionReason


class ConditionType(StrEnum):
    """The conditions of an execution; `Completed` is the one that ends it."""

    COMPLETED = "Completed"
    RESOURCES_AVAILABLE = "ResourcesAvailable"
    CONTAINER_READY = "ContainerReady"
    STARTED = "Started"
    RETRY = "Retry"


def new_execution(job: Resource, place: Place, ids: Ids, creator: str) -> Resource:
    """Return an execution of `job` that waits for resources; times come with the first turn."""
    short = f"{short_name(job)}-{ids.suffix()}"
    return run_v2.Execution(
        name=f"{job.name}/executions/{short}",
        uid=ids.uid(),
        creator=creator,
        generation=1,
        observed_generation=1,
        labels=dict(job.template.labels) | {"run.googleapis.com/job": short_name(job)},
        launch_stage=LaunchStage.GA,
        job=short_name(job),
        parallelism=1,
        task_count=max(1, job.template.task_count),
        template=job.template.template,
        reconciling=True,
        log_uri=_log_uri(place, short_name(job), short),
    )


def created(execution: Resource, now: datetime) -> None:
    """Acknowledge it: all conditions are open."""
    execution.create_time = now
    for condition in (
        ConditionType.COMPLETED,
        ConditionType.RESOURCES_AVAILABLE,
        ConditionType.CONTAINER_READY,
        ConditionType.STARTED,
    ):
        _turn(execution, condition, _STATES.CONDITION_RECONCILING, now)


def started(execution: Resource, now: datetime) -> None:
    """Its task begins to run."""
    waited = _took(now - execution.create_time)
    execution.start_time = now
    execution.running_count = execution.task_count
    done = _STATES.CONDITION_SUCCEEDED
    _turn(
        execution, ConditionType.RESOURCES_AVAILABLE, done, now, "Provisioned imported containers."
    )
    _turn(execution, ConditionType.CONTAINER_READY, done, now, "Imported container image.")
    _turn(execution, ConditionType.STARTED, done, now, f"Started deployed execution in {waited}.")


def retried(execution: Resource, now: datetime) -> None:
    """Its task failed and is tried again; the count is of tasks, not of attempts."""
    execution.retried_count = execution.task_count
    _turn(
        execution,
        ConditionType.RETRY,
        _STATES.CONDITION_SUCCEEDED,
        now,
        "System will retry after a task attempt failed.",
    )


def succeeded(execution: Resource, now: datetime) -> None:
    """Its task ended with exit code 0."""
    execution.succeeded_count = execution.task_count
    took = _took(now - execution.create_time)
    message = f"Execution completed successfully in {took}."
    _finish(execution, _STATES.CONDITION_SUCCEEDED, now, message)


def failed(execution: Resource, now: datetime, why: str) -> None:
    """Its task failed for the last time; `why` is what Cloud Run says of the container."""
    execution.failed_count = execution.task_count
    message = f"Task {short_name(execution)}-task0 failed with message: {why}"
    _finish(execution, _STATES.CONDITION_FAILED, now, message)
    _completed(execution).execution_reason = _REASONS.NON_ZERO_EXIT_CODE


def cancelling(execution: Resource, now: datetime) -> None:
    """Somebody asked for its end; the task has not stopped yet."""
    message = "Execution cancellation is under way."
    _turn(execution, ConditionType.COMPLETED, _STATES.CONDITION_RECONCILING, now, message)
    _completed(execution).execution_reason = _REASONS.CANCELLING


def cancelled(execution: Resource, now: datetime) -> None:
    """Its task was stopped because somebody cancelled it."""
    execution.cancelled_count = execution.task_count
    message = f"Execution {short_name(execution)} was cancelled."
    _finish(execution, _STATES.CONDITION_FAILED, now, message)
    _completed(execution).execution_reason = _REASONS.CANCELLED


def failure_message(execution: Resource) -> str:
    """Return what the `Completed` condition says, empty while it says nothing."""
    return str(_completed(execution).message)


def _finish(execution: Resource, state: int, now: datetime, message: str) -> None:
    execution.running_count = 0
    execution.completion_time = now
    execution.reconciling = False
    _turn(execution, ConditionType.COMPLETED, state, now, message)


def _completed(execution: Resource) -> Resource:
    return next(c for c in execution.conditions if c.type_ == ConditionType.COMPLETED)


def _turn(
    execution: Resource, name: ConditionType, state: int, now: datetime, message: str = ""
) -> None:
    turned = run_v2.Condition(type_=name, state=state, message=message, last_transition_time=now)
    kept = [c for c in execution.conditions if c.type_ != name]
    execution.conditions = [*kept, turned]


def _took(span: timedelta) -> str:
    minutes, seconds = divmod(span.total_seconds(), 60)
    return f"{int(minutes)}m{seconds:.2f}s" if minutes else f"{seconds:.2f}s"


def _log_uri(place: Place, job: str, execution: str) -> str:
    advanced = (
        'resource.type="cloud_run_job"\n'
        f'resource.labels.job_name="{job}"\n'
        f'resource.labels.location="{place.region}"\n'
        f'labels."run.googleapis.com/execution_name"="{execution}"'
    )
    return (
        f"https://console.cloud.google.com/logs/viewer?project={place.project}"
        f"&advancedFilter={quote(advanced, safe='')}"
    )
