"""Bringing a service into the state that its owner wrote: new revisions start, fail or hang."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import assert_never

from sandbox.cloud import revision_life, service_life, startup_log
from sandbox.cloud.desired_state import same
from sandbox.cloud.revision_script import Fate, RevisionScripts
from sandbox.cloud.run_state import Resource, RunState, copy, short_name
from sandbox.cloud.service_update import check, needs_revision
from sandbox.cloud.startup_log import Outcome, Startup
from sandbox.cloud.status import StatusError
from sandbox.cloud.tabular_service import TabularService, is_shared

Edit = Callable[[Resource], Resource]
"""Makes, of a service as it is, the one that somebody wants."""

_PROVISION_SECONDS = 20.0  # until the container of a new revision is started
_ROUTE_SECONDS = 5.0  # where there is no new revision
_STOP_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """A service as just written, and the short name of the revision made for it, if any."""

    service: Resource
    revision: str = ""
    fate: Fate = Fate.STARTS
    is_change: bool = True


@dataclass(slots=True)
class Rollouts:
    """The rollouts under way; `caller` is who writes through the API.

    `scripts` says how the next revisions fare.
    """

    state: RunState
    program: TabularService
    caller: str
    scripts: RevisionScripts = field(default_factory=RevisionScripts)
    _threads: list[threading.Thread] = field(default_factory=list)
    _halted: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, short: str, edit: Edit, caller: str = "") -> Rollout:
        """Write a service, and return at once while it is brought into that state.

        Raises:
            StatusError: the edit is refused; nothing has changed.
        """
        rollout = self._write(short, edit, caller or self.caller)
        if rollout.revision:
            rollout = replace(rollout, fate=self.scripts.deal(rollout.revision))
        if rollout.is_change:
            self._start(rollout)
        return rollout

    def settle(self, short: str, edit: Edit, caller: str, fate: Fate = Fate.STARTS) -> Rollout:
        """Write a service and end its rollout at once, without an instance: as done by now."""
        rollout = self._write(short, edit, caller)
        self._end(rollout, "" if fate is Fate.STARTS else _PROBE_FAILED)
        return rollout

    def preview(self, short: str, edit: Edit) -> Resource:
        """Return the service that `begin` would write; nothing changes."""
        current = self.state.services.get(short)
        new = edit(copy(current))
        check(new, current, self.state)
        return new

    def stop(self) -> None:
        """End every thread; what was starting stays so in the state, as after a power cut."""
        self._halted.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_STOP_TIMEOUT_SECONDS)

    def _write(self, short: str, edit: Edit, caller: str) -> Rollout:
        """Take over what is wanted, as one step between two others' changes."""
        state = self.state
        with state.services.changed:
            current = state.services.get(short)
            new = edit(copy(current))
            if same(new, current):
                return Rollout(current, is_change=False)
            check(new, current, state)
            name = self._add_revision(new, caller) if needs_revision(new, current) else ""
            service_life.written(new, caller, state.clock.now())
            return Rollout(state.services.put(new), name)

    def _add_revision(self, service: Resource, caller: str) -> str:
        state, short = self.state, short_name(service)
        name = service.template.revision or revision_life.new_name(
            short, state.revisions_of(short), state.ids
        )
        revision = revision_life.new_revision(service, name, state.ids, caller)
        revision_life.created(revision, state.clock.now())
        service.latest_created_revision = state.revisions.put(revision).name
        return str(name)

    def _start(self, rollout: Rollout) -> None:
        name = rollout.revision or short_name(rollout.service)
        thread = threading.Thread(target=self._run, args=(rollout,), name=name, daemon=True)
        with self._lock:
            if self._halted.is_set():
                raise RuntimeError("the pretend cloud has been stopped")
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def _run(self, rollout: Rollout) -> None:
        work = self.state.clock.work
        try:
            if not rollout.revision:
                if work(_ROUTE_SECONDS, self._halted):
                    self._end(rollout, "")
                return
            startup = self._start_instance(rollout.revision, rollout.fate)
            if startup is None or not work(startup_log.seconds(startup), self._halted):
                return
            self.program.log([startup], self.state.clock.speed)
            self._end(rollout, _why(startup))
        except StatusError:
            return  # the service has been deleted meanwhile

    def _start_instance(self, name: str, fate: Fate) -> Startup | None:
        """Start the first instance of a revision by its fate; return None where stopped."""
        if not self.state.clock.work(_PROVISION_SECONDS, self._halted):
            return None
        revision = self.state.revisions.get(name)
        scripted = partial(
            Startup,
            self.state.clock.now(),
            self.state.ids.instance_id(),
            revision=name,
            shared=is_shared(revision),
        )
        match fate:
            case Fate.FAILS_HEALTH_CHECK:
                return scripted(Outcome.UNHEALTHY)
            case Fate.RUNS_OUT_OF_MEMORY:
                return scripted(Outcome.OUT_OF_MEMORY)
            case Fate.HANGS:
                if not self.scripts.hang(name, self._halted):
                    return None
            case Fate.STARTS:
                pass
            case _:
                assert_never(fate)
        return self.program.start(revision, self.state.clock.now())

    def _end(self, rollout: Rollout, why: str) -> None:
        """End a rollout, badly where `why` says something, as one step in others' eyes."""
        with self.state.services.changed:
            if rollout.revision:
                self._turn_revision(rollout.revision, why)
            self._settle(short_name(rollout.service))

    def _turn_revision(self, name: str, why: str) -> None:
        """Make a revision ready, or failed where `why` says something."""
        now = self.state.clock.now()

        def edit(revision: Resource) -> None:
            if why:
                message = revision_life.not_ready_message(revision, self.state.place, why)
                revision_life.failed(revision, now, message)
            else:
                revision_life.ready(revision, now)

        self.state.revisions.turn(name, edit)

    def _settle(self, short: str) -> None:
        """Bring the service as far as its revisions are, and retire those without traffic."""
        state = self.state
        revisions = state.revisions_of(short)
        now = state.clock.now()
        service = state.services.turn(
            short, lambda service: service_life.settle(service, revisions, now)
        )
        serving = service_life.serving_revisions(service)
        for revision in revisions:
            if revision_life.is_ready(revision):
                name = short_name(revision)
                serves = partial(revision_life.serve, traffic=name in serving)
                state.revisions.turn(name, serves)


_PROBE_FAILED = (
    "The user-provided container failed the configured startup probe checks. Logs for this "
    "revision might contain more information."
)
_NEVER_LISTENED = (
    "The user-provided container failed to start and listen on the port defined provided by the "
    "PORT=8080 environment variable within the allocated timeout. This can happen when the "
    "container port is misconfigured or if the timeout is too short. The health check timeout can "
    "be extended. Logs for this revision might contain more information."
)


def _why(startup: Startup) -> str:
    """Return what Cloud Run says of a startup that did not come up, empty for one that did."""
    match startup.outcome:
        case Outcome.HIT | Outcome.MISS | Outcome.DISABLED:
            return ""
        case Outcome.UNHEALTHY | Outcome.OUT_OF_MEMORY:
            return _PROBE_FAILED
        case Outcome.FAILED:
            return _NEVER_LISTENED
        case Outcome.UNMOUNTED:
            return f"The container could not be started: {startup.error}."
        case _:
            assert_never(startup.outcome)
