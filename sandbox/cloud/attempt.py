"""One try of an execution's task: its time, its environment and its voice in the logs."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.cloud.logs import Logs
from sandbox.cloud.place import Place
from sandbox.cloud.run_state import Resource, short_name

STDOUT = "run.googleapis.com/stdout"
STDERR = "run.googleapis.com/stderr"
SYSTEM = "run.googleapis.com/varlog/system"

EXITED_WITH_ERROR = "The container exited with an error."


class Stopped(Exception):
    """The execution was cancelled, or the sandbox is going down."""


class TimedOut(Exception):
    """The attempt has used up the task's timeout."""


class ContainerFailed(Exception):
    """The container ended badly; the text is what Cloud Run says of it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Writes what one attempt prints, labelled as Cloud Run labels it."""

    logs: Logs
    resource_labels: Mapping[str, str]
    labels: Mapping[str, str]

    def text(self, line: str, *, stderr: bool = False) -> None:
        """Print a plain line: no severity is known of it, errors included."""
        self._write(STDERR if stderr else STDOUT, "DEFAULT", text=line)

    def json(self, message: str, severity: str = "INFO", **fields: object) -> None:
        """Print a structured line; Cloud Run takes `severity` out of the payload."""
        self._write(STDOUT, severity, payload={"message": message, **fields})

    def system(self, line: str, severity: str = "ERROR") -> None:
        """Say what Cloud Run itself says of the container."""
        self._write(SYSTEM, severity, text=line)

    def _write(
        self,
        log_id: str,
        severity: str,
        *,
        text: str | None = None,
        payload: Mapping[str, object] | None = None,
    ) -> None:
        self.logs.write(
            log_id=log_id,
            resource_type="cloud_run_job",
            resource_labels=self.resource_labels,
            labels=self.labels,
            severity=severity,
            text=text,
            payload=payload,
        )


@dataclass(slots=True)
class Attempt:
    """What the program of a task sees: its execution, `number` from 0, and time running out."""

    execution: Resource
    number: int
    voice: Voice
    clock: Clock
    stop: threading.Event
    seconds_left: float

    @property
    def env(self) -> Mapping[str, str]:
        """The literal environment variables of the container, overrides included."""
        (container,) = self.execution.template.containers
        return {variable.name: variable.value for variable in container.env if variable.value}

    @property
    def bucket_name(self) -> str:
        """The bucket that is mounted, empty where no volume is one."""
        volumes = self.execution.template.volumes
        return next((str(v.gcs.bucket) for v in volumes if v.gcs.bucket), "")

    @property
    def account(self) -> str:
        """The service account that the container runs as."""
        return str(self.execution.template.service_account)

    def work(self, seconds: float) -> None:
        """Spend simulated seconds; raise Stopped or TimedOut where they are cut short."""
        spent = min(seconds, self.seconds_left)
        if not self.clock.work(spent, self.stop):
            raise Stopped
        self.seconds_left -= spent
        if spent < seconds:
            raise TimedOut


def job_voice(
    logs: Logs, place: Place, execution: Resource, number: int, instance_id: str
) -> Voice:
    """Return the voice of an execution's attempt."""
    return Voice(
        logs,
        {"project_id": place.project, "job_name": execution.job, "location": place.region},
        {
            "instanceId": instance_id,
            "run.googleapis.com/execution_name": short_name(execution),
            "run.googleapis.com/task_index": "0",
            "run.googleapis.com/task_attempt": str(number),
        },
    )
