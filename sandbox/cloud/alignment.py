"""Alignment and reduction of time series, as far as the sandbox's metrics need them.

Rules: google.monitoring.v3.Aggregation
(docs.cloud.google.com/monitoring/api/ref_v3/rpc/google.monitoring.v3#aggregation).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.cloud.time_series import MetricKind, Point, Series, ValueType


class Aligner(StrEnum):
    """The aligners that are understood."""

    NONE = "ALIGN_NONE"
    SUM = "ALIGN_SUM"
    DELTA = "ALIGN_DELTA"
    NEXT_OLDER = "ALIGN_NEXT_OLDER"
    MEAN = "ALIGN_MEAN"


@dataclass(frozen=True, slots=True)
class Window:
    """The alignment periods of a query: they end at `end` and go back to `start`."""

    start: datetime
    end: datetime
    period: timedelta

    def period_end(self, at: datetime) -> datetime:
        """Return the end of the period that `at` is in; a period includes its end."""
        return self.end - (self.end - at) // self.period * self.period


ALIGNED_KINDS = {
    Aligner.SUM: frozenset({MetricKind.DELTA, MetricKind.GAUGE}),
    Aligner.MEAN: frozenset({MetricKind.DELTA, MetricKind.GAUGE}),
    Aligner.DELTA: frozenset({MetricKind.DELTA}),
    Aligner.NEXT_OLDER: frozenset({MetricKind.GAUGE}),
}


def align(series: Series, aligner: Aligner, window: Window) -> Series:
    """Return the series with one point per alignment period that has data."""
    match aligner:
        case Aligner.NONE:
            return series
        case Aligner.DELTA:
            return replace(series, points=_interpolated(series, window))
        case Aligner.SUM:
            return replace(series, points=_per_period(series, window, sum))
        case Aligner.NEXT_OLDER:
            return replace(series, points=_per_period(series, window, lambda values: values[0]))
        case Aligner.MEAN:
            gauge = replace(series, kind=MetricKind.GAUGE, value_type=ValueType.DOUBLE)
            return replace(gauge, points=_per_period(gauge, window, _mean))


def reduce_sum(aligned: Iterable[Series], group_by: Sequence[str]) -> list[Series]:
    """Add up the series that agree on `group_by` ("metric.labels.x", "resource.labels.y")."""
    groups: dict[tuple[str, ...], list[Series]] = {}
    for series in aligned:
        key = (series.resource_type, *(_label(series, field) for field in group_by))
        groups.setdefault(key, []).append(series)
    return [_added(group, group_by) for group in groups.values()]


def _per_period(
    series: Series, window: Window, combine: Callable[[list[float]], float]
) -> tuple[Point, ...]:
    values: dict[datetime, list[float]] = {}
    for point in series.points:  # newest first
        values.setdefault(window.period_end(point.end), []).append(point.value)
    return tuple(
        _point(series, window, end, combine(values[end])) for end in sorted(values, reverse=True)
    )


def _interpolated(series: Series, window: Window) -> tuple[Point, ...]:
    """Return a delta for every period from the first point to the last.

    Between two points the count is taken to have grown steadily, so a period without any
    data gets a share of the next point.
    """
    if not series.points:
        return ()
    oldest_first = series.points[::-1]
    times, totals = [oldest_first[0].start], [0.0]
    for point in oldest_first:
        times.append(point.end)
        totals.append(totals[-1] + point.value)
    end, last = window.period_end(times[1]), window.period_end(times[-1])
    points: list[Point] = []
    while end <= last:
        grown = _total(times, totals, end) - _total(times, totals, end - window.period)
        points.append(_point(series, window, end, round(grown)))
        end += window.period
    return tuple(reversed(points))


def _total(times: list[datetime], totals: list[float], at: datetime) -> float:
    place = bisect_left(times, at)
    if place == 0:
        return 0.0
    if place == len(times):
        return totals[-1]
    share = (at - times[place - 1]) / (times[place] - times[place - 1])
    return totals[place - 1] + share * (totals[place] - totals[place - 1])


def _point(series: Series, window: Window, end: datetime, value: float) -> Point:
    start = end if series.kind is MetricKind.GAUGE else end - window.period
    return Point(start, end, value)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _label(series: Series, field: str) -> str:
    part, _, key = field.partition(".labels.")
    labels = series.metric_labels if part == "metric" else series.resource_labels
    return labels.get(key, "")


def _added(group: list[Series], group_by: Sequence[str]) -> Series:
    sums: dict[datetime, Point] = {}
    for point in (point for series in group for point in series.points):
        so_far = sums.get(point.end, replace(point, value=0))
        sums[point.end] = replace(so_far, value=so_far.value + point.value)
    first = group[0]
    return replace(
        first,
        metric_labels=_kept(first.metric_labels.items(), "metric", group_by),
        resource_labels=_kept(first.resource_labels.items(), "resource", group_by),
        points=tuple(sums[end] for end in sorted(sums, reverse=True)),
    )


def _kept(labels: Iterable[tuple[str, str]], part: str, group_by: Sequence[str]) -> dict[str, str]:
    return {key: value for key, value in labels if f"{part}.labels.{key}" in group_by}
