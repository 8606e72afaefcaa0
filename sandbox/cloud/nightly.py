"""The nightly trigger at work: at its hour it starts the sync job by itself, if switched on."""

import threading
from datetime import datetime

from google.rpc import code_pb2, status_pb2

from sandbox.cloud.deployment import JOB
from sandbox.cloud.executions import Executions
from sandbox.cloud.scheduler_api import NIGHTLY, STATES, Schedules, Trigger, next_night
from sandbox.cloud.status import StatusError

_POLL_SECONDS = 0.02
_STOP_TIMEOUT_SECONDS = 10.0


class Nightly:
    """Fires the trigger whenever the clock passes its hour; off until switched on.

    An hour that passes while the trigger is paused is missed for good, several nights that the
    clock jumps over are one.
    """

    def __init__(self, schedules: Schedules, executions: Executions) -> None:
        self._schedules = schedules
        self._executions = executions
        self._clock = executions.state.clock
        self._lock = threading.Lock()
        self._looked = self._clock.now()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def switch_on(self) -> None:
        """Fire from now on, by a thread that looks at the clock."""
        if self._thread is None:
            self._looked = self._clock.now()
            self._stop.clear()
            self._thread = threading.Thread(target=self._watch, name=NIGHTLY, daemon=True)
            self._thread.start()

    def switch_off(self) -> None:
        """Fire no more; nothing happens where it is off."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_TIMEOUT_SECONDS)
            self._thread = None

    def look(self) -> None:
        """Fire if the hour has passed since the last look."""
        with self._lock:
            due, self._looked = next_night(self._looked), self._clock.now()
            if due <= self._looked:
                self._fire(self._looked)

    def _watch(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            self.look()

    def _fire(self, now: datetime) -> None:
        """Start an execution, unless the trigger is not enabled or not there."""

        def attempt(trigger: Trigger) -> None:
            if trigger.state == STATES.ENABLED:
                trigger.last_attempt_time = now
                trigger.status = self._run_job()

        try:
            self._schedules.change(NIGHTLY, attempt)
        except StatusError:
            return  # nobody has set up a trigger

    def _run_job(self) -> status_pb2.Status:
        """Call the job as its target; return the status of the call, not of the sync."""
        state = self._executions.state
        try:
            job = state.job(JOB)
        except StatusError as error:
            return status_pb2.Status(code=code_pb2.NOT_FOUND, message=error.message)
        self._executions.launch(job, state.place.account("tabular-scheduler"))
        return status_pb2.Status()
