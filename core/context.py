"""What a step is handed when it is tried: the operation so far, the cloud, and a memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.cache.inventory import Inventory
from core.cloud import Cloud
from core.deployment import Deployment
from core.operations import Operation, StepRecord
from core.plans import Step

Clock = Callable[[], datetime]
"""Tells the time, aware, in UTC."""


class Memory(Protocol):
    """Durable notes of one step, written before acting and read by the next try."""

    def recall(self) -> dict[str, str]:
        """Return the notes, empty where there are none."""
        ...

    def remember(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        ...


class Inventories(Protocol):
    """The saved inventories of verified versions."""

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Keep an inventory, unless one of the same version is kept already."""
        ...

    def get(self, version: str) -> Inventory | None:
        """Return the inventory of a version, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the cloud is looked at, and how long a lost reply is looked for."""

    poll: timedelta = timedelta(seconds=5)
    logs: timedelta = timedelta(seconds=15)
    grace: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Context:
    """One try of one step. `boot` names the process that makes it, another one after a restart."""

    operation: Operation
    cloud: Cloud
    deployment: Deployment
    memory: Memory
    inventories: Inventories
    clock: Clock
    pace: Pace
    boot: str = ""

    def record_of(self, step: Step) -> StepRecord:
        """Return the record of this very step, not of an equal one elsewhere in the plan."""
        return next(one for one in self.operation.steps if one.step is step)

    def stamp_of(self, step: Step) -> str:
        """Return what a step's change is recognised by, whichever try has made it."""
        return f"{self.operation.id}.{self.record_of(step).position}"

    @property
    def stopping(self) -> bool:
        """Whether a person asked the operation to stop."""
        return bool(self.operation.stop_asked_by)
