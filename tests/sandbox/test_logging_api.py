"""Cloud Logging over its wire, through Google's own clients."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import google.cloud.logging
import grpc
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.logging_v2 import _gapic
from google.cloud.logging_v2.types import ListLogEntriesRequest

from sandbox.cloud.log_metrics import LogMetric
from sandbox.cloud.read_quota import ReadQuota
from sandbox.cloud.status import StatusError
from sandbox.faults import Fault, Refuse
from tests.sandbox.observe_fixtures import NOON, PROJECT, Observed, observed

STARTUPS = (
    'resource.type="cloud_run_revision" AND resource.labels.service_name="tabular-service" '
    'AND jsonPayload.message="Startup complete"'
)


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Observed]:
    with observed() as cloud:
        yield cloud


def numbered(cloud: Observed, count: int) -> None:
    """Write `count` numbered lines, a second apart."""
    for index in range(count):
        cloud.job_line(str(index), NOON + timedelta(seconds=index))


def numbers(entries: Any) -> list[int]:
    """Return the numbers that the entries say."""
    return [int(entry.json_payload["message"]) for entry in entries]


def listing(cloud: Observed, **fields: Any) -> Any:
    """Call ListLogEntries of the project with Google's client, which turns the pages."""
    request = ListLogEntriesRequest(**{"resource_names": [PROJECT], **fields})
    return cloud.logging.list_log_entries(request, timeout=10)


def test_entries_are_found_by_filter_in_either_order(cloud: Observed) -> None:
    """The matching entries come oldest first, or newest first where that is asked for."""
    for minutes, hit in enumerate([True, False, True]):
        cloud.startup(NOON + timedelta(minutes=minutes), hit=hit)
    cloud.job_line("Startup complete", NOON)
    found = list(listing(cloud, filter=f"{STARTUPS} AND jsonPayload.cache_hit=true"))
    assert [entry.timestamp for entry in found] == [NOON, NOON + timedelta(minutes=2)]
    newest = list(listing(cloud, filter=STARTUPS, order_by="timestamp desc"))
    assert [entry.json_payload["cache_hit"] for entry in newest] == [True, False, True]
    assert newest[1].json_payload["cache_miss_reason"] == "model_not_found"
    assert newest[1].labels["instanceId"] == "00aa"


def test_numbers_come_back_as_floats_and_plain_lines_as_text(cloud: Observed) -> None:
    """A JSON payload is a Struct, whose numbers are doubles; a plain line has only text."""
    for payload, text in [({"count": 3}, None), (None, "plain")]:
        cloud.logs.write(
            log_id="x", resource_type="global", resource_labels={}, payload=payload, text=text
        )
    struct, plain = listing(cloud)
    assert struct.json_payload["count"] == 3.0
    assert isinstance(struct.json_payload["count"], float)
    assert plain.text_payload == "plain"
    assert not plain.json_payload


@pytest.mark.parametrize("order", ["timestamp asc", "timestamp desc"])
def test_pages_make_up_the_whole_listing(cloud: Observed, order: str) -> None:
    """Turning pages gives every entry once, in order, also where times are equal."""
    for index in range(25):
        cloud.job_line(str(index), NOON + timedelta(seconds=index // 5))
    paged = numbers(listing(cloud, page_size=4, order_by=order))
    whole = numbers(listing(cloud, page_size=1000, order_by=order))
    assert paged == whole
    assert sorted(paged) == list(range(25))
    assert paged[:5] == ([0, 1, 2, 3, 4] if order == "timestamp asc" else [20, 21, 22, 23, 24])


def test_a_page_has_fifty_entries_by_default(cloud: Observed) -> None:
    """Without a page size a reply has 50 entries and a token; the last page has no token."""
    numbered(cloud, 60)
    first, second = listing(cloud).pages
    assert (len(first.entries), len(second.entries)) == (50, 10)
    assert first.next_page_token
    assert not second.next_page_token


def test_new_entries_do_not_shift_the_pages(cloud: Observed) -> None:
    """What is logged while pages are turned doubles nothing and hides nothing of the rest."""
    numbered(cloud, 6)
    pages = listing(cloud, page_size=3, order_by="timestamp desc").pages
    assert numbers(next(pages).entries) == [5, 4, 3]
    cloud.job_line("99", NOON + timedelta(hours=1))
    assert numbers(next(pages).entries) == [2, 1, 0]


def test_empty_pages_with_a_token_are_legal(cloud: Observed) -> None:
    """Where it is switched on, a listing begins with empty pages, and goes on after them."""
    numbered(cloud, 3)
    cloud.reading.empty_pages = 2
    sizes = [len(page.entries) for page in listing(cloud, page_size=2).pages]
    assert sizes == [0, 0, 2, 1]
    assert numbers(listing(cloud, page_size=2)) == [0, 1, 2]


def test_a_token_is_good_for_its_own_request_only(cloud: Observed) -> None:
    """A page token with another filter, or made up, is an error and never another listing."""
    numbered(cloud, 5)
    token = next(listing(cloud, page_size=2, filter="severity=INFO").pages).next_page_token
    with pytest.raises(exceptions.InvalidArgument, match="doesn't match arguments"):
        listing(cloud, page_size=2, filter="severity>=INFO", page_token=token)
    for made_up in ("nonsense", "bm90IGpzb24=", "é"):
        with pytest.raises(exceptions.InvalidArgument, match="could not be parsed"):
            listing(cloud, page_token=made_up)


@pytest.mark.parametrize(
    ("fields", "error", "why"),
    [
        ({"page_size": 1001}, exceptions.InvalidArgument, "page_size"),
        ({"page_size": -1}, exceptions.InvalidArgument, "page_size"),
        ({"order_by": "severity"}, exceptions.InvalidArgument, "order_by"),
        ({"order_by": "timestamp"}, exceptions.InvalidArgument, "order_by"),
        ({"resource_names": []}, exceptions.InvalidArgument, "resource_names is required"),
        ({"resource_names": ["folders/1"]}, exceptions.InvalidArgument, "folders/1"),
        ({"resource_names": [PROJECT] * 101}, exceptions.InvalidArgument, "At most 100"),
        ({"resource_names": ["projects/other"]}, exceptions.PermissionDenied, "projects/other"),
        ({"filter": "a AND"}, exceptions.InvalidArgument, "Unparseable filter"),
        ({"filter": 'sample(insertId, "x")'}, exceptions.InvalidArgument, "sample"),
        ({"filter": "a" * 20_001}, exceptions.InvalidArgument, "20000"),
    ],
)
def test_wrong_requests_are_refused(
    cloud: Observed, fields: dict[str, Any], error: type[Exception], why: str
) -> None:
    """What the real method refuses, and what the sandbox does not do, is an error with a reason."""
    with pytest.raises(error, match=why):
        listing(cloud, **fields)


def test_the_project_may_be_named_by_its_number(cloud: Observed) -> None:
    """projects/NUMBER is the same project."""
    numbered(cloud, 2)
    assert numbers(listing(cloud, resource_names=["projects/123456789012"])) == [0, 1]


def test_the_sixty_first_read_in_a_minute_is_refused(cloud: Observed) -> None:
    """A project may list entries 60 times a minute, pages included, until the limit is raised."""
    numbered(cloud, 4)
    for _ in range(29):
        assert len(list(listing(cloud, page_size=2))) == 4
    next(listing(cloud, page_size=2).pages)
    next(listing(cloud, page_size=2).pages)
    with pytest.raises(exceptions.ResourceExhausted, match="Read requests per minute"):
        listing(cloud)
    cloud.reading.quota.per_minute = 61
    assert len(list(listing(cloud))) == 4


def test_the_quota_slides() -> None:
    """Each admitted request is free again after 60 s; refused ones cost nothing."""
    now = [0.0]
    quota = ReadQuota(2, seconds=lambda: now[0])
    quota.spend(1)
    now[0] = 30.0
    quota.spend(1)
    for moment in (30.0, 59.9):
        now[0] = moment
        with pytest.raises(StatusError) as refused:
            quota.spend(7)
        assert refused.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "project_number:7" in refused.value.message
    now[0] = 60.0
    quota.spend(1)
    with pytest.raises(StatusError):
        quota.spend(1)


def test_an_injected_refusal_reaches_the_client(cloud: Observed) -> None:
    """Faults hit the method by its full name, and the call is on record."""
    cloud.faults.add(
        Fault("google.logging.v2.LoggingServiceV2/ListLogEntries", Refuse("PERMISSION_DENIED"))
    )
    with pytest.raises(exceptions.PermissionDenied, match="injected"):
        listing(cloud)
    assert len(cloud.faults.seen("*/ListLogEntries")) == 1


def test_the_handwritten_client_works_too(cloud: Observed) -> None:
    """google.cloud.logging.Client gets its entries, its own 24 h window included."""
    cloud.startup(NOON, hit=True)
    cloud.startup(NOON - timedelta(days=2), hit=True)
    client: Any = google.cloud.logging.Client(  # type: ignore[no-untyped-call]  # unannotated
        project="sandbox-project",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # unannotated
    )
    client._logging_api = _gapic._LoggingAPI(  # type: ignore[no-untyped-call]  # unannotated
        cloud.logging, client
    )
    found = list(client.list_entries(filter_=STARTUPS))
    assert [(entry.payload["message"], entry.timestamp) for entry in found] == [
        ("Startup complete", NOON)
    ]
    since = datetime.isoformat(NOON - timedelta(days=3))
    assert len(list(client.list_entries(filter_=f'{STARTUPS} AND timestamp>="{since}"'))) == 2


def test_log_metrics_are_listed_and_found(cloud: Observed) -> None:
    """The four counters are there with their filters; a deleted one is not found."""
    names = [metric.name for metric in cloud.log_metrics.list_log_metrics(parent=PROJECT)]
    assert names == [
        "tabular_model_cache_hits",
        "tabular_model_cache_misses",
        "tabular_model_sync_failure",
        "tabular_model_sync_success",
    ]
    name = f"{PROJECT}/metrics/tabular_model_cache_misses"
    found = cloud.log_metrics.get_log_metric(metric_name=name)
    assert "jsonPayload.cache_hit=false" in found.filter
    assert dict(found.label_extractors) == {"reason": "EXTRACT(jsonPayload.cache_miss_reason)"}
    assert [label.key for label in found.metric_descriptor.labels] == ["reason"]
    cloud.metrics.remove("tabular_model_cache_misses")
    with pytest.raises(exceptions.NotFound, match="tabular_model_cache_misses does not exist"):
        cloud.log_metrics.get_log_metric(metric_name=name)
    with pytest.raises(exceptions.PermissionDenied):
        cloud.log_metrics.get_log_metric(metric_name="projects/other/metrics/x")


def test_log_metrics_come_in_pages(cloud: Observed) -> None:
    """A page size smaller than the list makes pages, each metric on one of them."""
    cloud.metrics.add(LogMetric("another", "severity>=ERROR"))
    request = {"parent": PROJECT, "page_size": 2}
    pages = list(cloud.log_metrics.list_log_metrics(request).pages)
    assert [len(page.metrics) for page in pages] == [2, 2, 1]
    assert pages[0].metrics[0].name == "another"
