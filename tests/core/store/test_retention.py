"""Properties of retention: old ended things go, whatever is open stays with all that is younger."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.call import Actor
from core.desk import Desk
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.plans import CheckService, Plan, SetServiceEnv, Step, SwitchNightly
from core.proposals import Proposal, ProposalId, ProposalState
from core.schedules.retention import Keep, tidy
from core.schedules.schedule import ScheduleName, Slot
from core.schedules.slots import KnownSlot, SlotState
from core.schedules.switched_off import last_switches
from core.store import tables
from core.store.database import Database
from core.store.retention import RetentionStore
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import INCIDENTS, NOW, Watch, about, call_of, desk_on
from tests.core.switching import switched

DAY = timedelta(days=1)
OLD, YOUNG = NOW - 401 * DAY, NOW - 399 * DAY
PLAN = Plan("sync", "Sync.", {}, (CheckService(),))
ACTOR = Actor("U0OLGA", "T0", "olga")


class NotedEngine:
    """Has deleted two workflows, and notes of what age."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []

    def forget(self, before: datetime) -> int:
        """Note it."""
        self.asked.append(before)
        return 2


def operation(name: str, at: datetime, state: OperationState) -> Operation:
    """Make an operation that began at that time and ended a minute later, if it has."""
    ended = at + timedelta(minutes=1) if state.finished else None
    return Operation(
        OperationId(name), PLAN, ACTOR, INCIDENTS, state, (StepRecord(0, PLAN.steps[0]),), at,
        at, ended,
    )  # fmt: skip


def keep_one_of_each(desk: Desk, name: str, at: datetime) -> None:
    """Keep a request, an operation, a plan, an incident, a slot and messages, all ended."""
    records = desk.records
    records.calls.receive(call_of("ops", name, at=at))
    records.calls.answered(name, at, "answered")
    records.operations.create(operation(name, at, OperationState.RUNNING))
    records.operations.finish(OperationId(name), OperationState.DONE, at)
    proposal = Proposal(
        ProposalId(name), PLAN, "sync", ACTOR, INCIDENTS, ProposalState.EXPIRED, at, at
    )
    records.proposals.create(proposal)
    notice = Notice(IncidentId(name), IncidentState.CLOSED, "Policy", Source.WEBHOOK)
    records.incidents.take(notice, about(Subject.OTHER), at)
    slot = Slot(ScheduleName.REMINDERS, at)
    records.slots.note(KnownSlot(slot, SlotState.DONE))
    for key in (f"operation:{name}", f"call:{name}"):
        records.messages.put(key, INCIDENTS, at, "{}")
        records.messages.claim(key, at)
        records.messages.told(key, 1, at)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk with one old and one young thing of each kind."""
    made = desk_on(database, refusing(MemoryReader()), None, Watch())
    keep_one_of_each(made, "old", OLD)
    keep_one_of_each(made, "young", YOUNG)
    return made


def sweep(desk: Desk, keep: Keep | None = None) -> str:
    """Delete what is old enough."""
    store = RetentionStore(desk.records.slots.database)
    return tidy(store, NotedEngine(), keep or Keep(), NOW)


def left(desk: Desk) -> list[bool]:
    """Return what is there of the old: request, operation, plan, incident, slot, messages."""
    records = desk.records
    return [
        any(one.call.request_id == "old" for one in records.calls.latest(9)),
        records.operations.get(OperationId("old")) is not None,
        records.proposals.get(ProposalId("old")) is not None,
        records.incidents.get(IncidentId("old")) is not None,
        any(one.slot.due == OLD for one in records.slots.recent(ScheduleName.REMINDERS, 9)),
        records.messages.get("operation:old") is not None,
        records.messages.get("call:old") is not None,
    ]


def test_what_has_ended_long_ago_goes_and_the_rest_stays(desk: Desk) -> None:
    """The young of each kind, but for the answers, which nobody edits any more."""
    told = sweep(desk)
    assert told == (
        "deleted 1 request, 1 operation, 1 plan, 1 incident, 1 slot, 3 messages, 2 workflows"
    )
    assert left(desk) == [False] * 7
    assert desk.records.operations.get(OperationId("young")) is not None
    assert len(desk.records.calls.latest(9)) == 1
    assert desk.records.messages.get("operation:young") is not None
    assert desk.records.messages.get("call:young") is None


def test_what_is_open_is_kept_with_everything_younger(desk: Desk) -> None:
    """An incident of two years: its thread may still be edited, and so may all since."""
    notice = Notice(IncidentId("open"), IncidentState.OPEN, "Policy", Source.WEBHOOK)
    desk.records.incidents.take(notice, about(Subject.OTHER), OLD - 300 * DAY)
    assert sweep(desk) == "deleted 2 workflows"
    assert left(desk) == [True] * 7


@pytest.mark.parametrize("kind", ["request", "operation", "plan", "slot"])
def test_nothing_that_is_open_is_ever_deleted(desk: Desk, kind: str) -> None:
    """However old it is."""
    records, at = desk.records, OLD - DAY
    match kind:
        case "request":
            records.calls.receive(call_of("ops", "open", at=at))
        case "operation":
            records.operations.create(operation("open", at, OperationState.RUNNING))
        case "plan":
            waiting = Proposal(
                ProposalId("open"), PLAN, "", ACTOR, INCIDENTS, ProposalState.OPEN, at, NOW
            )
            records.proposals.create(waiting)
        case _:
            records.slots.claim(Slot(ScheduleName.RETENTION, at), at)
    assert sweep(desk) == "deleted 2 workflows"
    assert left(desk) == [True] * 7


def test_what_still_may_be_off_is_reminded_of_however_long_ago_it_was_switched(
    desk: Desk,
) -> None:
    """The last operation that switched the trigger or the volume stays; those before it go."""
    operations = desk.records.operations
    toggle = desk.deployment.variables.toggle
    kept = []
    steps: tuple[Step, ...] = (
        SwitchNightly(resume=False),
        SwitchNightly(resume=False),
        SetServiceEnv({toggle: "true"}, {toggle: "false"}),
    )
    for number, step in enumerate(steps):
        at = OLD - (3 - number) * DAY
        kept.append(switched(desk, step, at).id)
    with operations.database.begin() as connection:
        connection.execute(update(tables.operations).values(finished_at=OLD))
    spared = partial(last_switches, operations, desk.deployment)
    assert spared() == {kept[1], kept[2]}
    sweep(desk, Keep(spared=spared))
    assert [operations.get(one) is not None for one in kept] == [False, True, True]


def test_an_untold_message_is_kept(desk: Desk) -> None:
    """It is still wanted, if by nobody but the outbox."""
    desk.records.messages.put("call:untold", INCIDENTS, OLD, "{}")
    sweep(desk)
    assert desk.records.messages.get("call:untold") is not None


def test_the_newest_slot_of_a_schedule_is_kept_for_ever(desk: Desk) -> None:
    """What is due next is reckoned from it, also once a year."""
    slot = Slot(ScheduleName.WEEKLY_REPORT, OLD - DAY)
    desk.records.slots.note(KnownSlot(slot, SlotState.DONE))
    sweep(desk)
    assert desk.records.slots.latest(ScheduleName.WEEKLY_REPORT) is not None


def test_nothing_old_is_said_to_be_nothing(database: Database) -> None:
    """And the engine is asked by the same age."""
    engine = NotedEngine()
    desk = desk_on(database, refusing(MemoryReader()), None, Watch())
    keep = replace(Keep(), records=timedelta(days=30))
    store = RetentionStore(desk.records.slots.database)
    assert tidy(store, engine, keep, NOW) == "deleted 2 workflows"
    assert engine.asked == [NOW - timedelta(days=30)]
