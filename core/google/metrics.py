"""Cloud Monitoring's numbers about the cache: its metrics, and the bucket's bytes by day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.cloud import monitoring_v3
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client
from google.cloud.logging_v2.types import ListLogMetricsRequest

from core.deployment import Deployment
from core.google.errors import Asked, asking
from core.google.patience import ATTEMPT_SECONDS, READ_RETRY
from core.google.startups import quoted
from core.google.times import moment_of
from core.signals import StoredBytes

BYTES_METRIC = "storage.googleapis.com/storage/v2/total_bytes"
_LOOK_BACK = timedelta(days=35)
_DAY = timedelta(days=1)
_READING: dict[str, Any] = {"timeout": ATTEMPT_SECONDS, "retry": READ_RETRY}


class Metrics:
    """Reads log-based metrics' names and the bucket's bytes. Safe to share between threads."""

    def __init__(
        self,
        log_metrics: MetricsServiceV2Client,
        metrics: monitoring_v3.MetricServiceClient,
        deployment: Deployment,
    ) -> None:
        self._log_metrics = log_metrics
        self._metrics = metrics
        self._deployment = deployment
        self._project = f"projects/{deployment.project}"

    def missing_metrics(self) -> Sequence[str]:
        """Return the names of the log-based metrics that should exist and do not."""
        request = ListLogMetricsRequest(parent=self._project, page_size=1000)
        with asking(Asked("list", "log-based metrics of the project", "logging.logMetrics.list")):
            there = {one.name for one in self._log_metrics.list_log_metrics(request, **_READING)}
        return [name for name in self._deployment.metrics.all if name not in there]

    def stored_bytes(self, now: datetime) -> Sequence[StoredBytes]:
        """Return one sample for each of the last 35 days that has one, oldest first.

        The value is measured once a day and repeated every five minutes, so one point a day
        is asked for: the newest up to each time of day `now`
        (cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-storage).
        """
        request = monitoring_v3.ListTimeSeriesRequest(
            name=self._project,
            filter=(
                f'metric.type="{BYTES_METRIC}" AND resource.type="gcs_bucket"'
                f" AND resource.labels.bucket_name={quoted(self._deployment.bucket)}"
            ),
            interval=monitoring_v3.TimeInterval(start_time=now - _LOOK_BACK, end_time=now),
            aggregation=monitoring_v3.Aggregation(
                alignment_period=_DAY,
                per_series_aligner=monitoring_v3.Aggregation.Aligner.ALIGN_NEXT_OLDER,
            ),
            view=monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.FULL,
        )
        with asking(Asked("read", "metrics of the project", "monitoring.timeSeries.list")):
            return stored_bytes_in(self._metrics.list_time_series(request, **_READING))


def stored_bytes_in(series: Iterable[monitoring_v3.TimeSeries]) -> list[StoredBytes]:
    """Add the series up by measurement time and type; storage classes are put together."""
    by_time: dict[datetime, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in series:
        kind = one.metric.labels.get("type", "unknown")
        for point in one.points:
            by_time[moment_of(point.interval.end_time)][kind] += _bytes(point.value)
    return [StoredBytes(at, dict(by_time[at])) for at in sorted(by_time)]


def _bytes(value: monitoring_v3.TypedValue) -> int:
    raw = monitoring_v3.TypedValue.pb(value)
    held = raw.WhichOneof("value")
    return int(getattr(raw, held)) if held in ("double_value", "int64_value") else 0
