"""Resource names of the default deployment, and the usual waits, for the Cloud Run tests."""

from typing import Any

from google.api_core.future.polling import DEFAULT_POLLING

from sandbox.cloud.project import Project
from sandbox.cloud.run_state import is_finished

PARENT = "projects/sandbox-project/locations/europe-west1"
SERVICE = f"{PARENT}/services/tabular-service"
JOB = f"{PARENT}/jobs/tabular-model-sync"
NIGHTLY = f"{PARENT}/jobs/tabular-model-sync-nightly"

TIMEOUT_SECONDS = 60.0


def finish(operation: Any) -> Any:
    """Wait for a long-running operation's result as the client library does, but briskly."""
    polling = DEFAULT_POLLING.with_delay(initial=0.01, maximum=0.05)
    return operation.result(timeout=TIMEOUT_SECONDS, polling=polling)


def await_finished(project: Project, short: str) -> Any:
    """Wait until an execution is finished and return it."""
    done = project.state.wait_for(
        lambda: is_finished(project.state.executions.get(short)), TIMEOUT_SECONDS
    )
    assert done, f"{short} did not finish"
    return project.state.executions.get(short)
