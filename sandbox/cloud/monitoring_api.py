"""Cloud Monitoring's gRPC methods: time series, metric descriptors and alert policies."""

from collections.abc import Callable, Sequence
from typing import Any

from google.api import metric_pb2, monitored_resource_pb2
from google.cloud import monitoring_v3

from sandbox.cloud.grpc_server import Methods, unary
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.metrics import Metrics
from sandbox.cloud.page_tokens import make_token, read_token
from sandbox.cloud.parents import check_project
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Policies
from sandbox.cloud.selectors import Selector, parse_selectors
from sandbox.cloud.series_query import invalid, read_query
from sandbox.cloud.time_series import Metric, Point, Series, ValueType

_MAX_RESULTS = 100_000
_MAX_DESCRIPTORS = 10_000
_MAX_POLICIES = 1000
_POLICY_ALIASES = {"user_label.": "user_labels."}


def methods(place: Place, metrics: Metrics, policies: Policies) -> Methods:
    """Return MetricService's ListTimeSeries and ListMetricDescriptors, and ListAlertPolicies."""

    def list_series(request: Any) -> Any:
        check_project(request.name, place)
        return _list_series(request, metrics)

    def list_descriptors(request: Any) -> Any:
        check_project(request.name, place)
        return _list_descriptors(request, metrics)

    def list_policies(request: Any) -> Any:
        check_project(request.name, place)
        return _list_policies(request, policies)

    return {
        "/google.monitoring.v3.MetricService/ListTimeSeries": unary(
            monitoring_v3.ListTimeSeriesRequest, list_series
        ),
        "/google.monitoring.v3.MetricService/ListMetricDescriptors": unary(
            monitoring_v3.ListMetricDescriptorsRequest, list_descriptors
        ),
        "/google.monitoring.v3.AlertPolicyService/ListAlertPolicies": unary(
            monitoring_v3.ListAlertPoliciesRequest, list_policies
        ),
    }


def _list_series(request: Any, metrics: Metrics) -> Any:
    found = read_query(request, metrics).run()
    asked = (request.filter, str(request.interval), str(request.aggregation), str(request.view))
    with_points = request.view == monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.FULL
    rows: list[tuple[Series, Point | None]] = (
        [(series, point) for series in found for point in series.points]
        if with_points
        else [(series, None) for series in found]
    )
    page, token = _page(rows, request, asked, _MAX_RESULTS)
    messages: list[Any] = []
    last: Series | None = None
    for series, point in page:
        if series is not last:
            messages.append(_message(series))
            last = series
        if point is not None:
            messages[-1].points.append(_point(point, series.value_type))
    return monitoring_v3.ListTimeSeriesResponse(time_series=messages, next_page_token=token)


def _message(series: Series) -> Any:
    return monitoring_v3.TimeSeries(
        metric=metric_pb2.Metric(type=series.metric_type, labels=dict(series.metric_labels)),
        resource=monitored_resource_pb2.MonitoredResource(
            type=series.resource_type, labels=dict(series.resource_labels)
        ),
        metric_kind=metric_pb2.MetricDescriptor.MetricKind.Value(series.kind),
        value_type=metric_pb2.MetricDescriptor.ValueType.Value(series.value_type),
    )


def _point(point: Point, value_type: ValueType) -> Any:
    value = (
        monitoring_v3.TypedValue(int64_value=round(point.value))
        if value_type is ValueType.INT64
        else monitoring_v3.TypedValue(double_value=point.value)
    )
    interval = monitoring_v3.TimeInterval(start_time=point.start, end_time=point.end)
    return monitoring_v3.Point(interval=interval, value=value)


def _list_descriptors(request: Any, metrics: Metrics) -> Any:
    held = [metric for metric in metrics.all() if _all_match(request.filter, _metric_field(metric))]
    page, token = _page(held, request, (request.filter,), _MAX_DESCRIPTORS)
    return monitoring_v3.ListMetricDescriptorsResponse(
        metric_descriptors=[metrics.descriptor(metric) for metric in page], next_page_token=token
    )


def _list_policies(request: Any, policies: Policies) -> Any:
    if request.order_by:
        raise invalid("order_by is not supported.")
    held = [
        policy for policy in policies.all() if _all_match(request.filter, _policy_field(policy))
    ]
    page, token = _page(held, request, (request.filter,), _MAX_POLICIES)
    return monitoring_v3.ListAlertPoliciesResponse(alert_policies=page, next_page_token=token)


_Read = Callable[[str], str | None]


def _all_match(text: str, read: _Read) -> bool:
    """Whether every selector matches; `read` gives a field's text, None for an unknown field."""
    try:
        return all(_matches(selector, read) for selector in parse_selectors(text, _POLICY_ALIASES))
    except FilterError as exc:
        raise invalid(f"Field filter had an invalid value of {text!r}: {exc}") from exc


def _matches(selector: Selector, read: _Read) -> bool:
    text = read(selector.field)
    if text is None:
        raise FilterError(f"The field {selector.field} is unknown, or not supported.")
    return selector.matches(text)


def _metric_field(metric: Metric) -> _Read:
    return lambda field: metric.type if field == "metric.type" else None


def _policy_field(policy: Any) -> _Read:
    def read(field: str) -> str | None:
        part, _, key = field.partition(".")
        if part == "user_labels" and key:
            return str(policy.user_labels.get(key, ""))
        return {"display_name": str(policy.display_name), "name": str(policy.name)}.get(field)

    return read


def _page(
    rows: Sequence[Any], request: Any, asked: tuple[str, ...], most: int
) -> tuple[Sequence[Any], str]:
    if request.page_size < 0:
        raise invalid(f"Field page_size must not be negative: {request.page_size}.")
    begin = int(read_token(request.page_token, asked)[0]) if request.page_token else 0
    end = begin + min(request.page_size or most, most)
    return rows[begin:end], make_token(asked, [end]) if end < len(rows) else ""
