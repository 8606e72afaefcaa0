"""A stage for deleting: 300 old leftovers beside a whole cache, and their cleanup, try by try."""

from datetime import UTC, datetime, timedelta

from core.cache.objects import VersionKey
from core.call import Actor, Place
from core.commands import Cleanup
from core.context import Context, Pace
from core.deployment import Deployment
from core.doomed import DeleteGenerations, each
from core.errors import QuotaExceeded, Unavailable
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.outcomes import Failed, Outcome, Pending
from core.perform import perform
from core.procedures.cleanup import Terms, plan_cleanup
from core.snapshot import Snapshot
from tests.core.deleting_cloud import DeletingCloud, as_cloud, deleting
from tests.core.steps.running import NoInventories, Notes
from tests.core.whole_cache import BUCKET, NOW, Write, cache_after, two_syncs

LEFTOVERS = 300
START = datetime(2025, 11, 21, 9, 31, tzinfo=UTC)


def leftover(number: int) -> str:
    """Name one of the leftovers."""
    return f".tmp/sbert-dead/{number:03}"


class Cleaning:
    """A cleanup of 300 leftovers, tried step by step."""

    def __init__(self, command: Cleanup | None = None) -> None:
        writes = [Write(leftover(n), NOW - timedelta(days=9), 10**6) for n in range(LEFTOVERS)]
        self.cloud: DeletingCloud = deleting(cache_after([*two_syncs(), *writes]))
        terms = Terms(BUCKET, 1, {}, NOW)
        self.plan = plan_cleanup(command or Cleanup(), Snapshot(as_cloud(self.cloud)), terms)
        self.notes = Notes()
        self.stopped_by = ""

    @property
    def doomed(self) -> set[VersionKey]:
        """What the plan deletes."""
        (step,) = [one for one in self.plan.steps if isinstance(one, DeleteGenerations)]
        return {key for key, _ in each(step.objects)}

    def take(self, position: int = 0) -> Outcome:
        """Try a step once."""
        operation = Operation(
            OperationId("cleanup-abc234"),
            self.plan,
            Actor("U0OLGA"),
            Place("C0INCIDENTS"),
            OperationState.RUNNING,
            tuple(StepRecord(at, step) for at, step in enumerate(self.plan.steps)),
            NOW,
            stop_asked_by=self.stopped_by,
        )
        context = Context(
            operation,
            as_cloud(self.cloud),
            Deployment("p"),
            self.notes,
            NoInventories(),
            lambda: START,
            Pace(),
        )
        return perform(self.plan.steps[position], context)

    def until_over(self) -> Outcome:
        """Try the deletion until it ends, passing over what the runner would wait for."""
        for _ in range(100):
            try:
                outcome = self.take()
            except (Unavailable, QuotaExceeded):
                continue
            if not isinstance(outcome, Pending):
                return outcome
        raise AssertionError("it never ends")


def failed(outcome: Outcome) -> Failed:
    """Return a failure as such."""
    assert isinstance(outcome, Failed), outcome
    return outcome
