"""How quantities read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quantities import count_text, duration_text, share_text, size_text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_500_000_000, "3.5 GB"), (10**13, "10.0 TB")],
)
def test_sizes_are_decimal(size_bytes: int, text: str) -> None:
    """A size is written in powers of a thousand."""
    assert size_text(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0.4, "0 s"),
        (8, "8 s"),
        (60, "1 min"),
        (3605, "1 h"),
        (3661, "1 h 1 min"),
        (86400, "1 d"),
        (86400 + 60, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    """A duration is written in its largest unit and the next one below it."""
    assert duration_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (8996, 10_000, "89.9 %"),
        (9999, 10_000, "99.9 %"),
        (1, 10_000, "under 0.1 %"),
        (18, 10, "180 %"),
    ],
)
def test_shares_are_rounded_down(part: int, whole: int, text: str) -> None:
    """A share reads 100 % only when it is, and 0 % only when it is."""
    assert share_text(part, whole) == text


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_never_reads_as_more_than_it_is(part: int, whole: int) -> None:
    """The number that is read is at most the true share, and less than 0.1 % below it."""
    read = 0.0 if part * 1000 < whole else float(share_text(part, whole).removesuffix(" %"))
    assert 0 <= part * 100 / whole - read < 0.1 + 1e-9


def test_counts_form_plurals() -> None:
    """One thing is singular, none and several are plural."""
    assert [count_text(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
