"""Properties of trends as read: one reading of the logs serves the number and the picture."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.deployment import Deployment, Expectations
from core.inspection.trends import Memory, hits_by_day, size_by_day
from core.series.samples import DAY, BytesHeld, HitCounts, Sample, begin_of, day_of
from core.signals import Startup, StoredBytes
from tests.core.whole_cache import NOW, whole_cache

MEMORY = Memory((), Deployment(project="p"), Expectations())
HOUR = timedelta(hours=1)
STARTS = [
    Startup(NOW - age * HOUR, f"i{age}", "r", hit=hit, miss_reason="" if hit else "x")
    for age, hit in ((0.5, False), (2, True), (3, True), (8, True), (10, True))
]


@pytest.mark.parametrize("hours", [1, 4, 24])
def test_the_picture_of_any_window_shows_the_whole_of_today(hours: int) -> None:
    """Today began before most windows; the number counts the window only, from the same rows."""
    reader = replace(whole_cache(), starts=STARTS)
    report = hits_by_day(reader, MEMORY, NOW - hours * HOUR, NOW)
    assert (report.since, report.until) == (NOW - hours * HOUR, NOW)
    assert report.startups == len([one for one in STARTS if one.at >= NOW - hours * HOUR])
    assert report.complete
    assert report.trend is not None
    assert report.trend.days[-1].day == day_of(NOW)
    assert report.trend.days[-1].counts == HitCounts(3, {"x": 1})
    assert reader.questions() == ["startups"]


def test_a_window_that_a_short_reading_still_holds_is_complete() -> None:
    """The day was too long to be read in full, the last hour was not."""
    busy = replace(whole_cache(), starts=STARTS, starts_complete=False)
    assert hits_by_day(busy, MEMORY, NOW - HOUR, NOW).complete
    cut = hits_by_day(busy, MEMORY, begin_of(day_of(NOW)) - 4 * HOUR, NOW)
    assert not cut.complete


def test_a_sample_stands_where_monitoring_knows_a_part_only() -> None:
    """It is not overwritten by zeros; where there is no sample either, the day is a gap."""
    yesterday = day_of(NOW) - DAY
    kept = BytesHeld(5, 3, 1)
    partial = [StoredBytes(NOW - age * DAY, {"live-object": 7}) for age in (1, 2)]
    samples = (Sample(yesterday - 2 * DAY, held=kept), Sample(yesterday, held=kept))
    memory = replace(MEMORY, samples=samples)
    report = size_by_day(replace(whole_cache(), samples=partial), memory, NOW)
    assert report.trend is not None
    assert [one.held for one in report.trend.days] == [kept, None, kept, report.held]
