"""The quota of Cloud Logging on reading entries, counted on the real clock."""

import threading
import time
from collections import deque
from collections.abc import Callable

import grpc

from sandbox.cloud.status import StatusError

_WINDOW_SECONDS = 60.0


class ReadQuota:
    """Admits `per_minute` requests in any 60 s; raise the attribute to widen it.

    60 is what every project has (docs.cloud.google.com/logging/quotas).
    """

    def __init__(self, per_minute: int = 60, seconds: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._seconds = seconds
        self._admitted: deque[float] = deque()
        self._lock = threading.Lock()

    def spend(self, project_number: int) -> None:
        """Count one request.

        Raises:
            StatusError: RESOURCE_EXHAUSTED where the last minute is used up.
        """
        with self._lock:
            now = self._seconds()
            while self._admitted and self._admitted[0] <= now - _WINDOW_SECONDS:
                self._admitted.popleft()
            if len(self._admitted) >= self.per_minute:
                raise StatusError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    "Quota exceeded for quota metric 'Read requests' and limit "
                    "'Read requests per minute' of service 'logging.googleapis.com' "
                    f"for consumer 'project_number:{project_number}'.",
                )
            self._admitted.append(now)
