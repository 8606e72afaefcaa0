"""Retention: records that are old enough are deleted; what is still open never is."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.operations import OperationId
from core.quantities import count_text
from core.store.retention import RetentionStore


@dataclass(frozen=True, slots=True)
class Keep:
    """How long records are kept, and how long messages that nobody will edit any more.

    `spared` names the operations that are kept for ever.
    """

    records: timedelta = timedelta(days=400)
    answers: timedelta = timedelta(days=90)
    spared: Callable[[], Collection[OperationId]] = tuple


class Forgetting(Protocol):
    """What keeps records of its own, such as `core.engine.Engine`."""

    def forget(self, before: datetime) -> int:
        """Delete what had ended by then, and say how much that was."""
        ...


def tidy(store: RetentionStore, engine: Forgetting, keep: Keep, now: datetime) -> str:
    """Delete what is older than it is kept for, and say what that was."""
    oldest = store.oldest_open() or now
    records = min(now - keep.records, oldest)
    deleted = store.forget(records, min(now - keep.answers, oldest), keep.spared())
    deleted["workflow"] = engine.forget(records)
    told = [count_text(number, noun) for noun, number in deleted.items() if number]
    return f"deleted {', '.join(told)}" if told else "nothing is old enough"
