"""Properties of what is due: the newest is caught up with, older ones are kept as missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.schedules import ScheduleName
from core.slots import KnownSlot, SlotState, settle, take_due
from core.store.database import memory_database
from core.store.slots import SlotStore
from tests.core.calendars import every
from tests.core.small_desk import NOW

WEEK = timedelta(days=7)
WEEKLY = every(WEEK)
NAME = ScheduleName.WEEKLY_REPORT


@pytest.fixture
def slots() -> Iterator[SlotStore]:
    """Slots of a bot that has seen its schedules for the first time an hour ago."""
    database = memory_database()
    store = SlotStore(database, "me")
    settle(WEEKLY, store, NOW - timedelta(hours=1))
    yield store
    database.close()


def states(slots: SlotStore) -> list[tuple[int, SlotState]]:
    """Return the slots, newest first, by the week that they are of."""
    return [((one.slot.due - NOW) // WEEK, one.state) for one in slots.recent(NAME, 50)]


def test_what_was_due_before_the_schedule_was_known_is_not_caught_up_with(
    slots: SlotStore,
) -> None:
    """A new bot posts no report of the week before it came; then one a week."""
    assert take_due(WEEKLY, slots, NOW - timedelta(seconds=1)) is None
    taken = take_due(WEEKLY, slots, NOW)
    assert taken is not None
    assert taken.slot.due == NOW
    assert take_due(WEEKLY, slots, NOW + timedelta(days=6)) is None
    assert states(slots) == [(0, SlotState.RUNNING), (-1, SlotState.BEFORE)]


def test_after_an_outage_the_newest_is_done_late_and_once(slots: SlotStore) -> None:
    """The ones before it are kept as missed; whoever comes second finds nothing to do."""
    take_due(WEEKLY, slots, NOW)
    back = NOW + 3 * WEEK + timedelta(hours=3)
    taken = take_due(WEEKLY, slots, back)
    assert taken is not None
    assert taken.slot.due == NOW + 3 * WEEK
    assert taken.late == timedelta(hours=3)
    assert take_due(WEEKLY, slots, back) is None
    assert states(slots) == [
        (3, SlotState.RUNNING),
        (2, SlotState.MISSED),
        (1, SlotState.MISSED),
        (0, SlotState.RUNNING),
        (-1, SlotState.BEFORE),
    ]


def test_what_is_later_than_the_grace_is_missed_too(slots: SlotStore) -> None:
    """A monthly report is not made three weeks after its time."""
    monthly = replace(every(timedelta(days=28)), cron="monthly")
    settle(monthly, slots, NOW)
    assert take_due(monthly, slots, NOW + timedelta(days=28 + 20)) is None
    assert slots.recent(NAME, 1)[0].state is SlotState.MISSED
    assert take_due(monthly, slots, NOW + timedelta(days=28 + 21)) is None


def test_a_schedule_that_was_changed_does_not_fire_for_its_new_past(slots: SlotStore) -> None:
    """Moved from weekly to daily, it begins with the next day, and goes on from there."""
    take_due(WEEKLY, slots, NOW)
    daily = replace(every(timedelta(days=1)), cron="daily")
    changed = NOW + timedelta(days=3, hours=1)
    settle(daily, slots, changed)
    settle(daily, slots, changed)
    assert take_due(daily, slots, changed) is None
    taken = take_due(daily, slots, changed + timedelta(days=1))
    assert taken is not None
    assert taken.slot.due == NOW + timedelta(days=4)


def test_writing_the_same_times_differently_loses_nothing(slots: SlotStore) -> None:
    """Where the newest slot is known already, the line alone is replaced."""
    take_due(WEEKLY, slots, NOW)
    settle(replace(WEEKLY, cron="0 9 * * 1"), slots, NOW + timedelta(hours=1))
    assert states(slots) == [(0, SlotState.RUNNING), (-1, SlotState.BEFORE)]
    assert take_due(WEEKLY, slots, NOW + WEEK) is not None


def test_a_clock_that_goes_back_does_nothing_twice(slots: SlotStore) -> None:
    """What was done has been done, even if it is not due yet by now."""
    take_due(WEEKLY, slots, NOW)
    assert take_due(WEEKLY, slots, NOW - timedelta(hours=2)) is None
    assert take_due(WEEKLY, slots, NOW) is None
    assert len(states(slots)) == 2


def test_a_slot_begun_in_time_is_not_late(slots: SlotStore) -> None:
    """Nor is one that was never begun."""
    taken = take_due(WEEKLY, slots, NOW + timedelta(seconds=30))
    assert taken is not None
    assert taken.late == timedelta()
    assert KnownSlot(taken.slot, "", SlotState.MISSED).late == timedelta()
    assert {state.ended for state in (SlotState.RUNNING, SlotState.WAITING)} == {False}
