"""Many small writes at the same time, a bounded number of them, each with its own outcome."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from core.errors import CloudError

T = TypeVar("T")

WIDTH = 16
"""Writes under way at the same time."""

CHUNK = 3 * WIDTH
"""Writes that are made without a look at the clock, or at what came of them."""

_MOST_CHUNKS = 10
_LONGEST = timedelta(seconds=3)


def write_for_a_while(
    items: Sequence[T],
    write: Callable[[T], None],
    clock: Callable[[], datetime],
    at_once: int = CHUNK,
) -> tuple[int, list[tuple[T, CloudError]]]:
    """Write some of the items and return how many were tried, and those that got an error.

    It ends after some seconds, so that progress is told and a stop is heard, or with the first
    chunk of `at_once` that got an error: a small one where a write takes long.
    """
    ends = clock() + _LONGEST
    tried = 0
    errors: list[tuple[T, CloudError]] = []
    for _ in range(_MOST_CHUNKS):
        chunk = items[tried : tried + at_once]
        errors = write_all(chunk, write)
        tried += len(chunk)
        if errors or tried == len(items) or clock() >= ends:
            break
    return tried, errors


def write_all(items: Sequence[T], write: Callable[[T], None]) -> list[tuple[T, CloudError]]:
    """Write each item once and return those that got an error, in the given order.

    Anything but a CloudError is raised, after all that was under way has ended.
    """

    def one(item: T) -> CloudError | None:
        try:
            write(item)
        except CloudError as exc:
            return exc
        return None

    with ThreadPoolExecutor(WIDTH, thread_name_prefix="write") as pool:
        outcomes = list(pool.map(one, items))
    pairs = zip(items, outcomes, strict=True)
    return [(item, outcome) for item, outcome in pairs if outcome is not None]
