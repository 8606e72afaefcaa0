"""Properties of slots: one process does each, whoever it is, until it is done."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core.schedules.schedule import ScheduleName, Slot, SlotId
from core.schedules.slots import KnownSlot, SlotState
from core.store.database import Database, open_database
from core.store.messages import MessageStore
from core.store.pictures import PictureStore, WantedPicture
from core.store.slots import SlotStore
from core.store.tellings import Telling
from tests.core.small_desk import INCIDENTS, NOW
from tests.postgres import fresh_database

NAME = ScheduleName.WEEKLY_REPORT
SLOT = Slot(NAME, NOW)
LATER = NOW + timedelta(minutes=1)


def test_a_slot_is_claimed_once(database: Database) -> None:
    """The second one to ask hears that it is known; what was claimed is read as it was."""
    mine, theirs = SlotStore(database, "me"), SlotStore(database, "they")
    claimed = mine.claim(SLOT, NOW)
    assert claimed == KnownSlot(SLOT, SlotState.RUNNING, 1, NOW)
    assert theirs.claim(SLOT, NOW) is None
    assert not theirs.note(KnownSlot(SLOT, SlotState.MISSED))
    assert theirs.latest(NAME) == claimed
    assert theirs.owners() == {"me"}


def test_of_many_processes_at_the_same_moment_one_gets_the_slot(postgres: str) -> None:
    """On PostgreSQL, each with connections of its own, forty slots one after another."""
    url = fresh_database(postgres)
    replicas = [open_database(url) for _ in range(4)]
    stores = [SlotStore(one, f"replica{number}") for number, one in enumerate(replicas)]
    with ThreadPoolExecutor(len(stores)) as pool:
        for number in range(40):
            slot = Slot(NAME, NOW + timedelta(seconds=number))
            got = list(pool.map(lambda store, one=slot: store.claim(one, NOW), stores))
            assert sum(one is not None for one in got) == 1
        stores[0].release(frozenset(store.owner for store in stores))
        hands: dict[str, set[SlotId]] = {store.owner: set() for store in stores}

        def take_up(store: SlotStore) -> None:
            while known := store.take_up(NAME, NOW, hands[store.owner]):
                hands[store.owner].add(known.slot.id)

        while sum(map(len, hands.values())) < 40:
            list(pool.map(take_up, stores))
    assert len(set().union(*hands.values())) == 40
    for one in replicas:
        one.close()


def test_what_a_dead_process_had_begun_is_taken_up(database: Database) -> None:
    """With another try counted, and its first beginning kept; only one takes it."""
    mine, theirs = SlotStore(database, "me"), SlotStore(database, "they")
    theirs.claim(SLOT, NOW)
    assert mine.take_up(NAME, LATER, ()) is None
    mine.release(frozenset({"somebody"}))
    assert mine.take_up(NAME, LATER, ()) is None
    mine.release(frozenset({"they"}))
    taken = mine.take_up(NAME, LATER, ())
    assert taken is not None
    assert (taken.tries, taken.begun_at, taken.state) == (2, NOW, SlotState.RUNNING)
    assert theirs.take_up(NAME, LATER, ()) is None
    assert mine.owners() == {"me"}


def test_the_end_is_recorded_by_its_owner_alone(database: Database) -> None:
    """A process that was taken for dead and comes back changes and tells nothing any more."""
    mine, theirs = SlotStore(database, "me"), SlotStore(database, "they")
    theirs.claim(SLOT, NOW)
    mine.release(frozenset({"they"}))
    mine.take_up(NAME, NOW, ())
    done = KnownSlot(SLOT, SlotState.DONE, ended_at=LATER, outcome="posted")
    messages = MessageStore(database, "reader")
    late = replace(done, state=SlotState.FAILED, outcome="late word")
    assert not theirs.record(late, LATER, Telling("slot", INCIDENTS, "late"))
    assert not theirs.record(replace(late, state=SlotState.WAITING), LATER)
    assert messages.get("slot") is None
    assert mine.record(done, LATER, Telling("slot", INCIDENTS, "posted"))
    assert not mine.record(late, LATER, Telling("slot", INCIDENTS, "twice"))
    told = messages.get("slot")
    assert told is not None
    assert told.content == "posted"
    known = mine.latest(NAME)
    assert known is not None
    assert (known.state, known.outcome, known.ended_at) == (SlotState.DONE, "posted", LATER)


def test_what_cannot_be_told_is_not_recorded_either(database: Database) -> None:
    """A process may die in between: then both are done again, by whoever comes next."""
    mine = SlotStore(database, "me")
    mine.claim(SLOT, NOW)
    twice = [WantedPicture("digest", "{}", "A chart"), WantedPicture("other", "{}", None)]  # type: ignore[arg-type]
    done = KnownSlot(SLOT, SlotState.DONE, outcome="posted")
    with pytest.raises(IntegrityError):
        mine.record(done, NOW, Telling("slot", INCIDENTS, "posted", twice))
    known = mine.latest(NAME)
    assert known is not None
    assert known.state is SlotState.RUNNING
    assert MessageStore(database, "reader").get("slot") is None
    assert PictureStore(database, "reader").of("slot") == {}


def test_what_is_put_off_waits_for_its_time(database: Database) -> None:
    """Then anybody may take it; another schedule's is not touched."""
    mine = SlotStore(database, "me")
    mine.claim(SLOT, NOW)
    waiting = KnownSlot(SLOT, SlotState.WAITING, not_before=LATER, outcome="the cloud is away")
    assert mine.record(waiting, NOW)
    assert mine.owners() == frozenset()
    assert mine.take_up(NAME, NOW, ()) is None
    assert mine.take_up(ScheduleName.REMINDERS, LATER, ()) is None
    taken = SlotStore(database, "they").take_up(NAME, LATER, ())
    assert taken is not None
    assert taken.outcome == "the cloud is away"


def test_a_slot_whose_end_could_not_be_recorded_is_taken_up_by_its_own_process(
    database: Database,
) -> None:
    """The database was away at that moment; one that is being worked on is left alone."""
    mine = SlotStore(database, "me")
    mine.claim(SLOT, NOW)
    assert mine.take_up(NAME, NOW, {SLOT.id}) is None
    assert mine.take_up(NAME, NOW, ()) is not None


def test_the_newest_slots_come_first(database: Database) -> None:
    """Of one schedule, as many as are asked for."""
    store = SlotStore(database, "me")
    assert store.latest(NAME) is None
    for number in range(5):
        slot = Slot(NAME, NOW + timedelta(days=number))
        store.note(KnownSlot(slot, SlotState.MISSED, ended_at=NOW))
    store.claim(Slot(ScheduleName.REMINDERS, NOW + timedelta(days=9)), NOW)
    assert [one.slot.due.day for one in store.recent(NAME, 2)] == [27, 26]


def test_a_schedules_line_counts_from_when_it_was_new(database: Database) -> None:
    """Whoever reads it the second time, and until it is another one."""
    mine, theirs = SlotStore(database, "me"), SlotStore(database, "they")
    assert mine.since(NAME) is None
    assert mine.begin(NAME, "0 9 * * mon UTC", NOW) == NOW
    assert theirs.begin(NAME, "0 9 * * mon UTC", LATER) == NOW
    assert theirs.begin(NAME, "0 9 * * tue UTC", LATER) == LATER
    assert mine.since(NAME) == LATER
    assert mine.since(ScheduleName.REMINDERS) is None
