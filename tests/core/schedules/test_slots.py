"""Properties of what is due: the newest is caught up with, older ones are kept as missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.schedules.schedule import GRACE, Schedule, ScheduleName, Slot
from core.schedules.slots import KnownSlot, SlotState, settle, take_due, too_late
from core.store.database import memory_database
from core.store.slots import SlotStore
from tests.core.calendars import Every, every
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


def take(schedule: Schedule, slots: SlotStore, now: datetime) -> KnownSlot | None:
    """Take what is due, as a process does that has just started."""
    return take_due(schedule, slots, settle(schedule, slots, now), now)


def states(slots: SlotStore) -> list[tuple[int, SlotState]]:
    """Return the slots, newest first, by the week that they are of."""
    return [((one.slot.due - NOW) // WEEK, one.state) for one in slots.recent(NAME, 50)]


def test_what_was_due_before_the_schedule_was_known_is_not_caught_up_with(
    slots: SlotStore,
) -> None:
    """A new bot posts no report of the week before it came; then one a week."""
    assert take(WEEKLY, slots, NOW - timedelta(seconds=1)) is None
    taken = take(WEEKLY, slots, NOW)
    assert taken is not None
    assert taken.slot.due == NOW
    assert take(WEEKLY, slots, NOW + timedelta(days=6)) is None
    assert states(slots) == [(0, SlotState.RUNNING)]


def test_after_an_outage_the_newest_is_done_late_and_once(slots: SlotStore) -> None:
    """The ones before it are kept as missed; whoever comes second finds nothing to do."""
    take(WEEKLY, slots, NOW)
    back = NOW + 3 * WEEK + timedelta(hours=3)
    taken = take(WEEKLY, slots, back)
    assert taken is not None
    assert taken.slot.due == NOW + 3 * WEEK
    assert taken.late == timedelta(hours=3)
    assert take(WEEKLY, slots, back) is None
    assert states(slots) == [
        (3, SlotState.RUNNING),
        (2, SlotState.MISSED),
        (1, SlotState.MISSED),
        (0, SlotState.RUNNING),
    ]


def test_what_is_later_than_the_grace_is_missed_too(slots: SlotStore) -> None:
    """A monthly report is not made three weeks after its time."""
    monthly = replace(every(timedelta(days=28)), cron="monthly")
    settle(monthly, slots, NOW)
    back = NOW + timedelta(days=28 + 20)
    taken = take(monthly, slots, back)
    assert taken is not None
    assert too_late(taken, monthly, back) == "I was away for too long."
    assert take(monthly, slots, NOW + timedelta(days=28 + 21)) is None


def test_a_schedule_that_was_changed_does_not_fire_for_its_new_past(slots: SlotStore) -> None:
    """Moved from weekly to daily, it begins with the next day, and goes on from there."""
    take(WEEKLY, slots, NOW)
    daily = replace(every(timedelta(days=1)), cron="daily")
    changed = NOW + timedelta(days=3, hours=1)
    settle(daily, slots, changed)
    settle(daily, slots, changed)
    assert take(daily, slots, changed) is None
    taken = take(daily, slots, changed + timedelta(days=1))
    assert taken is not None
    assert taken.slot.due == NOW + timedelta(days=4)


def test_writing_the_same_times_differently_loses_nothing(slots: SlotStore) -> None:
    """What was done is not done again, and the next time counts."""
    take(WEEKLY, slots, NOW)
    same = replace(WEEKLY, cron="0 9 * * 1")
    settle(same, slots, NOW + timedelta(hours=1))
    assert states(slots) == [(0, SlotState.RUNNING)]
    assert take(same, slots, NOW + WEEK) is not None


def test_a_clock_that_goes_back_does_nothing_twice(slots: SlotStore) -> None:
    """What was done has been done, even if it is not due yet by now."""
    take(WEEKLY, slots, NOW)
    assert take(WEEKLY, slots, NOW - timedelta(hours=2)) is None
    assert take(WEEKLY, slots, NOW) is None
    assert len(states(slots)) == 1


def test_a_slot_begun_in_time_is_not_late(slots: SlotStore) -> None:
    """Nor is one that was never begun."""
    taken = take(WEEKLY, slots, NOW + timedelta(seconds=30))
    assert taken is not None
    assert taken.late == timedelta()
    assert KnownSlot(taken.slot, SlotState.MISSED).late == timedelta()
    assert {state.ended for state in (SlotState.RUNNING, SlotState.WAITING)} == {False}


@pytest.mark.parametrize("line", ["moved", "off"])
def test_a_change_is_settled_once_however_young_the_newest_slot_is(
    slots: SlotStore, line: str
) -> None:
    """A process that starts again right after a new time takes that, and not the change anew."""
    take(WEEKLY, slots, NOW)
    a_day_later = every(WEEK)
    a_day_later = replace(a_day_later, cron=line, calendar=Every(WEEK, NOW + timedelta(days=1)))
    settle(a_day_later, slots, NOW + timedelta(hours=3))
    taken = take(a_day_later, slots, NOW + timedelta(days=1, minutes=1))
    assert taken is not None
    assert taken.slot.due == NOW + timedelta(days=1)


def test_a_schedule_that_is_switched_on_again_begins_anew(slots: SlotStore) -> None:
    """It neither makes up for the weeks when it was off nor calls them missed."""
    take(WEEKLY, slots, NOW)
    settle(replace(WEEKLY, off="CACHEBOT_WEEKLY_REPORT is empty."), slots, NOW + WEEK / 2)
    assert take(WEEKLY, slots, NOW + 5 * WEEK / 2) is None
    assert take(WEEKLY, slots, NOW + 3 * WEEK) is not None
    assert states(slots) == [(3, SlotState.RUNNING), (0, SlotState.RUNNING)]


def test_what_was_begun_is_not_begun_again_when_nobody_wants_it_any_more() -> None:
    """Beyond the grace, when the next has been due for long, or when the schedule is off."""
    known = KnownSlot(Slot(NAME, NOW), SlotState.RUNNING, 2, NOW)
    daily = every(timedelta(days=1))
    monthly = every(timedelta(days=28))
    assert too_late(known, daily, NOW + timedelta(hours=23)) == ""
    assert "the next one was due" in too_late(known, daily, NOW + timedelta(hours=24))
    assert too_late(known, monthly, NOW + GRACE) == ""
    assert "for too long" in too_late(known, monthly, NOW + GRACE + timedelta(seconds=1))
    often = every(timedelta(seconds=5))
    assert too_late(known, often, NOW + timedelta(minutes=1)) == "", "a death takes a minute"
    assert "switched off" in too_late(known, replace(daily, off="It is empty."), NOW)
