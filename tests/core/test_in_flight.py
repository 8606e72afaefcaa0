"""Properties of writing many small things: a bounded number at once, for a bounded time."""

from datetime import UTC, datetime, timedelta

from core.errors import Conflict
from core.in_flight import CHUNK, write_for_a_while

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ITEMS = list(range(100 * CHUNK))


class Watch:
    """A clock that goes on by so many seconds whenever it is looked at."""

    def __init__(self, seconds: float) -> None:
        self._step = timedelta(seconds=seconds)
        self._now = NOW

    def __call__(self) -> datetime:
        """Tell the time."""
        self._now += self._step
        return self._now


def test_several_chunks_are_written_after_one_look() -> None:
    """A look lists the whole bucket; without a bound on it a restore would take squares of time."""
    written: list[int] = []
    tried, errors = write_for_a_while(ITEMS, written.append, Watch(0))
    assert (tried, errors) == (10 * CHUNK, [])
    assert sorted(written) == ITEMS[: 10 * CHUNK]
    assert write_for_a_while(ITEMS[:5], written.append, Watch(0)) == (5, [])


def test_slow_writes_end_sooner() -> None:
    """So that progress is told and a stop is heard; one chunk is always written."""
    tried, _ = write_for_a_while(ITEMS, lambda _: None, Watch(1))
    assert tried == 3 * CHUNK
    tried, _ = write_for_a_while(ITEMS, lambda _: None, Watch(60))
    assert tried == CHUNK


def test_after_an_error_nothing_more_is_written() -> None:
    """It may be that the bucket is another one by now: the next try looks."""

    def write(item: int) -> None:
        if item == CHUNK + 1:
            raise Conflict("It was changed.")

    tried, errors = write_for_a_while(ITEMS, write, Watch(0))
    assert tried == 2 * CHUNK
    assert [item for item, _ in errors] == [CHUNK + 1]
