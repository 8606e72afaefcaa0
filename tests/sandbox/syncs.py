"""Running executions of the pretend sync job in the tests."""

from datetime import timedelta
from typing import Any

from google.cloud import run_v2

from sandbox.cloud.deployment import JOB
from sandbox.cloud.project import Project
from sandbox.cloud.run_jobs import override
from sandbox.cloud.run_state import short_name
from sandbox.cloud.sync_script import Stage
from tests.sandbox.run_names import TIMEOUT_SECONDS, await_finished

CALLER = "tester@example.com"


def sync(project: Project, **env: str) -> Any:
    """Run one execution to its end, with environment overrides."""
    return await_finished(project, start(project, **env))


def start(project: Project, **env: str) -> str:
    """Start an execution and return its short name."""
    job = project.state.job(JOB)
    variables = [run_v2.EnvVar(name=name, value=value) for name, value in env.items()]
    change = run_v2.RunJobRequest.Overrides.ContainerOverride(env=variables)
    override(job, run_v2.RunJobRequest.Overrides(container_overrides=[change]))
    return short_name(project.executions.launch(job, CALLER))


def sync_for(project: Project, timeout: timedelta) -> Any:
    """Run one execution whose attempts have only so long."""
    job = project.state.job(JOB)
    override(job, run_v2.RunJobRequest.Overrides(timeout=timeout))
    return await_finished(project, short_name(project.executions.launch(job, CALLER)))


def cancel_at(project: Project, stage: Stage) -> Any:
    """Cancel an execution that stands at the beginning of `stage`."""
    project.scripts.hold(stage)
    execution = start(project)
    assert project.scripts.wait_until(execution, stage, TIMEOUT_SECONDS)
    project.executions.cancel(execution)
    return await_finished(project, execution)
