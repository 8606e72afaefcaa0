"""The desk: everything that answering a request needs, handed in once at the start."""

from dataclasses import dataclass
from datetime import timedelta

from core.cloud import Cloud
from core.context import Clock
from core.deployment import Deployment, Expectations
from core.engine import Engine
from core.policy import Policy
from core.store.calls import CallStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore


@dataclass(frozen=True, slots=True)
class Records:
    """The stores that the road reads and writes."""

    calls: CallStore
    operations: OperationStore
    inventories: InventoryStore
    messages: MessageStore


@dataclass(frozen=True, slots=True)
class Desk:
    """The cloud, what it is judged by, the policy, the records, the engine and the clock.

    `check_timeout` is how long one check of a report may take before it reads "unknown";
    `engine` is None in a process that only looks, such as the command line.
    """

    cloud: Cloud
    deployment: Deployment
    expectations: Expectations
    check_timeout: timedelta
    policy: Policy
    records: Records
    engine: Engine | None
    clock: Clock
