"""Points in time as Google's APIs write them: RFC 3339 text and nanoseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)"
)


def parse_nanoseconds(text: str) -> int | None:
    """Return nanoseconds since 1970, None where `text` is not a time.

    A date alone is midnight UTC, and an offset may lack its colon, as Cloud Logging's own
    client writes it (docs.cloud.google.com/logging/docs/view/logging-query-language).
    """
    try:
        if _DATE.fullmatch(text):
            return nanoseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))
        if found := _DATE_TIME.fullmatch(text):
            date, time, fraction, zone = found.groups()
            at = datetime.fromisoformat(f"{date}T{time}{zone.upper()}")
            return nanoseconds(at) + int((fraction or "0").ljust(9, "0"))
    except ValueError:  # the form is right, the day or the hour does not exist
        return None
    return None


def nanoseconds(at: datetime) -> int:
    """Return nanoseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def moment(since_1970: int) -> datetime:
    """Return the moment so many nanoseconds after 1970, rounded down to a microsecond."""
    return EPOCH + timedelta(microseconds=since_1970 // 1000)


def format_time(at: datetime) -> str:
    """Return `at` in UTC with 0, 3 or 6 digits of fraction, as protobuf's JSON does."""
    utc = at.astimezone(UTC)
    text = utc.strftime("%Y-%m-%dT%H:%M:%S")
    if utc.microsecond == 0:
        return f"{text}Z"
    if utc.microsecond % 1000 == 0:
        return f"{text}.{utc.microsecond // 1000:03d}Z"
    return f"{text}.{utc.microsecond:06d}Z"
