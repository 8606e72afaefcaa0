"""Properties of the trends: each day by the best that is known, gaps left open, honest slopes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.series.samples import DAY, BytesHeld, HitCounts, Sample, begin_of, day_of
from core.series.trends import ByteDay, byte_days, hit_days, measured_days, reached_on
from core.signals import Startup, Startups, StoredBytes
from tests.core.small_desk import NOW

TODAY = day_of(NOW)
GB = 10**9


def held(size_bytes: int) -> BytesHeld:
    """Return live bytes only."""
    return BytesHeld(size_bytes, 0, None)


def test_a_day_counts_by_its_rows_where_they_cover_it_else_by_its_sample() -> None:
    """Yesterday began before the window, so its own rows would be only a part of it."""
    since = NOW - timedelta(hours=24)
    rows = tuple(
        Startup(NOW - timedelta(hours=hours), "i", "r", hit=False, miss_reason="model_not_found")
        for hours in (1, 20)
    )
    samples = [Sample(TODAY - DAY, HitCounts(7)), Sample(TODAY, HitCounts(99))]
    days = hit_days(Startups(since, NOW, rows), samples, TODAY - 2 * DAY)
    assert [one.day for one in days] == [TODAY - 2 * DAY, TODAY - DAY, TODAY]
    assert [one.counts for one in days] == [
        None,
        HitCounts(7),
        HitCounts(0, {"model_not_found": 1}),
    ]


def test_today_is_a_gap_where_only_an_hour_of_it_was_read() -> None:
    """A part of a day is not shown as the day."""
    (day,) = hit_days(Startups(NOW - timedelta(hours=1), NOW, ()), (), TODAY)
    assert day.counts is None


def test_monitoring_tells_kinds_apart_by_its_labels() -> None:
    """As it names them, whatever follows the first word; what is neither is left out."""
    labels = {"live-object": 5, "noncurrent-object": 3, "soft-deleted-object": 2, "multipart": 9}
    (known,) = measured_days([StoredBytes(NOW, labels)]).values()
    assert known == BytesHeld(5, 3, 2)


@pytest.mark.parametrize(
    ("labels", "known"),
    [
        ({"Live-Object": 5, "NONCURRENT-OBJECT": 3}, BytesHeld(5, 3, None)),
        ({"live-object": 5, "noncurrent-object": 0, "soft-deleted-object": 0}, BytesHeld(5, 0, 0)),
        ({"live-object": 5, "soft-deleted-object": 2}, None),
        ({"noncurrent-object": 3}, None),
        ({"unknown": 9}, None),
        ({}, None),
    ],
)
def test_a_day_that_monitoring_knows_in_part_is_not_known(
    labels: dict[str, int], known: BytesHeld | None
) -> None:
    """A series that is not there is no zero; soft-deleted bytes may stay unknown."""
    assert measured_days([StoredBytes(NOW, labels)]).get(TODAY) == known


def test_days_without_a_measurement_are_gaps() -> None:
    """From the first known day to today, none is left out and none invented."""
    days = byte_days({TODAY - 3 * DAY: held(1), TODAY: held(2)}, TODAY)
    assert [one.held for one in days] == [held(1), None, None, held(2)]


def growth(*gigabytes: float | None) -> list[ByteDay]:
    """Return consecutive days up to today."""
    first = TODAY - (len(gigabytes) - 1) * DAY
    return [
        ByteDay(first + number * DAY, None if one is None else held(int(one * GB)))
        for number, one in enumerate(gigabytes)
    ]


def test_the_capacity_is_reached_where_the_line_meets_it() -> None:
    """Half a gigabyte a day from 6 GB on: 10 GB in eight days, gaps or not."""
    assert reached_on(growth(4, 4.5, 5, 5.5, 6), 10 * GB) == TODAY + 8 * DAY
    assert reached_on(growth(4, None, 5, None, 6), 10 * GB) == TODAY + 8 * DAY


@pytest.mark.parametrize(
    "series",
    [growth(5, 6), growth(5, 5, 5), growth(6, 5, 4), growth(11, 12, 13), growth(5, 5, 5.000001)],
)
def test_where_there_is_no_slope_to_speak_of_no_day_is_named(series: list[ByteDay]) -> None:
    """Too few days, no growth, the capacity passed already, or centuries to go."""
    assert reached_on(series, 10 * GB) is None


@given(st.lists(st.none() | st.floats(0, 20), min_size=1, max_size=30))
def test_the_day_is_never_in_the_past(sizes: list[float | None]) -> None:
    """Whatever the series, and never further than the forecast may look."""
    day = reached_on(growth(*sizes), 10 * GB)
    known = [one.day for one in growth(*sizes) if one.held]
    assert day is None or known[-1] <= day <= TODAY + timedelta(days=180)


def test_a_day_begins_at_midnight_utc() -> None:
    """Wherever the reader is."""
    assert day_of(begin_of(TODAY)) == TODAY
    assert day_of(begin_of(TODAY) - timedelta(seconds=1)) == TODAY - DAY
