"""Log-based counters: user-defined metrics that count the log entries a filter matches."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.cloud.log_fields import find_field
from sandbox.cloud.log_filter import compile_filter
from sandbox.cloud.logs import Entry, Logs
from sandbox.cloud.rfc3339 import EPOCH
from sandbox.cloud.time_series import MetricKind, Point, Series, ValueType

_MINUTE = timedelta(minutes=1)
_Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LogMetric:
    """A counter; `labels` says for each label the field that it is extracted from.

    Entries from before `created` are not counted: log-based metrics are not backfilled.

    Raises:
        FilterError: the filter or a label's field is wrong.
    """

    name: str
    filter: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None

    def __post_init__(self) -> None:
        compile_filter(self.filter)
        for path in self.labels.values():
            find_field(tuple(path.split(".")))

    @property
    def type(self) -> str:
        """The metric type that Monitoring knows it by."""
        return f"logging.googleapis.com/user/{self.name}"


def default_log_metrics() -> tuple[LogMetric, ...]:
    """Return the four counters of the default deployment.

    The first two count log lines, not startups, and a startup writes several: two lines
    for a hit, three for a miss, so their ratio is not the hit rate.
    """
    service = 'resource.type="cloud_run_revision"'
    job = 'resource.type="cloud_run_job"'
    return (
        LogMetric(
            "tabular_model_cache_hits",
            f"{service} AND jsonPayload.cache_hit=true",
            "Count of successful cache hits",
        ),
        LogMetric(
            "tabular_model_cache_misses",
            f"{service} AND jsonPayload.cache_hit=false",
            "Count of cache misses with reasons",
            {"reason": "jsonPayload.cache_miss_reason"},
        ),
        LogMetric(
            "tabular_model_sync_success",
            f'{job} AND jsonPayload.message="Sync job completed"',
            "Successful sync job completions",
        ),
        LogMetric(
            "tabular_model_sync_failure",
            f'{job} AND severity>=ERROR AND jsonPayload.message="Sync job failed"',
            "Failed sync job executions",
        ),
    )


def count_entries(metric: LogMetric, logs: Logs, start: datetime, end: datetime) -> list[Series]:
    """Return one series per set of labels, a point for each minute that has entries.

    A minute is there once it is over, that is where its end is in `start`..`end`.
    """
    matches = compile_filter(metric.filter).matches
    since = max(start - _MINUTE, metric.created or EPOCH)
    counts: dict[tuple[_Labels, str, _Labels], Counter[datetime]] = {}
    for entry in logs.between(since, end):
        minute = _minute_end(entry)
        if start < minute <= end and matches(entry):
            key = (
                tuple(_labels(metric, entry).items()),
                entry.resource.type,
                tuple(sorted(entry.resource.labels.items())),
            )
            counts.setdefault(key, Counter())[minute] += 1
    return [
        Series(
            metric_type=metric.type,
            metric_labels=dict(labels),
            resource_type=resource_type,
            resource_labels=dict(resource_labels),
            kind=MetricKind.DELTA,
            value_type=ValueType.INT64,
            points=_points(minutes),
        )
        for (labels, resource_type, resource_labels), minutes in counts.items()
    ]


def _points(minutes: Counter[datetime]) -> tuple[Point, ...]:
    newest_first = sorted(minutes.items(), reverse=True)
    return tuple(Point(minute - _MINUTE, minute, count) for minute, count in newest_first)


def _minute_end(entry: Entry) -> datetime:
    nanoseconds: int = entry.timestamp.ToNanoseconds()
    return EPOCH - (-nanoseconds // 60_000_000_000) * _MINUTE


def _labels(metric: LogMetric, entry: Entry) -> dict[str, str]:
    return {key: _extract(path, entry) for key, path in metric.labels.items()}


def _extract(path: str, entry: Entry) -> str:
    """Return the field as a label value, "" where it is missing, as failed extraction does."""
    for value in find_field(tuple(path.split("."))).values(entry):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)
    return ""
