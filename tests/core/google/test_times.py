"""Tests of timestamps."""

from datetime import UTC, datetime, timedelta, timezone

from google.api_core.datetime_helpers import DatetimeWithNanoseconds

from core.google.times import moment, moment_of, rfc3339


def test_a_timestamp_of_google_becomes_a_plain_one() -> None:
    """No type of Google's leaves the adapters, and no microsecond is lost."""
    stamp = DatetimeWithNanoseconds(  # type: ignore[no-untyped-call]  # Google's
        2026, 1, 31, 2, 0, 7, nanosecond=123_456_789, tzinfo=UTC
    )
    plain = moment_of(stamp)
    assert type(plain) is datetime
    assert plain == datetime(2026, 1, 31, 2, 0, 7, 123_456, tzinfo=UTC)


def test_other_time_zones_become_utc() -> None:
    """Times are compared and shown as UTC."""
    there = datetime(2026, 1, 31, 3, tzinfo=timezone(timedelta(hours=1)))
    assert moment_of(there) == there
    assert moment_of(there).tzinfo is UTC


def test_a_missing_timestamp_stays_missing() -> None:
    """An execution that has not ended has no end."""
    assert moment(None) is None


def test_filters_get_times_in_utc_with_microseconds() -> None:
    """A boundary of a window is exact."""
    at = datetime(2026, 1, 31, 3, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(at) == "2026-01-31T02:00:00.000005Z"
