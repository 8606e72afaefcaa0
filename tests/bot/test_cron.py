"""Properties of cron lines: read as cron reads them, once for each time on the clock."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cron import CronCalendar, calendar_of, read_cron

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


def times(calendar: CronCalendar, begin: datetime, end: datetime) -> list[datetime]:
    """Return every time behind `begin` up to `end`."""
    found: list[datetime] = []
    at = calendar.after(begin)
    while at is not None and at <= end:
        found.append(at)
        at = calendar.after(at)
    return found


def days_of(field: str) -> list[str]:
    """Return on which days a line with this weekday field is due, from Sunday on."""
    sunday = datetime(2026, 11, 22, tzinfo=UTC)
    calendar = calendar_of(read_cron(f"0 12 * * {field}"), ZoneInfo("UTC"))
    return [f"{at:%a}".lower() for at in times(calendar, sunday, sunday + timedelta(days=7))]


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", ["sun"]),
        ("7", ["sun"]),
        ("1", ["mon"]),
        ("MON", ["mon"]),
        ("1-5", DAYS[1:6]),
        ("5-7", ["sun", "fri", "sat"]),
        ("fri-mon", ["sun", "mon", "fri", "sat"]),
        ("0-2", DAYS[:3]),
        ("*/2", ["sun", "tue", "thu", "sat"]),
        ("1-5/2", ["mon", "wed", "fri"]),
        ("sat,1", ["mon", "sat"]),
        ("*", DAYS),
    ],
)
def test_weekdays_are_those_of_cron(field: str, days: list[str]) -> None:
    """By number from Sunday, by name, as ranges over the weekend, as steps."""
    assert days_of(field) == days


@pytest.mark.parametrize(
    "text",
    [
        "0 9 * *",
        "0 9 * * mon 1 2",
        "61 9 * * *",
        "0 24 * * *",
        "0 9 * * 8",
        "0 9 * * mno",
        "0 9 * * mon-",
        "0 9 1 * mon",
        "0 0 30 feb *",
        "@weekly",
        "often",
    ],
)
def test_what_is_no_cron_line_is_refused(text: str) -> None:
    """So is one whose time never comes, and one that cron itself would take as either."""
    with pytest.raises((ValueError, LookupError)):
        read_cron(text)


def test_nothing_is_a_schedule_that_is_off() -> None:
    """And a line is kept with one space between its fields."""
    assert not read_cron("  ")
    assert read_cron(" 0  9 * * Mon").text == "0 9 * * mon"


def test_six_fields_begin_with_seconds() -> None:
    """For what has to be seen to happen often."""
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    found = times(calendar_of(read_cron("*/5 * * * * *"), BERLIN), now, now + timedelta(seconds=20))
    assert [at.second for at in found] == [5, 10, 15, 20]


def test_monday_nine_is_once_a_week_over_every_clock_change() -> None:
    """Fifty-two Mondays, each at nine on the clock, though not always the same hour in UTC."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    found = times(calendar_of(read_cron("0 9 * * mon"), BERLIN), begin, begin.replace(year=2027))
    assert len(found) == 52
    assert {f"{at.astimezone(BERLIN):%a %H:%M}" for at in found} == {"Mon 09:00"}
    assert {at.hour for at in found} == {7, 8}
    assert {at.tzinfo for at in found} == {UTC}


def test_a_time_that_the_clock_shows_twice_is_due_at_the_first() -> None:
    """In Berlin half past two comes again an hour later on 25 October 2026."""
    begin = datetime(2026, 10, 24, 12, tzinfo=UTC)
    found = times(calendar_of(read_cron("30 2 * * *"), BERLIN), begin, begin + timedelta(days=2))
    assert found == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


def test_a_time_that_the_clock_skips_is_made_up_for_right_after() -> None:
    """Half past two does not exist on 29 March 2026: half past three it is, asked late as well."""
    calendar = calendar_of(read_cron("30 2 * * *"), BERLIN)
    made_up = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert calendar.after(datetime(2026, 3, 28, 12, tzinfo=UTC)) == made_up
    assert calendar.after(made_up - timedelta(minutes=10)) == made_up
    assert calendar.after(made_up) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_midnight_after_a_clock_change_is_not_left_out() -> None:
    """As it is by APScheduler's own trigger, which then counts from one o'clock on."""
    begin = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = times(calendar_of(read_cron("0 0 * * *"), BERLIN), begin, begin + timedelta(days=3))
    assert [at.astimezone(BERLIN).day for at in found] == [29, 30, 31]


def test_what_comes_every_hour_goes_on_by_the_hour() -> None:
    """On a day of 25 hours it is due 25 times."""
    begin = datetime(2026, 10, 24, 21, 59, tzinfo=UTC)
    found = times(calendar_of(read_cron("0 * * * *"), BERLIN), begin, begin + timedelta(hours=25))
    assert len(found) == 25


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    year=st.integers(2024, 2030),
)
def test_a_daily_time_is_due_once_on_every_day(
    zone: str, hour: int, minute: int, year: int
) -> None:
    """Also on those of 23 and 25 hours, in zones that move by half an hour, at any time."""
    there = ZoneInfo(zone)
    calendar = calendar_of(read_cron(f"{minute} {hour} * * *"), there)
    begin = datetime(year, 1, 1, tzinfo=there)
    found = times(calendar, begin - timedelta(microseconds=1), begin.replace(year=year + 1))
    days = Counter(at.astimezone(there).date() for at in found if at < begin.replace(year=year + 1))
    assert set(days.values()) == {1}
    assert len(days) == 366 - bool(year % 4)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES), minutes=st.integers(0, 400), change=st.sampled_from([3, 10, 11])
)
def test_asking_from_anywhere_finds_the_same_times(zone: str, minutes: int, change: int) -> None:
    """A process that starts in the hour of a clock change agrees with those that ran before."""
    calendar = calendar_of(read_cron("*/20 1-3 * * *"), ZoneInfo(zone))
    begin = datetime(2026, change, 1, tzinfo=UTC)
    known = times(calendar, begin, begin + timedelta(days=30))
    for at in known[2 :: max(1, minutes // 40)]:
        asked = at - timedelta(minutes=minutes % 21, seconds=1)
        assert calendar.after(asked) == next(one for one in known if one > asked)
