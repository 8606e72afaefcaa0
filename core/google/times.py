"""Google's timestamps as plain datetimes, so that no type of Google's travels on."""

from datetime import UTC, datetime


def moment(stamp: datetime | None) -> datetime | None:
    """Return `stamp` as a plain aware datetime in UTC; None stays None."""
    return None if stamp is None else moment_of(stamp)


def moment_of(stamp: datetime) -> datetime:
    """Return `stamp` as a plain aware datetime in UTC."""
    there = stamp.astimezone(UTC)
    return datetime.combine(there.date(), there.time(), UTC)


def rfc3339(at: datetime) -> str:
    """Write `at` as filters of Google's APIs want it, such as `2026-01-31T02:00:00.000000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
