"""Many small writes at the same time, a bounded number of them, each with its own outcome."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.errors import CloudError

T = TypeVar("T")

WIDTH = 16
"""Writes under way at the same time."""

CHUNK = 3 * WIDTH
"""Writes of one try of a step, so that progress is told and a stop is heard in between."""


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
