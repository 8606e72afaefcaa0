"""Time series as Cloud Monitoring keeps them: labelled points of one metric."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MetricKind(StrEnum):
    """Names of google.api.MetricDescriptor.MetricKind."""

    DELTA = "DELTA"
    GAUGE = "GAUGE"


class ValueType(StrEnum):
    """Names of google.api.MetricDescriptor.ValueType."""

    INT64 = "INT64"
    DOUBLE = "DOUBLE"


@dataclass(frozen=True, slots=True)
class Point:
    """A value over `start`..`end`; a gauge's point has both at the same moment."""

    start: datetime
    end: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one metric with one set of labels, newest first."""

    metric_type: str
    metric_labels: Mapping[str, str]
    resource_type: str
    resource_labels: Mapping[str, str]
    kind: MetricKind
    value_type: ValueType
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric type: its shape, and where its series between two moments come from.

    `read(start, end)` returns the series that have points with `start` < end time <= `end`.
    """

    type: str
    kind: MetricKind
    value_type: ValueType
    unit: str
    description: str
    label_keys: tuple[str, ...]
    resource_types: tuple[str, ...]
    read: Callable[[datetime, datetime], list[Series]]
