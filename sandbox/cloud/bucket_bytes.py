"""The bytes of a bucket as Cloud Monitoring sees them: one sample a day, by object state."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.cloud.place import Place
from sandbox.cloud.time_series import MetricKind, Point, Series, ValueType

TOTAL_BYTES = "storage.googleapis.com/storage/v2/total_bytes"
LIVE = "live-object"
NONCURRENT = "noncurrent-object"
SOFT_DELETED = "soft-deleted-object"
MULTIPART = "multipart-upload"

_DAY = timedelta(days=1)
_LAG = timedelta(minutes=10)  # a sample is seen so long after it was taken

# Bytes now for each value of the label `type`: LIVE, NONCURRENT, SOFT_DELETED, MULTIPART.
Measure = Callable[[], Mapping[str, int]]


class BucketBytes:
    """Daily samples of one bucket, those handed in and those that it measures itself.

    `measure` is asked when someone looks and the newest sample is a day old, and its answer
    is dated ten minutes back; what happened since is not seen before the next day
    (docs.cloud.google.com/monitoring/api/metrics_gcp, storage/v2/total_bytes).
    """

    def __init__(
        self, clock: Clock, place: Place, bucket: str, measure: Measure | None = None
    ) -> None:
        self._clock = clock
        self._place = place
        self._bucket = bucket
        self._measure = measure
        self._samples: list[tuple[datetime, Mapping[str, int]]] = []
        self._lock = threading.Lock()
        self._measuring = threading.Lock()

    def record(self, by_type: Mapping[str, int], at: datetime | None = None) -> None:
        """Add a sample, taken now unless `at` says when."""
        with self._lock:
            self._samples.append((at or self._clock.now(), dict(by_type)))
            self._samples.sort(key=lambda sample: sample[0])

    def read(self, start: datetime, end: datetime) -> list[Series]:
        """Return one series for each `type` with samples in `start`..`end`, newest first."""
        self._measure_if_due()
        with self._lock:
            samples = [sample for sample in reversed(self._samples) if start < sample[0] <= end]
        types = sorted({kind for _, by_type in samples for kind in by_type})
        return [self._series(kind, samples) for kind in types]

    def _series(self, kind: str, samples: list[tuple[datetime, Mapping[str, int]]]) -> Series:
        return Series(
            metric_type=TOTAL_BYTES,
            metric_labels={"storage_class": "STANDARD", "type": kind},
            resource_type="gcs_bucket",
            resource_labels={
                "project_id": self._place.project,
                "bucket_name": self._bucket,
                "location": self._place.region,
            },
            kind=MetricKind.GAUGE,
            value_type=ValueType.DOUBLE,
            points=tuple(
                Point(at, at, float(by_type[kind])) for at, by_type in samples if kind in by_type
            ),
        )

    def _measure_if_due(self) -> None:
        if self._measure is None:
            return
        with self._measuring:
            at = self._clock.now() - _LAG
            with self._lock:
                due = not self._samples or at - self._samples[-1][0] >= _DAY
            if due:
                self.record(self._measure(), at)
