"""Cloud Scheduler: the nightly trigger, which may be absent, paused and resumed."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.cloud import scheduler_v1
from google.rpc import status_pb2

from sandbox.clock import Clock
from sandbox.cloud.deployment import JOB
from sandbox.cloud.grpc_server import Methods, unary
from sandbox.cloud.place import Place
from sandbox.cloud.status import StatusError

NIGHTLY = "tabular-model-sync-nightly"

_HOUR = 2  # 02:00 UTC, as "0 2 * * *" says

STATES = scheduler_v1.Job.State

# A scheduler_v1.Job; the library publishes no types for it.
Trigger = Any


class Schedules:
    """The triggers of one region, by short name."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self.place = place
        self._clock = clock
        self._lock = threading.Lock()
        self._triggers: dict[str, Trigger] = {}

    def get(self, short: str) -> Trigger:
        """Return a trigger with its next time as of now; raise NOT_FOUND."""
        with self._lock:
            trigger = scheduler_v1.Job(self._find(short))
        if trigger.state == STATES.ENABLED:
            trigger.schedule_time = next_night(self._clock.now())
        return trigger

    def put(self, short: str, trigger: Trigger) -> None:
        """Add or replace a trigger."""
        with self._lock:
            self._triggers[short] = scheduler_v1.Job(trigger)

    def remove(self, short: str) -> None:
        """Delete a trigger; raise NOT_FOUND."""
        with self._lock:
            self._find(short)
            del self._triggers[short]

    def change(self, short: str, edit: Callable[[Trigger], None]) -> None:
        """Apply `edit` in place, atomically."""
        with self._lock:
            edit(self._find(short))

    def turn(self, trigger: Trigger, state: Any) -> None:
        """Put a trigger into a state, within `change`; only an enabled one has a next time."""
        trigger.state = state
        trigger.schedule_time = None
        trigger.user_update_time = self._clock.now()

    def _find(self, short: str) -> Trigger:
        if short not in self._triggers:
            raise StatusError(grpc.StatusCode.NOT_FOUND, "Job not found.")
        return self._triggers[short]


def nightly_trigger(place: Place, last_attempt: datetime) -> Trigger:
    """Return the trigger that starts the sync job at 02:00 UTC, enabled, last attempt well."""
    run_job = f"https://run.googleapis.com/v2/{place.name('jobs', JOB)}:run"
    token = scheduler_v1.OAuthToken(service_account_email=place.account("tabular-scheduler"))
    return scheduler_v1.Job(
        name=place.name("jobs", NIGHTLY),
        description="Refreshes the shared model cache every night",
        http_target=scheduler_v1.HttpTarget(
            uri=run_job, http_method=scheduler_v1.HttpMethod.POST, oauth_token=token
        ),
        schedule=f"0 {_HOUR} * * *",
        time_zone="Etc/UTC",
        user_update_time=last_attempt - timedelta(days=60),
        state=STATES.ENABLED,
        status=status_pb2.Status(),
        last_attempt_time=last_attempt,
        attempt_deadline=timedelta(seconds=320),
        retry_config=scheduler_v1.RetryConfig(retry_count=1),
    )


def last_night(now: datetime) -> datetime:
    """Return the latest 02:00 UTC that is not after `now`."""
    today = now.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def next_night(now: datetime) -> datetime:
    """Return the first 02:00 UTC after `now`."""
    return last_night(now) + timedelta(days=1)


def methods(schedules: Schedules) -> Methods:
    """Return the gRPC methods of CloudScheduler."""

    def get_job(request: Any) -> Trigger:
        (short,) = schedules.place.ids(request.name, "jobs")
        return schedules.get(short)

    def pause_job(request: Any) -> Trigger:
        return _switch(schedules, request.name, STATES.ENABLED, STATES.PAUSED)

    def resume_job(request: Any) -> Trigger:
        return _switch(schedules, request.name, STATES.PAUSED, STATES.ENABLED)

    return {
        "/google.cloud.scheduler.v1.CloudScheduler/GetJob": unary(
            scheduler_v1.GetJobRequest, get_job
        ),
        "/google.cloud.scheduler.v1.CloudScheduler/PauseJob": unary(
            scheduler_v1.PauseJobRequest, pause_job
        ),
        "/google.cloud.scheduler.v1.CloudScheduler/ResumeJob": unary(
            scheduler_v1.ResumeJobRequest, resume_job
        ),
    }


def _switch(schedules: Schedules, name: str, before: Any, after: Any) -> Trigger:
    """Turn a trigger that must be in the state `before`.

    "A job must be in Job.State.ENABLED to be paused", in PAUSED to be resumed
    (cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1).
    """
    (short,) = schedules.place.ids(name, "jobs")

    def edit(trigger: Trigger) -> None:
        if trigger.state != before:
            raise StatusError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"The job is in state {STATES(trigger.state).name}; it must be in state "
                f"{before.name} to become {after.name}.",
            )
        schedules.turn(trigger, after)

    schedules.change(short, edit)
    return schedules.get(short)
