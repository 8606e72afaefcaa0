"""The metrics of the project: log-based counters and the bucket's bytes, each removable."""

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from google.api import label_pb2, metric_pb2

from sandbox.clock import Clock
from sandbox.cloud.bucket_bytes import TOTAL_BYTES, BucketBytes
from sandbox.cloud.log_metrics import LogMetric, count_entries, default_log_metrics
from sandbox.cloud.logs import Logs
from sandbox.cloud.place import Place
from sandbox.cloud.time_series import Metric, MetricKind, Series, ValueType

# The labels of each resource type that the pretend project's metrics are about
# (docs.cloud.google.com/monitoring/api/resources).
RESOURCE_LABELS = {
    "cloud_run_revision": frozenset(
        {"project_id", "service_name", "revision_name", "location", "configuration_name"}
    ),
    "cloud_run_job": frozenset({"project_id", "job_name", "location"}),
    "gcs_bucket": frozenset({"project_id", "bucket_name", "location"}),
}


class Metrics:
    """What Monitoring can be asked about; any thread may add and remove."""

    def __init__(
        self, clock: Clock, place: Place, logs: Logs, log_metrics: Iterable[LogMetric] | None = None
    ) -> None:
        held = default_log_metrics() if log_metrics is None else log_metrics
        self._clock = clock
        self._place = place
        self._logs = logs
        self._log_metrics = {metric.name: metric for metric in held}
        self._buckets: list[BucketBytes] = []
        self._lock = threading.Lock()

    def log_metrics(self) -> list[LogMetric]:
        """Return the log-based metrics by name."""
        with self._lock:
            return [self._log_metrics[name] for name in sorted(self._log_metrics)]

    def add(self, metric: LogMetric) -> None:
        """Define a log-based metric, or define it anew."""
        with self._lock:
            self._log_metrics[metric.name] = metric

    def remove(self, name: str) -> None:
        """Delete a log-based metric: Monitoring then answers NOT_FOUND for it."""
        with self._lock:
            del self._log_metrics[name]

    def watch_bucket(self, bucket: BucketBytes) -> None:
        """Let the bytes of a bucket be seen."""
        with self._lock:
            self._buckets.append(bucket)

    def unwatch_buckets(self) -> None:
        """Let no bucket's bytes be seen: a metric without data, as for a new bucket."""
        with self._lock:
            self._buckets.clear()

    def all(self) -> list[Metric]:
        """Return every metric type, log-based ones first."""
        return [*(self._counter(metric) for metric in self.log_metrics()), self._total_bytes()]

    def find(self, metric_type: str) -> Metric | None:
        """Return the metric of that type, None where the project has none."""
        return next((metric for metric in self.all() if metric.type == metric_type), None)

    def descriptor(self, metric: Metric) -> Any:
        """Return the google.api.MetricDescriptor message."""
        return metric_pb2.MetricDescriptor(
            name=f"projects/{self._place.project}/metricDescriptors/{metric.type}",
            type=metric.type,
            labels=[label_pb2.LabelDescriptor(key=key) for key in metric.label_keys],
            metric_kind=metric.kind,
            value_type=metric.value_type,
            unit=metric.unit,
            description=metric.description,
            display_name=metric.type.rpartition("/")[2],
            monitored_resource_types=metric.resource_types,
        )

    def _counter(self, definition: LogMetric) -> Metric:
        def read(start: datetime, end: datetime) -> list[Series]:
            return count_entries(definition, self._logs, start, min(end, self._clock.now()))

        return Metric(
            type=definition.type,
            kind=MetricKind.DELTA,
            value_type=ValueType.INT64,
            unit="1",
            description=definition.description,
            label_keys=tuple(definition.labels),
            resource_types=("cloud_run_revision", "cloud_run_job"),
            read=read,
        )

    def _total_bytes(self) -> Metric:
        def read(start: datetime, end: datetime) -> list[Series]:
            with self._lock:
                buckets = list(self._buckets)
            return [series for bucket in buckets for series in bucket.read(start, end)]

        return Metric(
            type=TOTAL_BYTES,
            kind=MetricKind.GAUGE,
            value_type=ValueType.DOUBLE,
            unit="By",
            description="Total size of all objects in the bucket, sampled once per day.",
            label_keys=("storage_class", "type"),
            resource_types=("gcs_bucket",),
            read=read,
        )
