"""Numbers as people read them: bytes, durations, counts, shares and points in time.

Sizes and durations read here as they do in the sentences of the core.
"""

from datetime import UTC, datetime

from core.quantities import duration_text as duration
from core.quantities import share_text as percent
from core.quantities import size_text as size
from core.quantities import window_text as window

__all__ = ["count", "duration", "percent", "share", "size", "utc", "window"]


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun, such as "1 check" and "1,200 checks"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(part: int, whole: int, noun: str) -> str:
    """Write a share with its sample size, such as "96.4 % (27 of 28 startups)"."""
    if whole <= 0:
        return f"no data (no {noun}s)"
    return f"{percent(part, whole)} ({part:,} of {count(whole, noun)})"


def utc(at: datetime) -> str:
    """Write a point in time as "2026-11-23 15:36 UTC"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
