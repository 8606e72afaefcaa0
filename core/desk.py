"""The desk: everything that answering a request needs, handed in once at the start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from core.cloud import Cloud
from core.context import Clock
from core.deployment import Deployment, Expectations
from core.inspection.findings import Judgement
from core.operations import Operation, OperationId
from core.policy import Policy
from core.schedules.schedule import Schedule
from core.store.calls import CallStore
from core.store.incidents import IncidentStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore
from core.store.proposals import ProposalStore
from core.store.samples import SampleStore
from core.store.slots import SlotStore

_SWITCHES = 10


class Launching(Protocol):
    """What sets operations going, such as `core.engine.Engine`."""

    def submit(self, operation: OperationId) -> None:
        """Have an operation run. Raises Busy where another one holds the cache."""
        ...

    def knows(self, operation: OperationId) -> bool:
        """Whether it was ever submitted."""
        ...

    def given_up(self, operation: OperationId) -> bool:
        """Whether it will not go on by itself."""
        ...

    def holder(self) -> OperationId | None:
        """Return the operation that holds the cache."""
        ...


@dataclass(frozen=True, slots=True)
class Records:
    """The stores that the road reads and writes."""

    calls: CallStore
    operations: OperationStore
    inventories: InventoryStore
    messages: MessageStore
    proposals: ProposalStore
    incidents: IncidentStore
    slots: SlotStore
    samples: SampleStore


@dataclass(frozen=True, slots=True)
class Desk:
    """The cloud, what it is judged by, the policy, the records, the engine and the clock.

    `check_timeout` is how long one check of a report may take before it reads "unknown",
    `patience` how long a proposal waits for its yes; `engine` is None in a process that only
    looks, such as the command line; `schedules` are all of them, those that are off as well;
    `self_checks` are what the doctor asks of Slack and of the bot's own process, by title.
    """

    cloud: Cloud
    deployment: Deployment
    expectations: Expectations
    check_timeout: timedelta
    policy: Policy
    records: Records
    engine: Launching | None
    clock: Clock
    patience: timedelta = timedelta(minutes=10)
    schedules: tuple[Schedule, ...] = ()
    self_checks: Mapping[str, Callable[[], Judgement]] = field(default_factory=dict)

    @property
    def nightly_switches(self) -> Sequence[Operation]:
        """The last operations that were to switch the nightly trigger, newest first."""
        return self.records.operations.holding("switch_nightly", _SWITCHES)
