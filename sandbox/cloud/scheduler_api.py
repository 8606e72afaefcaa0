"""Cloud Scheduler: the nightly trigger, which may be absent."""

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
        if trigger.state == scheduler_v1.Job.State.ENABLED:
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
        state=scheduler_v1.Job.State.ENABLED,
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

    return {
        "/google.cloud.scheduler.v1.CloudScheduler/GetJob": unary(
            scheduler_v1.GetJobRequest, get_job
        )
    }
