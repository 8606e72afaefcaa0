"""ListTimeSeries: intervals, alignment, pages, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import monitoring_v3

from sandbox.cloud.bucket_bytes import LIVE, BucketBytes
from tests.sandbox.observe_fixtures import (
    BYTES,
    DAY,
    HITS,
    HOUR,
    MISSES,
    NOON,
    Observed,
    observed,
    series,
    summing,
    values,
)


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Observed]:
    with observed() as cloud:
        yield cloud


def test_the_interval_is_open_at_its_start(cloud: Observed) -> None:
    """A point that ends at the start is out, one that ends at the end is in."""
    cloud.startup(NOON, hit=True)
    assert series(cloud, HITS, interval=(NOON - HOUR, NOON))
    assert not series(cloud, HITS, interval=(NOON, NOON + HOUR))


def test_alignment_periods_end_at_the_end_of_the_interval(cloud: Observed) -> None:
    """Periods are counted back from the end, and only those with data have a point."""
    end = NOON + timedelta(minutes=30, seconds=17)
    for minutes in (1, 2, 29):
        cloud.startup(NOON + timedelta(minutes=minutes), hit=True)
    (one,) = series(cloud, HITS, interval=(NOON - HOUR, end), aggregation=summing(600))
    assert values(one) == [(end, 2), (end - timedelta(minutes=20), 4)]
    newest = one.points[0].interval
    assert newest.end_time - newest.start_time == timedelta(minutes=10)


def test_align_delta_fills_gaps_by_interpolation(cloud: Observed) -> None:
    """ALIGN_DELTA spreads a count over the silent periods before it; ALIGN_SUM does not."""
    for minutes in (10, 40):
        for _ in range(4):
            cloud.startup(NOON + timedelta(minutes=minutes), hit=True)
    asked = (NOON, NOON + HOUR)
    (summed,) = series(cloud, HITS, interval=asked, aggregation=summing(600))
    assert [found for _, found in values(summed)] == [8, 8]
    delta = summing(600, aligner="ALIGN_DELTA")
    (spread,) = series(cloud, HITS, interval=asked, aggregation=delta)
    assert values(spread) == [
        (NOON + timedelta(minutes=40), 3),
        (NOON + timedelta(minutes=30), 3),
        (NOON + timedelta(minutes=20), 3),
        (NOON + timedelta(minutes=10), 8),
    ]


def test_align_mean_is_a_double_gauge(cloud: Observed) -> None:
    """The mean of samples is taken over those in the period."""
    bucket = BucketBytes(cloud.clock, cloud.place, "b")
    for hours, size in [(1, 100), (2, 300)]:
        bucket.record({LIVE: size}, NOON - hours * HOUR)
    cloud.metrics.watch_bucket(bucket)
    mean = summing(86400, aligner="ALIGN_MEAN", reducer="REDUCE_NONE")
    (one,) = series(cloud, BYTES, interval=(NOON - DAY, NOON), aggregation=mean)
    assert values(one) == [(NOON, 200.0)]
    assert one.points[0].interval.start_time == NOON
    assert one.metric.labels["type"] == "live-object"


def test_next_older_takes_the_newest_sample_of_a_period(cloud: Observed) -> None:
    """Of several samples in a period the last one counts, and it stands at the period's end."""
    bucket = BucketBytes(cloud.clock, cloud.place, "b")
    for hours, size in [(0, 1), (1, 2), (2, 3), (24, 4)]:
        bucket.record({LIVE: size}, NOON - hours * HOUR)
    cloud.metrics.watch_bucket(bucket)
    older = summing(7200, aligner="ALIGN_NEXT_OLDER", reducer="REDUCE_NONE")
    (one,) = series(cloud, BYTES, interval=(NOON - DAY, NOON), aggregation=older)
    assert values(one) == [(NOON, 1), (NOON - 2 * HOUR, 3)]


def test_page_size_counts_points(cloud: Observed) -> None:
    """A page has so many points, over all series; the client gets every point once."""
    for minute in range(5):
        for reason in ("model_not_found", "manifest_missing"):
            cloud.startup(NOON + timedelta(minutes=minute), hit=False, reason=reason)
    whole = series(cloud, MISSES)
    assert [len(one.points) for one in whole] == [5, 5]
    paged = series(cloud, MISSES, page_size=4)
    assert [len(one.points) for one in paged] == [4, 1, 3, 2]
    assert sum(len(one.points) for one in paged) == 10
    assert {one.metric.labels["reason"] for one in paged} == {"model_not_found", "manifest_missing"}


def test_headers_have_no_points(cloud: Observed) -> None:
    """The HEADERS view says which series there are."""
    cloud.startup(NOON, hit=True)
    (one,) = series(cloud, HITS, view=monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.HEADERS)
    assert not one.points
    assert one.resource.type == "cloud_run_revision"


@pytest.mark.parametrize(
    ("text", "fields", "why"),
    [
        ("", {}, "exactly one metric.type"),
        (f"{HITS} AND {MISSES}", {}, "exactly one metric.type"),
        ('metric.type=starts_with("logging.")', {}, "exactly one metric.type"),
        (f"{HITS} OR {MISSES}", {}, "not supported"),
        (f"NOT {HITS}", {}, "not supported"),
        (f"({HITS})", {}, "not supported"),
        (f'{HITS} resource.type="cloud_run_job"', {}, "Expected AND"),
        (f"{HITS} AND resource.type=cloud_run_job", {}, "double quotes"),
        (f'{HITS} AND resource.type="gcs_bucket"', {}, "valid combination"),
        (f'{HITS} AND resource.type!="cloud_run_job"', {}, "operator !="),
        (f'{HITS} AND metric.labels.reason="x"', {}, "metric.labels.reason is unknown"),
        (f'{HITS} AND resource.labels.zone="x"', {}, "resource.labels.zone is unknown"),
        (f'{HITS} AND project="x"', {}, "project is unknown"),
        (f'{HITS} AND resource.type=has_substring("run")', {}, "has_substring is not supported"),
        (HITS, {"order_by": "timestamp"}, "order_by"),
        (HITS, {"page_size": -1}, "page_size"),
        (HITS, {"page_token": "nonsense"}, "page_token"),
        (HITS, {"interval": (NOON, NOON)}, "earlier"),
        (HITS, {"interval": (None, NOON)}, "start_time"),
        (HITS, {"interval": (NOON, None)}, "end_time"),
        (HITS, {"aggregation": summing(59)}, "60 seconds"),
        (HITS, {"aggregation": summing(aligner="ALIGN_NONE")}, "per_series_aligner"),
        (HITS, {"aggregation": summing(aligner="ALIGN_RATE")}, "ALIGN_RATE is not supported"),
        (HITS, {"aggregation": summing(aligner="ALIGN_NEXT_OLDER")}, "cannot be applied"),
        (BYTES, {"aggregation": summing(aligner="ALIGN_DELTA")}, "cannot be applied"),
        (HITS, {"aggregation": summing(reducer="REDUCE_MAX")}, "REDUCE_MAX is not supported"),
        (HITS, {"aggregation": summing(group_by_fields=["metric.labels.x"])}, "unknown"),
        (HITS, {"secondary_aggregation": summing()}, "secondary_aggregation"),
        (HITS, {"name": "folders/1"}, "folders/1"),
    ],
)
def test_wrong_queries_are_refused(
    cloud: Observed, text: str, fields: dict[str, Any], why: str
) -> None:
    """What the real method refuses, and what the sandbox does not do, is an error with a reason."""
    with pytest.raises(exceptions.InvalidArgument, match=why):
        series(cloud, text, **fields)


def test_another_project_is_denied(cloud: Observed) -> None:
    """A project that the caller cannot see is PERMISSION_DENIED, for every method."""
    for call in (
        cloud.monitoring.list_metric_descriptors,
        cloud.alert_policies.list_alert_policies,
    ):
        with pytest.raises(exceptions.PermissionDenied, match="projects/other"):
            call(name="projects/other")
    with pytest.raises(exceptions.PermissionDenied, match="projects/other"):
        series(cloud, HITS, name="projects/other")
