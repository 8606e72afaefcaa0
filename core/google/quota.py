"""A budget of requests, so that a quota of the whole project is never spent by this bot alone."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from core.errors import QuotaExceeded


class TokenBucket:
    """Lets `burst` requests go at once and then `per_minute`, so at most their sum in any minute.

    Entries are read at 60 a minute for the whole project, and this cannot be raised
    (cloud.google.com/logging/quotas); the defaults leave ten to people and other tools.
    """

    def __init__(
        self,
        *,
        burst: int = 20,
        per_minute: int = 30,
        patience: timedelta = timedelta(seconds=3),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._burst = burst
        self._per_second = per_minute / 60
        self._patience = patience.total_seconds()
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._counted_at = clock()

    def take(self) -> None:
        """Take leave to send one request, after a short wait where the budget is spent.

        Raises:
            QuotaExceeded: at once, where the wait would be longer than the patience.
        """
        wait = self._reserve()
        if wait > 0:
            self._sleep(wait)

    def _reserve(self) -> float:
        with self._lock:
            now = self._clock()
            earned = (now - self._counted_at) * self._per_second
            self._tokens = min(self._burst, self._tokens + earned)
            self._counted_at = now
            wait = (1 - self._tokens) / self._per_second
            if wait > self._patience:
                raise QuotaExceeded(
                    "The bot has read the logs too often in the last minute.",
                    f"Nothing was sent; try again in {wait:.0f} s.",
                )
            self._tokens -= 1
            return wait
