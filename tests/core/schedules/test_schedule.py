"""Properties of slots: each is named the same everywhere, and the latest one is found."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.schedules.schedule import ScheduleName, Slot, latest_due, skipped, slot_key
from tests.core.calendars import Every, Never
from tests.core.small_desk import NOW

LONG = timedelta(days=5 * 366)
spans = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("due", "name"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "weekly-report/2026-11-23T09:00Z"),
        (datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC), "weekly-report/2026-11-23T09:00:05Z"),
        (
            datetime(2026, 7, 6, 9, tzinfo=ZoneInfo("Europe/Berlin")),
            "weekly-report/2026-07-06T07:00Z",
        ),
    ],
)
def test_a_slot_is_named_by_its_schedule_and_its_time_in_utc(due: datetime, name: str) -> None:
    """Processes in different zones, and before and after a clock change, mean the same one."""
    slot = Slot(ScheduleName.WEEKLY_REPORT, due)
    assert slot.id == name
    assert slot_key(slot.id) == f"slot:{name}"


def test_a_few_seconds_are_not_late() -> None:
    """Three hours are."""
    slot = Slot(ScheduleName.REMINDERS, NOW)
    assert slot.late(NOW + timedelta(seconds=59)) == timedelta()
    assert slot.late(NOW + timedelta(minutes=1)) == timedelta(minutes=1)
    assert slot.late(NOW + timedelta(hours=3)) == timedelta(hours=3)


@given(spans, st.integers(0, 10**8))
def test_the_latest_time_is_the_last_that_is_not_in_the_future(span: timedelta, ago: int) -> None:
    """However long ago it was and however dense the times are."""
    now = NOW + timedelta(seconds=ago)
    found = latest_due(Every(span), now, NOW - LONG)
    assert found is not None
    assert found <= now < found + span
    assert (found - NOW) % span == timedelta()


@given(spans, st.integers(0, 60), st.integers(0, 10**6))
def test_what_was_skipped_are_the_newest_twenty_in_between(
    span: timedelta, count: int, rest: int
) -> None:
    """Neither the one that was done nor the one that is due, newest first."""
    since = NOW
    due = latest_due(Every(span), NOW + (count + 1) * span, since)
    assert due == NOW + (count + 1) * span
    found = skipped(Every(span), since, due)
    assert found == [due - number * span for number in range(1, min(count, 20) + 1)]
    assert latest_due(Every(span), since + min(span, timedelta(seconds=rest)) / 2, since) is None


def test_what_never_comes_is_never_due() -> None:
    """And nothing was skipped."""
    assert latest_due(Never(), NOW, NOW - LONG) is None
    assert skipped(Never(), NOW - LONG, NOW) == []
