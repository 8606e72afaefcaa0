"""Cloud Run's messages about the sync job and its executions, read into ours."""

from datetime import UTC, datetime, timedelta

from google.cloud import run_v2

from core.deployment import VariableNames
from core.executions import Execution, ExecutionName, SyncJob, TaskCounts, state_of
from core.google.services import STAMP
from core.google.times import moment, moment_of

_State = run_v2.Condition.State
_Reason = run_v2.Condition.ExecutionReason
_ENDED = (_State.CONDITION_SUCCEEDED, _State.CONDITION_FAILED)
_CANCELLED = (_Reason.CANCELLED, _Reason.CANCELLING)

# What Cloud Run uses where the job says nothing:
# cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#tasktemplate
_DEFAULT_TIMEOUT = timedelta(seconds=600)
_DEFAULT_RETRIES = 3


def execution_of(message: run_v2.Execution) -> Execution:
    """Read an execution; its state follows `core.executions.state_of`."""
    completed = next(
        (one for one in message.conditions if one.type_ == "Completed"), run_v2.Condition()
    )
    counts = TaskCounts(
        total=message.task_count,
        running=message.running_count,
        succeeded=message.succeeded_count,
        failed=message.failed_count,
        cancelled=message.cancelled_count,
        retried=message.retried_count,
    )
    finished_at = moment(message.completion_time)
    return Execution(
        name=short_name(message.name),
        state=state_of(
            counts,
            started=message.start_time is not None,
            completed=finished_at is not None or completed.state in _ENDED,
            cancel_reason=completed.execution_reason in _CANCELLED,
        ),
        created_at=_created_at(message),
        started_at=moment(message.start_time),
        finished_at=finished_at,
        counts=counts,
        message=_last_word(message, completed),
        log_url=message.log_uri,
        creator=message.creator,
    )


def sync_job_of(message: run_v2.Job, variables: VariableNames) -> SyncJob:
    """Read the job and, of its template, the container that fetches the models."""
    task = message.template.template
    container = sync_container(task, variables)
    env = {v.name: v.value for v in container.env if "value_source" not in v}
    return SyncJob(
        name=short_name(message.name),
        llm_model=env.get(variables.llm_model, ""),
        embedding_model=env.get(variables.embedding_model, ""),
        attempt_timeout=task.timeout or _DEFAULT_TIMEOUT,
        max_retries=task.max_retries if "max_retries" in task else _DEFAULT_RETRIES,
        env=env,
        service_account=task.service_account,
        secrets=frozenset(v.name for v in container.env if "value_source" in v),
        stamp=message.annotations.get(STAMP, ""),
        reconciling=message.reconciling,
    )


def sync_container(task: run_v2.TaskTemplate, variables: VariableNames) -> run_v2.Container:
    """Choose the container that names the model; else the first."""
    containers = list(task.containers)
    named = [one for one in containers if any(v.name == variables.llm_model for v in one.env)]
    return next(iter(named or containers), run_v2.Container())


def short_name(resource: str) -> ExecutionName:
    """Return the last part of a resource name such as `projects/p/.../executions/x-7k2p`."""
    return ExecutionName(resource.rsplit("/", 1)[-1])


def _created_at(message: run_v2.Execution) -> datetime:
    stamp = message.create_time or message.start_time
    return moment_of(stamp) if stamp else datetime.fromtimestamp(0, UTC)


def _last_word(message: run_v2.Execution, completed: run_v2.Condition) -> str:
    if completed.message:
        return completed.message
    failed = (one for one in message.conditions if one.state == _State.CONDITION_FAILED)
    return next((one.message for one in failed if one.message), "")
