"""The heartbeat: this process says that it is alive, and learns which others are not."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.store.executors import ExecutorStore


@dataclass(frozen=True, slots=True)
class Identity:
    """What this process is called as an executor, and as the owner of what it works on."""

    executor: str
    owner: str


@dataclass(slots=True)
class Heartbeat:
    """Beats in the shared database; who has not for `silent` is dead.

    It has to have beaten before this process owns anything. `now` is in seconds, monotonic.
    """

    executors: ExecutorStore
    me: Identity
    silent: timedelta
    now: Callable[[], float] = time.monotonic
    _beat_at: float = math.nan
    _fair_from: float = -math.inf

    @property
    def span(self) -> timedelta:
        """Return the time between two beats: several may get lost."""
        return self.silent / 4

    def beat(self) -> None:
        """Say that this process is alive."""
        self.executors.beat(self.me.executor)
        if self._overdue():
            self._fair_from = self.now() + self.silent.total_seconds()
        self._beat_at = self.now()

    def dead(self, owners: frozenset[str]) -> frozenset[str]:
        """Return those of the owners that are dead.

        `owners` has to be read before this is asked: who owned something then had beaten, so
        whoever is not among the living now is dead and not just new. A process that was
        silent itself, as all are while the database is away, calls nobody dead until the
        others have had the time to beat again.
        """
        if self._overdue() or self.now() < self._fair_from:
            return frozenset()
        living = self.executors.living(self.silent)
        return owners - living - {self.me.executor, self.me.owner}

    def leave(self) -> None:
        """Tell the others that this process is gone, once it does nothing any more."""
        self.executors.leave(self.me.executor)

    def _overdue(self) -> bool:
        return self.now() - self._beat_at > self.silent.total_seconds() / 2
