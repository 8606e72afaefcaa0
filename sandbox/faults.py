"""What goes wrong on purpose: latency, refusals and lost replies, per method.

Methods are named as their owners name them: `storage.objects.list`,
`google.cloud.run.v2.Jobs/RunJob`, `chat.update`. Patterns are shell-style globs.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from sandbox.clock import Clock


class Phase(StrEnum):
    """The moments of a call that a watcher hears of."""

    BEFORE = "before"  # received, nothing applied yet
    APPLIED = "applied"  # applied, the reply not sent yet


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait before the call is applied."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer an error and apply nothing.

    `status` is an HTTP status for REST methods and Slack (429 sends Retry-After),
    a gRPC status name such as "UNAVAILABLE" for gRPC methods.
    """

    status: int | str
    message: str = "injected by the sandbox"
    retry_after_seconds: int = 1


@dataclass(frozen=True, slots=True)
class LoseReply:
    """Apply the call, then drop the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer (until the faults are cleared); nothing is applied."""


Kind = Delay | Refuse | LoseReply | Hang


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the calls that match `method`.

    It leaves the first `after` matching calls alone and hits `times` of the rest
    (None: all of them).
    """

    method: str
    kind: Kind
    times: int | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that reached the sandbox."""

    method: str
    at: datetime
    detail: str = ""


class InjectedRefusal(Exception):
    """A `Refuse` fault hit this call: answer its status."""

    def __init__(self, refuse: Refuse) -> None:
        super().__init__(refuse.message)
        self.refuse = refuse


class ReplyLost(Exception):
    """A `LoseReply` fault hit this call: it is applied; drop the connection."""


Watcher = Callable[[str, Phase], None]


@dataclass(slots=True)
class Faults:
    """The faults in force, every call seen, and those who watch them.

    Servers wrap each call in `with faults.call(method): ...apply...` and turn
    `InjectedRefusal` and `ReplyLost` into what their protocol does.
    """

    clock: Clock
    calls: list[CallRecord] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _watchers: list[Watcher] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _released: threading.Event = field(default_factory=threading.Event)

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults and let hanging calls end."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher(method, phase)` in the serving thread, before and after each call."""
        with self._lock:
            self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Stop calling `watcher`."""
        with self._lock:
            self._watchers.remove(watcher)

    def seen(self, pattern: str) -> list[CallRecord]:
        """Return the calls so far whose method matches the glob `pattern`."""
        with self._lock:
            return [call for call in self.calls if fnmatchcase(call.method, pattern)]

    @contextmanager
    def call(self, method: str, detail: str = "") -> Iterator[None]:
        """Record a call, apply its faults around the body.

        Raises:
            InjectedRefusal: a `Refuse` fault hit it; the body did not run.
            ReplyLost: a `LoseReply` fault hit it; the body ran.
        """
        kinds, released = self._begin(method, detail)
        self._tell(method, Phase.BEFORE)
        for kind in kinds:
            match kind:
                case Delay(seconds):
                    self.clock.pause(seconds)
                case Refuse():
                    raise InjectedRefusal(kind)
                case Hang():
                    released.wait()
                    raise InjectedRefusal(Refuse(503, "the sandbox let a hanging call go"))
                case LoseReply():
                    pass
        yield
        self._tell(method, Phase.APPLIED)
        if any(isinstance(kind, LoseReply) for kind in kinds):
            raise ReplyLost(method)

    def _begin(self, method: str, detail: str) -> tuple[list[Kind], threading.Event]:
        """Return the kinds that hit, and the event that lets this call go if it hangs."""
        kinds: list[Kind] = []
        with self._lock:
            self.calls.append(CallRecord(method, datetime.now(UTC), detail))
            for fault in self._faults:
                if not fnmatchcase(method, fault.method):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif fault.times is None or fault.times > 0:
                    kinds.append(fault.kind)
                    if fault.times is not None:
                        fault.times -= 1
            return kinds, self._released

    def _tell(self, method: str, phase: Phase) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher(method, phase)
