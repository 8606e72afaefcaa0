"""One lock over the pretend Slack's state, and a way to wait until something about it is true."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class Changes:
    """Counts the changes of the state; those who wait are woken by each."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._version = 0

    @property
    def version(self) -> int:
        """Return how many changes there have been."""
        with self.lock:
            return self._version

    def tell(self) -> None:
        """Say that something has changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait_past(self, version: int, seconds: float) -> int:
        """Return the version once it is past `version`, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > version, seconds)
            return self._version

    def wait_for(self, condition: Callable[[], Value], seconds: float) -> Value:
        """Return the first true value of `condition`, looked at after each change.

        It runs without the lock, so it may look at anything.

        Raises:
            TimeoutError: it was not true within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while True:
            version = self.version
            value = condition()
            if value:
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not true within {seconds:g} s")
            self.wait_past(version, left)
