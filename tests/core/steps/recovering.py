"""A recovery whose remedies are tried one by one, over Google's clients, on a pretend cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.cache.inventory import Inventory
from core.call import Actor
from core.context import Context, Pace
from core.deployment import Deployment, Expectations
from core.errors import OpsError, QuotaExceeded, Unavailable
from core.google.google_cloud import GoogleCloud
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.perform import perform
from core.plans import Plan, RunSync
from core.procedures.recover import plan_recover
from core.snapshot import Snapshot
from tests.core.small_desk import INCIDENTS, OLGA
from tests.core.steps.running import NOW, NoInventories, Notes

_MOST_TRIES = 100


@dataclass
class Recovering:
    """One recovery; `take_all` goes on as the runner does, also after a lost reply."""

    cloud: GoogleCloud
    deployment: Deployment
    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    stopped_by: str = ""
    kept: Mapping[str, Inventory] = field(default_factory=dict)
    tries: int = 0

    def __post_init__(self) -> None:
        self.plan: Plan = plan_recover(
            Snapshot(self.cloud), self.deployment, Expectations(), self.inventories
        )
        steps = (*self.plan.steps, *self.plan.closing)
        self.records = [StepRecord(at, one, started_at=NOW) for at, one in enumerate(steps)]
        self.notes = [Notes() for _ in steps]

    def take(self, position: int) -> Outcome:
        """Try a step once, as the runner does: without an answer it is looked at again."""
        self.tries += 1
        operation = Operation(
            OperationId("recover-abc123"),
            self.plan,
            Actor(OLGA),
            INCIDENTS,
            OperationState.RUNNING,
            tuple(self.records),
            NOW,
            stop_asked_by=self.stopped_by,
        )
        context = Context(
            operation,
            self.cloud,
            self.deployment,
            self.notes[position],
            NoInventories(self.kept),
            lambda: NOW,
            Pace(),
        )
        try:
            return perform(self.records[position].step, context)
        except (Unavailable, QuotaExceeded) as exc:
            return Pending(exc.message, context.pace.poll)
        except OpsError as exc:
            return Failed(exc.message, exc.hint)

    def finish(self, position: int) -> Done | Failed | Stopped | Unclear:
        """Try a step until it is over."""
        for _ in range(_MOST_TRIES):
            outcome = self.take(position)
            if isinstance(outcome, Done):
                self.records[position] = replace(
                    self.records[position], state=StepState.DONE, evidence=outcome.evidence
                )
            if not isinstance(outcome, Pending):
                return outcome
        raise AssertionError(f"step {position} never ends")

    def finish_remedies(self) -> list[Outcome]:
        """Go through the steps before the sync, if any, up to one that is not done."""
        outcomes: list[Outcome] = []
        for position, step in enumerate(self.plan.steps):
            if isinstance(step, RunSync):
                break
            outcomes.append(self.finish(position))
            if not isinstance(outcomes[-1], Done):
                break
        return outcomes
