"""A rush: many requests at once. Those that still come in go before the answers to the others.

Taking a request in costs a millisecond and is due within three seconds; an answer is due when
it is ready, and keeps the interpreter busy meanwhile. Started at once, the first answers would
hold up the acknowledgements of all who asked a moment later.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

QUIET = timedelta(milliseconds=50)
"""A rush is over when nobody has come for so long."""

PATIENCE = timedelta(milliseconds=500)
"""No answer is held back for longer than this, however long the rush lasts."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """That a request came, and when on the clock of `Rush`, in seconds."""

    number: int
    at: float


@dataclass(slots=True)
class Rush:
    """Tells answers when to start. Whoever came last is answered at once."""

    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _last: Arrival = Arrival(0, 0.0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self) -> Arrival:
        """Note that a request has come."""
        with self._lock:
            self._last = Arrival(self._last.number + 1, self.now())
            return self._last

    def let_in(self, arrival: Arrival) -> None:
        """Wait as long as others keep coming after this one."""
        latest = arrival.at + PATIENCE.total_seconds()
        while (last := self._last) != arrival:
            left = min(last.at + QUIET.total_seconds(), latest) - self.now()
            if left <= 0:
                return
            self.pause(left)
