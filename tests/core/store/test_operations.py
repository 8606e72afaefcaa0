"""Properties of the kept operations: created once, recorded in order, ended once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import AwaitExecution, CheckConsistency, Plan, RunSync
from core.store.database import Database
from core.store.messages import MessageStore
from core.store.operations import OperationStore, message_key, operation_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ID = OperationId("sync-abc234")
PLACE = Place("C0INCIDENTS", "1.2")
STEPS = (RunSync(), AwaitExecution(timedelta(minutes=45), timedelta(minutes=8)))
PLAN = Plan("sync", "Start it.", {"version before": "none"}, STEPS, (CheckConsistency(),))


def operation(wanted: OperationId = ID, at: datetime = NOW) -> Operation:
    """Make an operation that waits to begin."""
    steps = (*PLAN.steps, *PLAN.closing)
    return Operation(
        id=wanted,
        plan=PLAN,
        actor=Actor("U0OLGA", "T0", "olga"),
        place=PLACE,
        state=OperationState.WAITING,
        steps=tuple(StepRecord(position, step) for position, step in enumerate(steps)),
        created_at=at,
    )


def created(database: Database) -> OperationStore:
    """Return the store with that operation and its message in it."""
    store = OperationStore(database)
    assert store.create(operation())
    MessageStore(database, "me").put(message_key(ID), PLACE, NOW)
    return store


def kept(store: OperationStore) -> Operation:
    """Read the operation back."""
    found = store.get(ID)
    assert found is not None
    return found


def wanted_number(database: Database) -> int:
    """Return how often the operation's message has changed."""
    told = MessageStore(database, "me").get(message_key(ID))
    assert told is not None
    return told.wanted


def test_an_operation_is_read_back_as_it_was_kept(database: Database) -> None:
    """The plan, its steps and where it came from survive the database."""
    assert kept(created(database)) == operation()


def test_the_same_operation_is_created_once(database: Database) -> None:
    """A request answered twice, by a restart or a double click, is one operation."""
    store = created(database)
    assert not store.create(operation(at=LATER))
    assert [one.created_at for one in store.latest(10)] == [NOW]


def test_a_refused_operation_leaves_nothing_behind(database: Database) -> None:
    """Forgotten, it is in no list, and its name is free again."""
    store = created(database)
    store.forget(ID)
    assert store.get(ID) is None
    assert store.unfinished() == []
    assert store.create(operation())


def test_a_step_begun_again_keeps_its_first_time(database: Database) -> None:
    """After a crash the elapsed time goes on where it was."""
    store = created(database)
    store.begin_step(ID, 0, NOW)
    store.begin_step(ID, 0, LATER)
    found = kept(store)
    assert (found.state, found.started_at) == (OperationState.RUNNING, NOW)
    assert (found.steps[0].state, found.steps[0].started_at) == (StepState.RUNNING, NOW)
    assert found.steps[1].state is StepState.WAITING


def test_evidence_is_added_to_what_is_there(database: Database) -> None:
    """A later try that knows less takes nothing away."""
    store = created(database)
    for evidence in ({"execution": "a", "joined": "no"}, {"joined": "yes"}, {}):
        store.record_step(ID, StepRecord(0, RunSync(), StepState.RUNNING, evidence=evidence))
    assert kept(store).evidence == {"execution": "a", "joined": "yes"}


def test_every_change_makes_the_message_stale(database: Database) -> None:
    """In the same transaction, so that no state is ever left untold."""
    store = created(database)
    numbers = [wanted_number(database)]
    for change in (
        lambda: store.begin_step(ID, 0, NOW),
        lambda: store.record_step(ID, StepRecord(0, RunSync(), StepState.DONE)),
        lambda: store.ask_stop(ID, "U0ANNA"),
        lambda: store.finish(ID, OperationState.STOPPED, LATER),
    ):
        change()
        numbers.append(wanted_number(database))
    assert numbers == sorted(set(numbers))


def test_a_stop_is_asked_once(database: Database) -> None:
    """The first who asks is the one that the message names; what has ended is left alone."""
    store = created(database)
    assert store.ask_stop(ID, "U0ANNA")
    assert not store.ask_stop(ID, "U0OLGA")
    assert (kept(store).state, kept(store).stop_asked_by) == (OperationState.STOPPING, "U0ANNA")
    store.finish(ID, OperationState.DONE, LATER)
    assert not store.ask_stop(ID, "U0OLGA")
    assert kept(store).state is OperationState.DONE


def test_the_end_is_recorded_once(database: Database) -> None:
    """Whoever takes the operation for dead a moment later does not undo how it ended."""
    store = created(database)
    store.finish(ID, OperationState.DONE, NOW)
    store.finish(ID, OperationState.UNKNOWN, LATER)
    assert (kept(store).state, kept(store).finished_at) == (OperationState.DONE, NOW)


def test_what_was_never_begun_reads_not_done(database: Database) -> None:
    """After the end no step is left waiting."""
    store = created(database)
    store.record_step(ID, StepRecord(0, RunSync(), StepState.FAILED, "It was refused."))
    store.finish(ID, OperationState.FAILED, LATER)
    states = [record.state for record in kept(store).steps]
    assert states == [StepState.FAILED, StepState.SKIPPED, StepState.SKIPPED]


@pytest.mark.parametrize("state", OperationState)
def test_only_what_has_not_ended_is_unfinished(database: Database, state: OperationState) -> None:
    """The list by which work is taken up again is complete, and holds nothing else."""
    store = created(database)
    if state is OperationState.STOPPING:
        store.ask_stop(ID, "U0ANNA")
    elif state is OperationState.RUNNING:
        store.begin_step(ID, 0, NOW)
    elif state.finished:
        store.finish(ID, state, LATER)
    assert kept(store).state is state
    assert [one.id for one in store.unfinished()] == ([] if state.finished else [ID])


def test_the_newest_operations_come_first_and_the_oldest_unfinished(database: Database) -> None:
    """People ask for the last ones; work is taken up in the order in which it came."""
    store = OperationStore(database)
    names = [OperationId(f"sync-{number}") for number in range(3)]
    for number, name in enumerate(names):
        store.create(operation(name, NOW + timedelta(minutes=number)))
    assert [one.id for one in store.latest(2)] == names[:0:-1]
    assert [one.id for one in store.unfinished()] == names


def test_a_steps_notes_are_its_own(database: Database) -> None:
    """What one step wrote down is not read by another."""
    store = created(database)
    assert store.recall(ID, 0) == {}
    store.remember(ID, 0, {"known": "a b"})
    store.remember(ID, 0, {"known": "c"})
    notes: list[Mapping[str, str]] = [store.recall(ID, position) for position in (0, 1)]
    assert notes == [{"known": "c"}, {}]


def test_troubles_are_counted_in_a_row(database: Database) -> None:
    """One try that ends with an answer sets the count back."""
    store = created(database)
    counts = []
    for troubles in (1, 2, 0):
        store.record_step(ID, StepRecord(0, RunSync(), StepState.RUNNING), troubles=troubles)
        counts.append(store.troubles(ID, 0))
    assert counts == [1, 2, 0]


@pytest.mark.parametrize("hostile", ["a\0b", "half \ud800 a pair", "\x1b[31m", "<!channel> '; --"])
def test_any_log_line_can_be_recorded(database: Database, hostile: str) -> None:
    """PostgreSQL takes no NUL, and no database half a surrogate pair: logs hold both."""
    store = created(database)
    record = StepRecord(
        0, RunSync(), StepState.FAILED, hostile, hostile, hostile, evidence={"version": hostile}
    )
    store.record_step(ID, record)
    found = kept(store).steps[0]
    for text in (found.note, found.hint, found.foreign):
        assert len(text) == len(hostile)
        assert "\0" not in text
    assert found.evidence == {"version": hostile}


def test_a_messages_key_names_its_operation() -> None:
    """The outbox renders by key alone."""
    assert operation_of(message_key(ID)) == ID
