"""What a ListTimeSeries request asks, checked and ready to be answered.

Rules: docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list and
docs.cloud.google.com/monitoring/api/v3/filters.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc

from sandbox.cloud.alignment import ALIGNED_KINDS, Aligner, Window, align, reduce_sum
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.metrics import RESOURCE_LABELS, Metrics
from sandbox.cloud.selectors import Selector, parse_selectors, usual_name
from sandbox.cloud.status import StatusError
from sandbox.cloud.time_series import Metric, Series

_ALIASES = {"metric.label.": "metric.labels.", "resource.label.": "resource.labels."}
_MIN_PERIOD = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """One metric, the series of it that are wanted, and how to put them together."""

    metric: Metric
    selectors: tuple[Selector, ...]
    window: Window
    aligner: Aligner
    sums: bool
    group_by: tuple[str, ...]

    def run(self) -> list[Series]:
        """Return the series, in a stable order."""
        read = self.metric.read(self.window.start, self.window.end)
        wanted = [series for series in read if _selected(series, self.selectors)]
        aligned = [align(series, self.aligner, self.window) for series in wanted]
        found = reduce_sum(aligned, self.group_by) if self.sums else aligned
        return sorted(found, key=_identity)


def read_query(request: Any, metrics: Metrics) -> SeriesQuery:
    """Return what a ListTimeSeriesRequest asks.

    Raises:
        StatusError: INVALID_ARGUMENT with what is wrong or not supported, NOT_FOUND for a
            metric type that the project has not.
    """
    if request.order_by:
        raise invalid("Field order_by must be left blank.")
    if "secondary_aggregation" in request:
        raise invalid("secondary_aggregation is not supported.")
    start, end = _interval(request.interval)
    metric, selectors = _filter(request.filter, metrics)
    aggregation = request.aggregation
    aligner = _aligner(aggregation.per_series_aligner, metric)
    sums = _sums(aggregation.cross_series_reducer, aligner)
    period = _period(aggregation.alignment_period, aligner)
    group_by = tuple(_group_field(field, metric) for field in aggregation.group_by_fields)
    return SeriesQuery(metric, selectors, Window(start, end, period), aligner, sums, group_by)


def invalid(message: str) -> StatusError:
    """Return the error for a request that is wrong, or not supported."""
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)


def _interval(interval: Any) -> tuple[datetime, datetime]:
    if interval.end_time is None or interval.start_time is None:
        raise invalid("Field interval must have an end_time and a start_time.")
    start, end = interval.start_time, interval.end_time
    if start >= end:
        raise invalid("Field interval.start_time must be earlier than interval.end_time.")
    return start, end


def _filter(text: str, metrics: Metrics) -> tuple[Metric, tuple[Selector, ...]]:
    try:
        selectors = parse_selectors(text, _ALIASES)
    except FilterError as exc:
        raise invalid(f"Field filter had an invalid value of {text!r}: {exc}") from exc
    types = [selector for selector in selectors if selector.field == "metric.type"]
    if len(types) != 1 or types[0].op != "=" or types[0].function:
        raise invalid('Field filter must specify exactly one metric.type, by metric.type = "...".')
    metric = metrics.find(types[0].value)
    if metric is None:
        raise StatusError(
            grpc.StatusCode.NOT_FOUND,
            f'Cannot find metric(s) that match type = "{types[0].value}". If a metric was created '
            "recently, it could take up to 10 minutes to become available. "
            "Please try again soon.",
        )
    rest = tuple(selector for selector in selectors if selector is not types[0])
    for selector in rest:
        _check_selector(selector, metric)
    return metric, rest


def _check_selector(selector: Selector, metric: Metric) -> None:
    if selector.op != "=":
        raise invalid(f"The operator {selector.op} is not supported for {selector.field}.")
    if selector.field == "resource.type":
        if not any(selector.matches(kind) for kind in metric.resource_types):
            raise invalid(
                "The supplied filter does not specify a valid combination of metric and monitored "
                "resource descriptors. The query will not return any time series."
            )
        return
    _check_label(selector.field, metric)


def _check_label(field: str, metric: Metric) -> None:
    part, _, key = field.partition(".labels.")
    if part == "metric" and key in metric.label_keys:
        return
    if part == "resource" and any(key in RESOURCE_LABELS[kind] for kind in metric.resource_types):
        return
    raise invalid(f"The field {field} is unknown for {metric.type}, or not supported.")


def _group_field(field: str, metric: Metric) -> str:
    usual = usual_name(field, _ALIASES)
    if usual != "resource.type":  # grouping by it is implied
        _check_label(usual, metric)
    return usual


def _aligner(asked: Any, metric: Metric) -> Aligner:
    if asked.name not in set(Aligner):
        raise invalid(f"The aligner {asked.name} is not supported.")
    aligner = Aligner(asked.name)
    if aligner is not Aligner.NONE and metric.kind not in ALIGNED_KINDS[aligner]:
        raise invalid(
            f"Field aggregation.perSeriesAligner had an invalid value of {aligner}: the aligner "
            f"cannot be applied to metrics with kind {metric.kind} and value type "
            f"{metric.value_type}."
        )
    return aligner


def _sums(asked: Any, aligner: Aligner) -> bool:
    if asked.name not in {"REDUCE_NONE", "REDUCE_SUM"}:
        raise invalid(f"The reducer {asked.name} is not supported.")
    if asked.name == "REDUCE_SUM" and aligner is Aligner.NONE:
        raise invalid("A cross_series_reducer needs a per_series_aligner other than ALIGN_NONE.")
    return bool(asked.name == "REDUCE_SUM")


def _period(asked: timedelta | None, aligner: Aligner) -> timedelta:
    if aligner is Aligner.NONE:
        return _MIN_PERIOD
    if asked is None or asked < _MIN_PERIOD:
        raise invalid("Field aggregation.alignmentPeriod must be at least 60 seconds.")
    return asked


def _selected(series: Series, selectors: Iterable[Selector]) -> bool:
    return all(selector.matches(_value(series)(selector.field)) for selector in selectors)


def _value(series: Series) -> Callable[[str], str]:
    def value(field: str) -> str:
        if field == "resource.type":
            return series.resource_type
        part, _, key = field.partition(".labels.")
        labels = series.metric_labels if part == "metric" else series.resource_labels
        return labels.get(key, "")

    return value


def _identity(series: Series) -> tuple[str, ...]:
    return (
        series.resource_type,
        *(f"{key}={value}" for key, value in sorted(series.metric_labels.items())),
        *(f"{key}={value}" for key, value in sorted(series.resource_labels.items())),
    )
