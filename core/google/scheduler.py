"""Cloud Scheduler: the trigger that starts the sync job every night."""

from google.cloud import scheduler_v1
from google.rpc.code_pb2 import Code

from core.deployment import Deployment
from core.google.errors import Asked, asking
from core.google.patience import ATTEMPT_SECONDS, READ_RETRY, WRITE_SECONDS
from core.google.times import moment
from core.services import NightlyTrigger, TriggerState

_States = scheduler_v1.Job.State
_STATES = {
    _States.ENABLED: TriggerState.ENABLED,
    _States.PAUSED: TriggerState.PAUSED,
    _States.DISABLED: TriggerState.DISABLED,
    _States.UPDATE_FAILED: TriggerState.UPDATE_FAILED,
}


class Scheduler:
    """Reads, pauses and resumes the nightly trigger. Safe to share between threads."""

    def __init__(self, client: scheduler_v1.CloudSchedulerClient, deployment: Deployment) -> None:
        self._client = client
        self._subject = f"scheduler job {deployment.nightly} in {deployment.nightly_region}"
        self._path = (
            f"projects/{deployment.project}/locations/{deployment.nightly_region}"
            f"/jobs/{deployment.nightly}"
        )

    def nightly(self) -> NightlyTrigger:
        """Read the nightly trigger. Raises NotFound where there is none."""
        with asking(Asked("read", self._subject, "cloudscheduler.jobs.get")):
            message = self._client.get_job(
                name=self._path, timeout=ATTEMPT_SECONDS, retry=READ_RETRY
            )
        return nightly_of(message)

    def pause(self) -> None:
        """Pause the trigger; a paused one stays as it is.

        Cloud Scheduler refuses to pause what is not enabled, so the state is read first.
        Source: cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1
        """
        if self.nightly().state is not TriggerState.PAUSED:
            with asking(self._asked("pause", "cloudscheduler.jobs.pause")):
                self._client.pause_job(name=self._path, timeout=WRITE_SECONDS, retry=None)

    def resume(self) -> None:
        """Resume the trigger; an enabled one stays as it is."""
        if self.nightly().state is not TriggerState.ENABLED:
            with asking(self._asked("resume", "cloudscheduler.jobs.enable")):
                self._client.resume_job(name=self._path, timeout=WRITE_SECONDS, retry=None)

    def _asked(self, verb: str, permission: str) -> Asked:
        return Asked(verb, self._subject, permission, write=True)


def nightly_of(message: scheduler_v1.Job) -> NightlyTrigger:
    """Read Cloud Scheduler's message about the trigger into ours."""
    return NightlyTrigger(
        name=message.name.rsplit("/", 1)[-1],
        state=_STATES.get(message.state, TriggerState.UNKNOWN),
        schedule=message.schedule,
        time_zone=message.time_zone,
        last_attempt_at=moment(message.last_attempt_time),
        next_at=moment(message.schedule_time),
        last_error=_error(message.status.code, message.status.message),
    )


def _error(code: int, message: str) -> str:
    if not code:
        return ""
    name = Code.Name(code) if code in Code.values() else str(code)
    return f"{name}: {message}" if message else name
