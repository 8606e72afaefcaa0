"""Cloud Logging's gRPC methods: reading entries and looking up log-based metrics."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.logging_v2.types import (
    GetLogMetricRequest,
    ListLogEntriesRequest,
    ListLogEntriesResponse,
    ListLogMetricsRequest,
    ListLogMetricsResponse,
)
from google.cloud.logging_v2.types import LogMetric as LogMetricMessage

from sandbox.cloud.grpc_server import Methods, unary
from sandbox.cloud.log_filter import compile_filter
from sandbox.cloud.log_metrics import LogMetric
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.logs import Entry, Logs
from sandbox.cloud.metrics import Metrics
from sandbox.cloud.page_tokens import make_token, read_token
from sandbox.cloud.parents import check_project
from sandbox.cloud.place import Place
from sandbox.cloud.read_quota import ReadQuota
from sandbox.cloud.status import StatusError

_DEFAULT_PAGE_SIZE = 50
_MAX_PAGE_SIZE = 1000
_MAX_RESOURCE_NAMES = 100
_ORDERS = frozenset({"", "timestamp asc", "timestamp desc"})


@dataclass(slots=True)
class Reading:
    """How entries are read: the quota, and whether listings begin with empty pages.

    A page without entries but with a token is legal and happens on large scans: clients
    that stop at the first empty page lose entries.
    """

    quota: ReadQuota = field(default_factory=ReadQuota)
    empty_pages: int = 0


def methods(place: Place, logs: Logs, metrics: Metrics, reading: Reading) -> Methods:
    """Return LoggingServiceV2/ListLogEntries and MetricsServiceV2's Get and ListLogMetrics."""

    def list_entries(request: Any) -> Any:
        return _list_entries(request, place, logs, reading)

    def list_metrics(request: Any) -> Any:
        return _list_metrics(request, place, metrics)

    def get_metric(request: Any) -> Any:
        return _get_metric(request, place, metrics)

    return {
        "/google.logging.v2.LoggingServiceV2/ListLogEntries": unary(
            ListLogEntriesRequest, list_entries
        ),
        "/google.logging.v2.MetricsServiceV2/ListLogMetrics": unary(
            ListLogMetricsRequest, list_metrics
        ),
        "/google.logging.v2.MetricsServiceV2/GetLogMetric": unary(GetLogMetricRequest, get_metric),
    }


def _list_entries(request: Any, place: Place, logs: Logs, reading: Reading) -> Any:
    reading.quota.spend(place.number)
    _check_resources(request.resource_names, place)
    size = _page_size(request.page_size)
    if request.order_by not in _ORDERS:
        raise _invalid(f"order_by must be 'timestamp asc' or 'timestamp desc': {request.order_by}")
    asked = (request.filter, request.order_by, *request.resource_names)
    empty, after = _position(request.page_token, asked, reading)
    if empty > 0:
        return ListLogEntriesResponse(next_page_token=make_token(asked, [empty - 1, ""]))
    found = _ordered(_select(request.filter, logs), request.order_by == "timestamp desc")
    return _page(found, after, size, asked)


def _select(text: str, logs: Logs) -> Sequence[Entry]:
    try:
        return compile_filter(text).select(logs)
    except FilterError as exc:
        raise _invalid(f"Unparseable filter: {exc}") from exc


def _page(found: Sequence[Entry], after: str, size: int, asked: tuple[str, ...]) -> Any:
    """Cut the page that begins after the entry with insert id `after` ("": at the start)."""
    ids = ["", *(entry.insert_id for entry in found)]
    begin = ids.index(after) if after in ids else len(found)
    page = found[begin : begin + size]
    more = begin + size < len(found)
    reply = ListLogEntriesResponse.pb(ListLogEntriesResponse())
    reply.entries.extend(page)
    if more:
        reply.next_page_token = make_token(asked, [0, page[-1].insert_id])
    return ListLogEntriesResponse.wrap(reply)


def _ordered(entries: Sequence[Entry], newest_first: bool) -> Sequence[Entry]:
    """Turn the order of time around; equal timestamps stay in the order of their insert ids."""
    if not newest_first:
        return entries
    return sorted(entries, key=lambda entry: -entry.timestamp.ToNanoseconds())


def _position(token: str, asked: tuple[str, ...], reading: Reading) -> tuple[int, str]:
    if not token:
        return reading.empty_pages, ""
    empty, after = read_token(token, asked)
    return int(empty), str(after)


def _check_resources(names: Iterable[str], place: Place) -> None:
    listed = list(names)
    if not listed:
        raise _invalid("resource_names is required.")
    if len(listed) > _MAX_RESOURCE_NAMES:
        raise _invalid(f"At most {_MAX_RESOURCE_NAMES} resource_names are allowed.")
    for name in listed:
        check_project(name, place)


def _page_size(asked: int) -> int:
    if not 0 <= asked <= _MAX_PAGE_SIZE:
        raise _invalid(f"page_size must be from 0 to {_MAX_PAGE_SIZE}, not {asked}.")
    return asked or _DEFAULT_PAGE_SIZE


def _list_metrics(request: Any, place: Place, metrics: Metrics) -> Any:
    check_project(request.parent, place)
    asked = (request.parent,)
    begin = int(read_token(request.page_token, asked)[0]) if request.page_token else 0
    size = request.page_size if request.page_size > 0 else _MAX_PAGE_SIZE
    held = metrics.log_metrics()
    more = begin + size < len(held)
    return ListLogMetricsResponse(
        metrics=[_message(metric, metrics) for metric in held[begin : begin + size]],
        next_page_token=make_token(asked, [begin + size]) if more else "",
    )


def _get_metric(request: Any, place: Place, metrics: Metrics) -> Any:
    parent, _, name = request.metric_name.partition("/metrics/")
    check_project(parent, place)
    found = next((metric for metric in metrics.log_metrics() if metric.name == name), None)
    if found is None:
        raise StatusError(grpc.StatusCode.NOT_FOUND, f"Metric {name} does not exist.")
    return _message(found, metrics)


def _message(definition: LogMetric, metrics: Metrics) -> Any:
    metric = metrics.find(definition.type)
    return LogMetricMessage(
        name=definition.name,
        description=definition.description,
        filter=definition.filter,
        metric_descriptor=metrics.descriptor(metric) if metric else None,
        label_extractors={key: f"EXTRACT({path})" for key, path in definition.labels.items()},
    )


def _invalid(message: str) -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)
