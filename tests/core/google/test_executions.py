"""Tests of how Cloud Run's messages about the sync job are read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import run_v2

from core.deployment import VariableNames
from core.executions import ExecutionState
from core.google.executions import execution_of, sync_job_of

_CREATED = datetime(2026, 1, 31, 2, tzinfo=UTC)
_State = run_v2.Condition.State
_Reason = run_v2.Condition.ExecutionReason
_SUCCEEDED: dict[str, Any] = {"succeeded_count": 1, "completion_time": _CREATED}


def _execution(**fields: Any) -> run_v2.Execution:
    path = "projects/p/locations/l/jobs/sync/executions/sync-x7k2p"
    return run_v2.Execution(name=path, create_time=_CREATED, task_count=1, **fields)


def _completed(state: Any, **fields: Any) -> run_v2.Condition:
    return run_v2.Condition(type_="Completed", state=state, **fields)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, ExecutionState.PENDING),
        ({"start_time": _CREATED}, ExecutionState.RUNNING),
        ({"running_count": 1}, ExecutionState.RUNNING),
        (_SUCCEEDED, ExecutionState.SUCCEEDED),
        ({"failed_count": 1, "completion_time": _CREATED}, ExecutionState.FAILED),
        ({"cancelled_count": 1, "completion_time": _CREATED}, ExecutionState.CANCELLED),
        (
            {
                "completion_time": _CREATED,
                "conditions": [
                    _completed(_State.CONDITION_FAILED, execution_reason=_Reason.CANCELLED)
                ],
            },
            ExecutionState.CANCELLED,
        ),
        ({"completion_time": _CREATED}, ExecutionState.FAILED),
        (
            {"failed_count": 1, "conditions": [_completed(_State.CONDITION_FAILED)]},
            ExecutionState.FAILED,
        ),
        ({"conditions": [_completed(_State.CONDITION_RECONCILING)]}, ExecutionState.PENDING),
    ],
)
def test_the_state_is_read_from_counters_and_times(
    fields: dict[str, Any], state: ExecutionState
) -> None:
    """No status text decides, and an end is recognised by its time or its condition."""
    assert execution_of(_execution(**fields)).state is state


def test_an_execution_keeps_what_a_person_asks_for() -> None:
    """Name, times, that it was retried, the platform's words, the link and who began it."""
    execution = execution_of(
        _execution(
            start_time=_CREATED + timedelta(seconds=8),
            completion_time=_CREATED + timedelta(minutes=40),
            failed_count=1,
            retried_count=2,
            conditions=[_completed(_State.CONDITION_FAILED, message="exit code: 1")],
            log_uri="https://console.cloud.google.com/logs/viewer?x",
            creator="cachebot@p.iam.gserviceaccount.com",
        )
    )
    assert execution.name == "sync-x7k2p"
    assert execution.created_at == _CREATED
    assert execution.took(_CREATED) == timedelta(minutes=39, seconds=52)
    assert execution.retried
    assert execution.message == "exit code: 1"
    assert execution.log_url.startswith("https://console")
    assert execution.creator == "cachebot@p.iam.gserviceaccount.com"


def test_a_failed_condition_speaks_where_completed_is_silent() -> None:
    """A job whose resources cannot be had says so in another condition."""
    resources = run_v2.Condition(
        type_="ResourcesAvailable", state=_State.CONDITION_FAILED, message="Image not found."
    )
    silent = _completed(_State.CONDITION_RECONCILING)
    assert execution_of(_execution(conditions=[silent, resources])).message == "Image not found."


def _job(*containers: run_v2.Container, **task: Any) -> run_v2.Job:
    template = run_v2.TaskTemplate(containers=containers, **task)
    return run_v2.Job(
        name="projects/p/locations/l/jobs/sync",
        template=run_v2.ExecutionTemplate(template=template),
    )


def test_the_job_is_read_from_its_double_template() -> None:
    """Models, timeout and retries decide what a sync does and how long it may take."""
    container = run_v2.Container(
        env=[
            run_v2.EnvVar(name="LLM_MODEL_NAME", value="llama3.2:1b"),
            run_v2.EnvVar(name="EMBEDDING_MODEL_NAME", value="BAAI/bge-m3"),
            run_v2.EnvVar(name="TOKEN", value_source=run_v2.EnvVarSource()),
        ]
    )
    job = sync_job_of(
        _job(
            container,
            timeout=timedelta(seconds=900),
            max_retries=2,
            service_account="sync@p.iam.gserviceaccount.com",
        ),
        VariableNames(),
    )
    assert (job.name, job.llm_model, job.embedding_model) == ("sync", "llama3.2:1b", "BAAI/bge-m3")
    assert job.longest == timedelta(minutes=45)
    assert "TOKEN" not in job.env
    assert job.service_account == "sync@p.iam.gserviceaccount.com"


def test_no_retries_is_not_the_default_number_of_retries() -> None:
    """Zero is a value: only where the field is unset does Cloud Run try three times more."""
    assert sync_job_of(_job(run_v2.Container(), max_retries=0), VariableNames()).max_retries == 0
    unset = sync_job_of(_job(run_v2.Container()), VariableNames())
    assert unset.max_retries == 3
    assert unset.attempt_timeout == timedelta(minutes=10)


def test_of_several_containers_the_one_with_the_model_is_read() -> None:
    """A sidecar says nothing about the models."""
    sidecar = run_v2.Container(env=[run_v2.EnvVar(name="PORT", value="1")])
    program = run_v2.Container(env=[run_v2.EnvVar(name="LLM_MODEL_NAME", value="llama3.2:1b")])
    assert sync_job_of(_job(sidecar, program), VariableNames()).llm_model == "llama3.2:1b"


def test_a_job_without_containers_or_models_reads_as_empty() -> None:
    """A job that somebody else set up is still a job."""
    job = sync_job_of(_job(), VariableNames())
    assert (job.llm_model, job.embedding_model, dict(job.env)) == ("", "", {})
