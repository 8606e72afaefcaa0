"""An operation whose steps are tried one by one against a pretend cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from core.cache.inventory import Inventory
from core.call import Actor, Place
from core.context import Context, Pace
from core.deployment import Deployment
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.outcomes import Done, Outcome
from core.perform import perform
from core.plans import Plan
from tests.core.tabular_cloud import TabularCloud, as_cloud

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEPLOYMENT = Deployment("p")


@dataclass
class Notes:
    """A step's memory."""

    notes: dict[str, str] = field(default_factory=dict)

    def recall(self) -> dict[str, str]:
        """Return the notes."""
        return dict(self.notes)

    def remember(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        self.notes = dict(notes)


@dataclass(frozen=True)
class NoInventories:
    """Keeps nothing; what was kept before can be read."""

    kept: Mapping[str, Inventory] = field(default_factory=dict)

    def get(self, version: str) -> Inventory | None:
        """Return what was kept before."""
        return self.kept.get(version)

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Refuse."""
        raise AssertionError(f"{inventory.version} saved at {at}")


@dataclass
class Running:
    """An operation on a cloud whose steps are tried one by one."""

    cloud: TabularCloud
    plan: Plan
    notes: Notes = field(default_factory=Notes)
    records: list[StepRecord] = field(default_factory=list)
    stop_asked_by: str = ""

    def __post_init__(self) -> None:
        steps = enumerate(self.plan.steps)
        self.records = [StepRecord(at, step, started_at=NOW) for at, step in steps]

    def operation(self, state: OperationState = OperationState.RUNNING) -> Operation:
        """Return it as it stands."""
        return Operation(
            OperationId("disable-abc123"),
            self.plan,
            Actor("U0OLGA"),
            Place("C0INCIDENTS"),
            state,
            tuple(self.records),
            NOW,
            stop_asked_by=self.stop_asked_by,
        )

    def take(self, position: int, after: timedelta = timedelta()) -> Outcome:
        """Try a step once and record its evidence."""
        context = Context(
            self.operation(),
            as_cloud(self.cloud),
            DEPLOYMENT,
            self.notes,
            NoInventories(),
            lambda: NOW + after,
            Pace(),
        )
        outcome = perform(self.plan.steps[position], context)
        if isinstance(outcome, Done):
            record = self.records[position]
            self.records[position] = replace(
                record, state=StepState.DONE, evidence=outcome.evidence
            )
        return outcome
