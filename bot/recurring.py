"""Recurring chores: each in a thread of its own, again and again, by a clock that never jumps.

A scheduler that reckons by the time of day does nothing for an hour when the clock is set back
by one, and a process whose heart does not beat is taken for dead.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Chore:
    do: Callable[[], object]
    span: timedelta
    after: timedelta


@dataclass(slots=True)
class Recurring:
    """Does chores from `start` to `stop`. One that breaks is logged, and done again in time."""

    _chores: list[_Chore] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def every(
        self, span: timedelta, chore: Callable[[], object], after: timedelta = timedelta()
    ) -> None:
        """Have a chore done at the start or `after` it, and again `span` after each end."""
        self._chores.append(_Chore(chore, span, after))

    def start(self) -> None:
        """Begin."""
        for chore in self._chores:
            threading.Thread(
                target=self._keep_doing, args=(chore,), name="recurring", daemon=True
            ).start()

    def stop(self) -> None:
        """Begin nothing more; what is under way is not waited for."""
        self._stopped.set()

    def _keep_doing(self, chore: _Chore) -> None:
        wait = chore.after
        while not self._stopped.wait(wait.total_seconds()):
            try:
                chore.do()
            except Exception:  # noqa: BLE001 - a thread's edge: the next time will do
                if not self._stopped.is_set():
                    _log.exception("a chore broke; it is done again in %s", chore.span)
            wait = chore.span
