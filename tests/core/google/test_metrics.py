"""Tests of how Monitoring's samples of the bucket's bytes are put together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.api.metric_pb2 import Metric
from google.cloud import monitoring_v3

from core.google.metrics import stored_bytes_in

_DAY = datetime(2026, 1, 31, 2, tzinfo=UTC)


def _series(kind: str, *values: tuple[datetime, Any], storage_class: str = "STANDARD") -> Any:
    return monitoring_v3.TimeSeries(
        metric=Metric(labels={"type": kind, "storage_class": storage_class}),
        points=[
            monitoring_v3.Point(interval=monitoring_v3.TimeInterval(end_time=at), value=value)
            for at, value in values
        ],
    )


def test_samples_are_grouped_by_time_and_told_by_type_oldest_first() -> None:
    """Points come newest first and each type as a series of its own."""
    yesterday = _DAY - timedelta(days=1)
    samples = stored_bytes_in(
        [
            _series(
                "live-object", (_DAY, {"double_value": 3e9}), (yesterday, {"double_value": 2e9})
            ),
            _series("noncurrent-object", (_DAY, {"double_value": 1e9})),
        ]
    )
    assert [sample.measured_at for sample in samples] == [yesterday, _DAY]
    assert samples[0].by_type == {"live-object": 2_000_000_000}
    assert samples[1].by_type == {"live-object": 3_000_000_000, "noncurrent-object": 1_000_000_000}


def test_storage_classes_are_added_up() -> None:
    """Bytes of a type are its bytes in every storage class."""
    (sample,) = stored_bytes_in(
        [
            _series("live-object", (_DAY, {"double_value": 3.0})),
            _series("live-object", (_DAY, {"int64_value": 4}), storage_class="NEARLINE"),
        ]
    )
    assert sample.by_type == {"live-object": 7}


def test_no_series_is_no_data() -> None:
    """A bucket that was never measured has no bytes of zero."""
    assert stored_bytes_in([]) == []
