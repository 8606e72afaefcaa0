"""Cloud Monitoring over its wire, through Google's own clients."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api import metric_pb2
from google.api_core import exceptions
from google.cloud import monitoring_v3

from sandbox.cloud.bucket_bytes import LIVE, NONCURRENT, SOFT_DELETED, TOTAL_BYTES, BucketBytes
from sandbox.cloud.log_metrics import LogMetric
from sandbox.cloud.log_tokens import FilterError
from tests.sandbox.observe_fixtures import (
    BYTES,
    DAY,
    HITS,
    HOUR,
    MISSES,
    NOON,
    PROJECT,
    WATCHED,
    Observed,
    observed,
    series,
    summing,
    value,
    values,
)


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Observed]:
    with observed() as cloud:
        yield cloud


def test_a_startup_counts_as_often_as_it_logs(cloud: Observed) -> None:
    """Nine hits and one miss are 18 and 3 in the counters: their ratio is 85.7 %, not 90 %."""
    for minute in range(9):
        cloud.startup(NOON + timedelta(minutes=minute, seconds=30), hit=True)
    cloud.startup(NOON + timedelta(minutes=20, seconds=30), hit=False)
    (hits,) = series(cloud, HITS, aggregation=summing())
    (misses,) = series(cloud, MISSES, aggregation=summing())
    assert values(hits) == [(NOON + HOUR, 18)]
    assert values(misses) == [(NOON + HOUR, 3)]
    assert hits.value_type == metric_pb2.MetricDescriptor.INT64
    assert hits.metric_kind == metric_pb2.MetricDescriptor.DELTA
    raw = monitoring_v3.TypedValue.pb(hits.points[0].value)
    assert raw.WhichOneof("value") == "int64_value"


def test_raw_counters_have_a_point_for_each_minute_with_lines(cloud: Observed) -> None:
    """Without an aggregation a series per revision has 60 s points, newest first."""
    for seconds in (10, 20, 60, 61):
        cloud.startup(NOON + timedelta(seconds=seconds), hit=True)
    (one,) = series(cloud, f'{HITS} AND resource.type="cloud_run_revision"')
    assert values(one) == [
        (NOON + timedelta(minutes=2), 2),
        (NOON + timedelta(minutes=1), 6),  # the line at 12:01:00 ends its minute
    ]
    assert one.points[0].interval.start_time == NOON + timedelta(minutes=1)
    assert one.resource.labels["service_name"] == "tabular-service"
    assert one.metric.type.endswith("tabular_model_cache_hits")


def test_a_minute_is_seen_once_it_is_over(cloud: Observed) -> None:
    """Lines of the running minute are not counted yet: the metric lags behind the log."""
    now = cloud.clock.now()
    cloud.startup(now, hit=True)
    asked = (now - HOUR, now + HOUR)
    assert not series(cloud, HITS, interval=asked)
    cloud.clock.advance(timedelta(minutes=1))
    assert series(cloud, HITS, interval=asked)


def test_misses_are_told_apart_by_reason(cloud: Observed) -> None:
    """The label `reason` is taken from the lines; it filters and groups."""
    cloud.startup(NOON + timedelta(minutes=1), hit=False, reason="model_not_found")
    cloud.startup(NOON + timedelta(minutes=2), hit=False, reason="manifest_missing")
    cloud.startup(NOON + timedelta(minutes=3), hit=False, reason="manifest_missing")
    grouped = series(cloud, MISSES, aggregation=summing(group_by_fields=["metric.labels.reason"]))
    assert {one.metric.labels["reason"]: value(one.points[0]) for one in grouped} == {
        "manifest_missing": 6,
        "model_not_found": 3,
    }
    assert not grouped[0].resource.labels
    (one,) = series(cloud, f'{MISSES} AND metric.labels.reason="model_not_found"')
    assert value(one.points[0]) == 3
    (one,) = series(cloud, f'{MISSES} AND metric.label.reason=starts_with("manifest_")')
    assert sum(value(point) for point in one.points) == 6
    assert not series(cloud, f'{MISSES} AND metric.labels.reason="other"')


def test_a_line_without_the_label_counts_under_an_empty_one(cloud: Observed) -> None:
    """Where a label cannot be extracted it is "", and the line counts all the same."""
    cloud.logs.write(
        log_id="x",
        resource_type="cloud_run_revision",
        resource_labels={},
        payload={"cache_hit": False},
        at=NOON,
    )
    (one,) = series(cloud, MISSES)
    assert dict(one.metric.labels) == {"reason": ""}


def test_a_label_may_be_taken_from_a_flag(cloud: Observed) -> None:
    """One counter of startups with the label cache_hit gives both counts from the same lines."""
    startups = 'jsonPayload.message="Startup complete"'
    cloud.metrics.add(LogMetric("startups", startups, labels={"hit": "jsonPayload.cache_hit"}))
    for minute, hit in enumerate([True, True, False]):
        cloud.startup(NOON + timedelta(minutes=minute), hit=hit)
    text = 'metric.type="logging.googleapis.com/user/startups"'
    grouped = series(cloud, text, aggregation=summing(group_by_fields=["metric.labels.hit"]))
    counts = {one.metric.labels["hit"]: sum(map(value, one.points)) for one in grouped}
    assert counts == {"true": 2, "false": 1}


@pytest.mark.parametrize(
    ("text", "labels"), [("a AND", {}), ("a", {"reason": "thud"}), ("thud=1", {})]
)
def test_a_metric_must_have_a_filter_that_works(text: str, labels: dict[str, str]) -> None:
    """A wrong filter or label is refused when the metric is made, not when it is read."""
    with pytest.raises(FilterError):
        LogMetric("wrong", text, labels=labels)


def test_sync_counters_count_job_lines_only(cloud: Observed) -> None:
    """Success and failure are counted from the job's lines, not from the service's."""
    cloud.job_line("Sync job completed", NOON)
    cloud.job_line("Sync job failed", NOON, severity="ERROR")
    cloud.job_line("Sync job failed", NOON, severity="ERROR")
    cloud.startup(NOON, hit=True)
    for name, count in [("success", 1), ("failure", 2)]:
        metric = f'metric.type="logging.googleapis.com/user/tabular_model_sync_{name}"'
        (one,) = series(cloud, f'{metric} AND resource.type="cloud_run_job"')
        assert [found for _, found in values(one)] == [count]


def test_no_lines_means_no_series(cloud: Observed) -> None:
    """A counter without lines in the interval has no series: no data is not zero."""
    assert series(cloud, HITS) == []
    assert series(cloud, HITS, aggregation=summing()) == []


def test_a_removed_metric_is_not_found(cloud: Observed) -> None:
    """A counter that nobody defined is NOT_FOUND, not empty; nor is it listed."""
    cloud.metrics.remove("tabular_model_cache_hits")
    with pytest.raises(exceptions.NotFound, match="Cannot find metric"):
        series(cloud, HITS)
    listed = cloud.monitoring.list_metric_descriptors(name=PROJECT)
    assert "cache_hits" not in {metric.display_name.rpartition("model_")[2] for metric in listed}


def test_entries_from_before_a_metric_are_not_counted(cloud: Observed) -> None:
    """A log-based metric counts from its creation on: it is not backfilled."""
    cloud.metrics.add(LogMetric("late", "jsonPayload.cache_hit=true", created=NOON))
    cloud.startup(NOON - timedelta(minutes=5), hit=True)
    cloud.startup(NOON + timedelta(minutes=5), hit=True)
    (one,) = series(cloud, 'metric.type="logging.googleapis.com/user/late"')
    assert values(one) == [(NOON + timedelta(minutes=5), 2)]


def test_bucket_bytes_are_daily_samples_by_state(cloud: Observed) -> None:
    """total_bytes is a DOUBLE gauge with one series per state and one point per day."""
    bucket = BucketBytes(cloud.clock, cloud.place, WATCHED.bucket)
    bucket.record({LIVE: 3_500_000_000, NONCURRENT: 2_200_000_000}, NOON - 2 * DAY)
    bucket.record({LIVE: 3_600_000_000, SOFT_DELETED: 100}, NOON - DAY)
    cloud.metrics.watch_bucket(bucket)
    found = series(cloud, BYTES, interval=(NOON - 3 * DAY, NOON))
    assert {one.metric.labels["type"]: values(one) for one in found} == {
        "live-object": [(NOON - DAY, 3.6e9), (NOON - 2 * DAY, 3.5e9)],
        "noncurrent-object": [(NOON - 2 * DAY, 2.2e9)],
        "soft-deleted-object": [(NOON - DAY, 100.0)],
    }
    assert found[0].metric_kind == metric_pb2.MetricDescriptor.GAUGE
    assert found[0].value_type == metric_pb2.MetricDescriptor.DOUBLE
    assert found[0].resource.labels["bucket_name"] == WATCHED.bucket
    aggregation = summing(86400, aligner="ALIGN_NEXT_OLDER")
    (total,) = series(cloud, BYTES, interval=(NOON - 3 * DAY, NOON), aggregation=aggregation)
    assert [found for _, found in values(total)] == [3_600_000_100, 5_700_000_000]
    cloud.metrics.unwatch_buckets()
    assert series(cloud, BYTES, interval=(NOON - 3 * DAY, NOON)) == []


def test_a_measured_bucket_is_measured_once_a_day(cloud: Observed) -> None:
    """What changes in the bucket is seen with the next day's sample only."""
    size = {LIVE: 100}
    cloud.metrics.watch_bucket(BucketBytes(cloud.clock, cloud.place, "b", lambda: size))
    text = f'{BYTES} AND metric.labels.type="live-object"'

    def sizes() -> list[float]:
        now = cloud.clock.now()
        (one,) = series(cloud, text, interval=(now - 26 * HOUR, now))
        return [found for _, found in values(one)]

    assert sizes() == [100]
    size[LIVE] = 50
    cloud.clock.advance(23 * HOUR)
    assert sizes() == [100]
    cloud.clock.advance(HOUR)
    assert sizes() == [50, 100]


def test_descriptors_say_what_metrics_there_are(cloud: Observed) -> None:
    """Every metric is described, all of them or those that a filter selects."""
    listed = list(cloud.monitoring.list_metric_descriptors(name=PROJECT))
    assert len(listed) == 5
    request = {"name": PROJECT, "filter": f'metric.type = "{TOTAL_BYTES}"'}
    (one,) = cloud.monitoring.list_metric_descriptors(request)
    assert one.type == TOTAL_BYTES
    assert [label.key for label in one.labels] == ["storage_class", "type"]
    assert one.unit == "By"
    request["filter"] = 'metric.type = starts_with("logging.googleapis.com/user/")'
    assert len(list(cloud.monitoring.list_metric_descriptors(request | {"page_size": 3}))) == 4
    request["filter"] = 'resource.type = "gcs_bucket"'
    with pytest.raises(exceptions.InvalidArgument, match=r"resource\.type is unknown"):
        cloud.monitoring.list_metric_descriptors(request)
