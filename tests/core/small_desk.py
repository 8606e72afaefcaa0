"""A desk with real records in memory, and an engine that only notes what it was told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.alerts.incidents import Notice, Subject
from core.call import Actor, Call, Door, Place
from core.cloud import Cloud
from core.deployment import Deployment, Expectations
from core.desk import Desk, Launching, Records
from core.errors import Busy
from core.operations import OperationId
from core.policy import Grants, Policy
from core.store.calls import CallStore
from core.store.database import Database
from core.store.incidents import IncidentStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore
from core.store.proposals import ProposalStore
from core.store.samples import SampleStore
from core.store.slots import SlotStore

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLGA, ANNA, VIC = "U0OLGA", "U0ANNA", "U0VIC"
INCIDENTS = Place("C0INCIDENTS")


def about(subject: Subject) -> Callable[[Notice], Subject]:
    """Hold every notice to be about one subject."""
    return lambda _notice: subject


@dataclass
class NotedEngine:
    """Holds one operation at a time, and runs nothing."""

    known: list[OperationId] = field(default_factory=list)
    over: set[OperationId] = field(default_factory=set)
    held_by: OperationId | None = None
    breaks: Exception | None = None

    def submit(self, operation: OperationId) -> None:
        """Note it, unless another one holds the cache."""
        if self.breaks is not None:
            raise self.breaks
        if self.held_by not in (None, operation):
            raise Busy("Another operation is running.")
        if operation not in self.known:
            self.known.append(operation)
        self.held_by = operation

    def knows(self, operation: OperationId) -> bool:
        """Whether it was noted."""
        return operation in self.known

    def given_up(self, operation: OperationId) -> bool:
        """Whether the test said so."""
        return operation in self.over

    def holder(self) -> OperationId | None:
        """Return what holds the cache."""
        return self.held_by

    def end(self) -> None:
        """Let the cache go."""
        self.held_by = None


@dataclass
class Watch:
    """A clock that the test sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def pass_by(self, span: timedelta) -> None:
        """Move on."""
        self.now += span


def records_on(database: Database, owner: str = "me") -> Records:
    """Make the records of a desk."""
    return Records(
        CallStore(database, owner),
        OperationStore(database),
        InventoryStore(database, "bucket"),
        MessageStore(database, owner),
        ProposalStore(database),
        IncidentStore(database),
        SlotStore(database, owner),
        SampleStore(database, "bucket"),
    )


def desk_on(
    database: Database, cloud: Cloud, engine: Launching | None, clock: Watch, owner: str = "me"
) -> Desk:
    """Make a desk; Olga and Anna are operators, Vic may look."""
    return Desk(
        cloud=cloud,
        deployment=Deployment("p"),
        expectations=Expectations(),
        check_timeout=timedelta(seconds=60),
        policy=Policy(
            viewers=Grants(frozenset({VIC})),
            operators=Grants(frozenset({OLGA, ANNA})),
            approvers=Grants(),
            members=lambda _group: frozenset(),
        ),
        records=records_on(database, owner),
        engine=engine,
        clock=clock,
    )


def call_of(words: str, request_id: str = "1", user: str = OLGA, at: datetime = NOW) -> Call:
    """Make a request typed in the incidents channel."""
    return Call(request_id, Actor(user, "T0", user[2:].lower()), Door.SLASH, INCIDENTS, words, at)
