"""Numbers read as people say them, and never say more than they know."""

from datetime import datetime, timedelta

import pytest

from handlers.blocks.quantities import count, share, utc, window


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=1), "24 h"),
        (timedelta(days=7), "7 days"),
        (timedelta(hours=49), "49 h"),
        (timedelta(), "0 s"),
    ],
)
def test_windows_read_as_people_name_them(span: timedelta, shown: str) -> None:
    """The windows of the commands read as they are typed."""
    assert window(span) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (27, 28, "96.4 % (27 of 28 startups)"),
        (28, 28, "100 % (28 of 28 startups)"),
        (9_999, 10_000, "99.9 % (9,999 of 10,000 startups)"),
        (0, 3, "0 % (0 of 3 startups)"),
        (1, 10_000, "under 0.1 % (1 of 10,000 startups)"),
        (1, 1, "100 % (1 of 1 startup)"),
        (0, 0, "no data (no startups)"),
    ],
)
def test_shares_carry_their_sample(part: int, whole: int, shown: str) -> None:
    """A share always says of how many, and nothing of nothing is no data."""
    assert share(part, whole, "startup") == shown


def test_counts_agree_with_their_noun() -> None:
    """One is singular, everything else plural."""
    assert [count(n, "check") for n in (0, 1, 1_200)] == ["0 checks", "1 check", "1,200 checks"]
    assert count(2, "policy", "policies") == "2 policies"


def test_points_in_time_are_utc() -> None:
    """A moment is told in UTC, whatever zone it came in."""
    at = datetime.fromisoformat("2026-11-23T16:36:00+01:00")
    assert utc(at) == "2026-11-23 15:36 UTC"
