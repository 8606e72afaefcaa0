"""Questions asked at the same time, each with its own deadline.

The threads are daemons: a question that hangs for ever costs one thread, but neither the
answer to another question nor the end of the process.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread
from time import monotonic
from typing import Generic, TypeVar

from core.errors import OpsError, Unavailable
from core.quantities import duration_text

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
PATIENCE = timedelta(seconds=8)
"""How long a part of a report may take: a person is waiting for all of it."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A question answered in time."""

    value: T_co
    took: timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question that failed or had no answer in time."""

    error: Exception
    took: timedelta

    @property
    def reason(self) -> str:
        """Return why in words that may be shown; ours reads "internal error"."""
        return self.error.message if isinstance(self.error, OpsError) else "internal error"

    @property
    def hint(self) -> str:
        """Return what the reader can do about it, empty where nothing is known."""
        return self.error.hint if isinstance(self.error, OpsError) else ""


Reading = Known[T] | Unknown


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """A question on its way, asked at `begun` on the monotonic clock."""

    name: str
    begun: float
    future: Future[Reading[T]]

    def answer(self) -> T:
        """Wait as long as it takes and return the answer, or raise the question's error."""
        reading = self.future.result()
        if isinstance(reading, Unknown):
            raise reading.error
        return reading.value

    def reading(self, within: timedelta) -> Reading[T]:
        """Wait until `within` after the question was asked; never raises.

        An error that is no OpsError ends here as a value, so it is logged here in full.
        """
        left = within.total_seconds() - (monotonic() - self.begun)
        try:
            reading = self.future.result(max(0.0, left))
        except TimeoutError:
            return Unknown(Unavailable(f"no answer within {duration_text(within)}"), within)
        if isinstance(reading, Unknown) and not isinstance(reading.error, OpsError):
            _logger.error("the question %r failed", self.name, exc_info=reading.error)
        return reading


def ask(name: str, question: Callable[[], T]) -> Asked[T]:
    """Start answering in a thread of its own, in a copy of this context."""
    asked: Asked[T] = Asked(name, monotonic(), Future())

    def work() -> None:
        reading: Reading[T]
        try:
            value = question()
        except Exception as exc:  # noqa: BLE001 - handed whole to whoever waits for the answer
            reading = Unknown(exc, timedelta(seconds=monotonic() - asked.begun))
        else:
            reading = Known(value, timedelta(seconds=monotonic() - asked.begun))
        asked.future.set_result(reading)

    Thread(target=copy_context().run, args=(work,), name=f"ask {name}", daemon=True).start()
    return asked


def ask_all(questions: Mapping[str, Callable[[], T]], within: timedelta) -> dict[str, Reading[T]]:
    """Ask all at the same time; return each by its name, in the given order."""
    asked = {name: ask(name, question) for name, question in questions.items()}
    return {name: one.reading(within) for name, one in asked.items()}
