"""Properties of what is told of schedules: the last time, and what was left out or missed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.desk import Desk
from core.inspection.schedule import Delivery, ScheduleRow, report_schedule
from core.schedules.schedule import Schedule, ScheduleName, Slot, slot_key
from core.schedules.slots import KnownSlot, SlotState, settle
from core.store.database import Database
from tests.core.calendars import Every, every
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import INCIDENTS, NOW, Watch, desk_on

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
NAME = ScheduleName.WEEKLY_REPORT
WEEKLY = every(WEEK)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk with the weekly report alone, known for four weeks."""
    made = desk_on(database, refusing(MemoryReader()), None, Watch())
    settle(WEEKLY, made.records.slots, NOW - 4 * WEEK)
    return made


def row_of(desk: Desk, schedule: Schedule = WEEKLY, now: datetime = NOW) -> ScheduleRow:
    """Report on one schedule."""
    (row,) = report_schedule(replace(desk, schedules=(schedule,)), now).rows
    return row


def keep(desk: Desk, weeks_ago: int, state: SlotState) -> None:
    """Keep a slot of so many weeks ago."""
    due = NOW - weeks_ago * WEEK
    begun = None if state is SlotState.MISSED else due
    desk.records.slots.note(KnownSlot(Slot(NAME, due), state, begun_at=begun))


def test_a_time_that_a_change_has_skipped_is_told_until_the_next_is_due(desk: Desk) -> None:
    """Moved from nine to eight, at half past eight: there is no report this week."""
    keep(desk, 1, SlotState.DONE)
    moved = replace(WEEKLY, cron="0 8 * * mon", calendar=Every(WEEK, NOW - HOUR))
    settle(moved, desk.records.slots, NOW - HOUR / 2)
    assert row_of(desk).left_out is None, "it was due at nine before"
    assert row_of(desk, moved).left_out == NOW - HOUR
    assert row_of(desk, replace(moved, off="It is empty.")).left_out is None
    desk.records.slots.claim(Slot(NAME, NOW - HOUR + WEEK), NOW + WEEK)
    assert row_of(desk, moved).left_out is None


def test_nothing_is_left_out_of_a_schedule_that_is_new(desk: Desk) -> None:
    """Nobody expected a report before there was a bot."""
    assert row_of(desk).left_out is None


def test_what_was_missed_is_told_until_the_second_good_one(desk: Desk) -> None:
    """The first says itself what was missed before it; after that it is history."""
    for weeks, state in ((9, SlotState.MISSED), (8, SlotState.DONE), (7, SlotState.MISSED)):
        keep(desk, weeks, state)
    assert [one.slot.due for one in row_of(desk).missed] == [NOW - 7 * WEEK]
    keep(desk, 6, SlotState.MISSED)
    keep(desk, 5, SlotState.DONE)
    row = row_of(desk)
    assert [one.slot.due for one in row.missed] == [NOW - 6 * WEEK, NOW - 7 * WEEK]
    assert row.last is not None
    assert row.last.slot.due == NOW - 5 * WEEK
    keep(desk, 4, SlotState.DONE)
    assert row_of(desk).missed == ()


def test_what_became_of_the_message_is_told_apart(desk: Desk) -> None:
    """One that is posted may still wait for its picture; one that is refused is on its way too."""
    keep(desk, 1, SlotState.DONE)
    key, messages = slot_key(Slot(NAME, NOW - WEEK).id), desk.records.messages
    assert row_of(desk).delivery is Delivery.NONE
    messages.put(key, INCIDENTS, NOW, "{}")
    assert row_of(desk).delivery is Delivery.WAITING
    messages.claim(key, NOW)
    messages.refused(key, NOW, "not_in_channel")
    assert row_of(desk).delivery is Delivery.REFUSED
    messages.claim(key, NOW)
    messages.posted(key, "1.0")
    messages.put(key, INCIDENTS, NOW, "{}")
    assert row_of(desk).delivery is Delivery.POSTED
