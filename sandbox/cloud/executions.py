"""Running executions as Cloud Run does: a thread each, attempts with a timeout, retries, cancel."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sandbox.cloud import execution_life
from sandbox.cloud.attempt import (
    EXITED_WITH_ERROR,
    Attempt,
    ContainerFailed,
    Stopped,
    TimedOut,
    job_voice,
)
from sandbox.cloud.logs import Logs
from sandbox.cloud.run_state import Resource, RunState, is_finished, short_name

Program = Callable[[Attempt], None]

_PENDING_SECONDS = 8.0  # until the resources are there and the container starts
_STOP_TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Executions:
    """The executions under way; `program` is what the container of the job does.

    `caller` is who starts executions through the API.
    """

    state: RunState
    logs: Logs
    program: Program
    caller: str
    _stops: dict[str, threading.Event] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _halted: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def launch(self, job: Resource, creator: str) -> Resource:
        """Start an execution of the job as given, overrides applied, and return it at once."""
        execution = self._create(job, creator)
        stop = threading.Event()
        thread = threading.Thread(
            target=self._run, args=(execution, stop), name=short_name(execution), daemon=True
        )
        with self._lock:
            if self._halted.is_set():
                raise RuntimeError("the pretend cloud has been stopped")
            self._stops[short_name(execution)] = stop
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()
        return execution

    def live_through(self, job: Resource, creator: str) -> Resource:
        """Run an execution to its end in this thread and return it finished."""
        execution = self._create(job, creator)
        self._run(execution, threading.Event())
        return self.state.executions.get(short_name(execution))

    def cancel(self, short: str) -> None:
        """Ask a running execution to stop; it ends cancelled, with whatever state it had."""

        def edit(execution: Resource) -> None:
            if not is_finished(execution):
                execution_life.cancelling(execution, self.state.clock.now())

        self.state.executions.change(short, edit)
        with self._lock:
            stop = self._stops.get(short)
        if stop is not None:
            stop.set()

    def stop(self) -> None:
        """End every thread; what was running stays running in the state, as after a power cut."""
        self._halted.set()
        with self._lock:
            threads = list(self._threads)
            for stop in self._stops.values():
                stop.set()
        for thread in threads:
            thread.join(_STOP_TIMEOUT_SECONDS)

    def _create(self, job: Resource, creator: str) -> Resource:
        execution = execution_life.new_execution(job, self.state.place, self.state.ids, creator)
        execution_life.created(execution, self.state.clock.now())
        return self.state.executions.put(execution)

    def _run(self, execution: Resource, stop: threading.Event) -> None:
        """Take an execution from pending to its end."""
        turn = partial(self._turn, short_name(execution))
        try:
            self._await_resources(stop)
            turn(execution_life.started)
            why = self._attempts(execution, stop)
        except Stopped:
            if not self._halted.is_set():
                turn(execution_life.cancelled)
        else:
            end = execution_life.succeeded
            turn(end if why is None else partial(execution_life.failed, why=why))
        finally:
            with self._lock:
                self._stops.pop(short_name(execution), None)

    def _await_resources(self, stop: threading.Event) -> None:
        if not self.state.clock.work(_PENDING_SECONDS, stop):
            raise Stopped

    def _attempts(self, execution: Resource, stop: threading.Event) -> str | None:
        """Try up to max_retries + 1 times; return why the last attempt failed, None if well."""
        last = execution.template.max_retries
        for number in range(last + 1):
            why = self._attempt(execution, number, stop)
            if why is None:
                return None
            if number < last:
                self._turn(short_name(execution), execution_life.retried)
        return why

    def _attempt(self, execution: Resource, number: int, stop: threading.Event) -> str | None:
        timeout_seconds = execution.template.timeout.total_seconds()
        instance_id = self.state.ids.instance_id()
        voice = job_voice(self.logs, self.state.place, execution, number, instance_id)
        clock = self.state.clock
        try:
            self.program(Attempt(execution, number, voice, clock, stop, timeout_seconds))
        except TimedOut:
            voice.system(
                "Terminating task because it has reached the maximum timeout of "
                f"{timeout_seconds:.0f} seconds. To change this limit, see "
                "https://cloud.google.com/run/docs/configuring/task-timeout"
            )
            return "The configured timeout was reached."
        except ContainerFailed as failure:
            if str(failure) == EXITED_WITH_ERROR:
                voice.system("Container called exit(1).", "WARNING")
            return str(failure)
        voice.system("Container called exit(0).", "INFO")
        return None

    def _turn(self, short: str, change: Callable[..., None]) -> None:
        now = self.state.clock.now()
        self.state.executions.change(short, lambda execution: change(execution, now))
