"""The sandbox's clock: true wall time that a test may move, and a pace for simulated work."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time of the pretend cloud and lets simulated work take its time.

    Timestamps are real UTC plus an offset that `advance` adds to, so the bot, which uses
    the real clock, agrees with them. `speed` shortens only simulated work: a sync that
    takes 480 s takes 24 s at speed 20. A clock may begin some time `ago`, to be advanced to
    the present once a past has been lived through.
    """

    def __init__(self, speed: float = 1.0, ago: timedelta = timedelta()) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self.speed = speed
        self._offset = -ago
        self._lock = threading.Lock()
        self._past = threading.local()

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        past: datetime | None = getattr(self._past, "moment", None)
        if past is not None:
            return past
        with self._lock:
            return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move the clock forward: lifecycle ages, schedules and retention follow it."""
        if by < timedelta():
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._offset += by

    def work(self, seconds: float, stop: threading.Event) -> bool:
        """Spend `seconds` of simulated work; return False where `stop` cut it short."""
        past: datetime | None = getattr(self._past, "moment", None)
        if past is not None:
            self._past.moment = past + timedelta(seconds=seconds / self.speed)
            return not stop.is_set()
        return not stop.wait(seconds / self.speed)

    @contextmanager
    def back_to(self, moment: datetime) -> Iterator[None]:
        """Let this thread live at `moment`, to lay down a past as it would have happened.

        Inside, `now` tells that time and `work` moves it on at the clock's speed, without
        waiting, so that past and present syncs take equally long; other threads
        see nothing of it.
        """
        outer: datetime | None = getattr(self._past, "moment", None)
        self._past.moment = moment
        try:
            yield
        finally:
            self._past.moment = outer

    def pause(self, seconds: float) -> None:
        """Wait real seconds: injected latency is never sped up."""
        if seconds > 0:
            time.sleep(seconds)
