"""Moments that never repeat: one microsecond for each change, so that a history is a timeline."""

from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moments:
    """Hands out the present, or the microsecond after the last one handed out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = _EPOCH

    def next(self, at: datetime | None = None) -> datetime:
        """Return a moment after all earlier ones: `at` or now, unless that has passed."""
        self._last = max(self.after_last, at or self._clock.now())
        return self._last

    @property
    def after_last(self) -> datetime:
        """The first moment that is still free."""
        return self._last + _MICROSECOND


def microseconds(moment: datetime) -> int:
    """Return a moment as a generation number: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND
