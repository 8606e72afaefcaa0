"""Tests of how startups are told from log lines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.deployment import Deployment
from core.google.entries import Entry
from core.google.startups import quoted, startups_filter, startups_in

_SINCE = datetime(2026, 1, 31, 2, tzinfo=UTC)
_DEPLOYMENT = Deployment(project="p", service="tabular-service", region="europe-west1")


def _line(seconds: float, message: str, instance: str = "a", **payload: Any) -> Entry:
    return Entry(
        at=_SINCE + timedelta(seconds=seconds),
        insert_id=f"{seconds}-{message}",
        severity="INFO",
        labels={"instanceId": instance} if instance else {},
        resource_labels={"revision_name": "r-4"},
        payload={"message": message, **payload},
        text=message,
    )


def _complete(seconds: float, instance: str = "a", **payload: Any) -> Entry:
    return _line(seconds, "Startup complete", instance, shared_volume_enabled=True, **payload)


def _missed(seconds: float, reason: str, instance: str = "a") -> Entry:
    return _line(seconds, "Model cache miss", instance, cache_hit=False, cache_miss_reason=reason)


def test_a_miss_of_three_lines_is_one_startup() -> None:
    """Nine hits and one miss are ten startups, and a rate of exactly 90 %."""
    lines = [_complete(minute * 60, f"hit-{minute}", cache_hit=True) for minute in range(9)]
    lines += [
        _missed(600, "model_not_found", "miss"),
        _line(700, "Model download complete", "miss", cache_hit=False, cache_miss_reason="x"),
        _complete(703, "miss", cache_hit=False),
    ]
    startups = startups_in(lines, _SINCE)
    assert len(startups) == 10
    assert sum(startup.hit for startup in startups) / len(startups) == 0.9


def test_startups_come_newest_first_with_what_they_read() -> None:
    """The version that a startup read proves what is served."""
    lines = [
        _complete(1, "a", cache_hit=True, manifest_version="20260130-020000"),
        _complete(2, "b", cache_hit=True, manifest_version="20260131-020000"),
    ]
    newest, oldest = startups_in(lines, _SINCE)
    assert (newest.instance_id, newest.manifest_version) == ("b", "20260131-020000")
    assert (oldest.instance_id, oldest.revision) == ("a", "r-4")


def test_the_reason_is_that_of_the_same_instance_just_before() -> None:
    """Instances start side by side, and one may have started before."""
    lines = [
        _missed(1, "manifest_missing", "a"),
        _complete(50, "a", cache_hit=False),
        _missed(100, "model_not_found", "a"),
        _missed(101, "manifest_missing", "b"),
        _complete(150, "a", cache_hit=False),
        _missed(160, "later", "a"),
    ]
    second, first = startups_in(lines, _SINCE)
    assert (second.miss_reason, first.miss_reason) == ("model_not_found", "manifest_missing")


def test_a_miss_without_a_reason_is_unknown_and_a_hit_has_none() -> None:
    """A hit after a miss of the same instance does not inherit its reason."""
    lines = [
        _complete(10, "a", cache_hit=False),
        _missed(20, "model_not_found", "b"),
        _complete(30, "b", cache_hit=True),
    ]
    hit, miss = startups_in(lines, _SINCE)
    assert (hit.hit, hit.miss_reason) == (True, "")
    assert (miss.hit, miss.miss_reason) == (False, "unknown")


def test_a_miss_just_before_the_window_explains_a_startup_in_it() -> None:
    """Downloads take minutes, so the lines of one startup lie on both sides of the border."""
    lines = [
        _complete(-30, "early", cache_hit=True),
        _missed(-60, "model_not_found"),
        _complete(40, cache_hit=False),
    ]
    (startup,) = startups_in(lines, _SINCE)
    assert startup.miss_reason == "model_not_found"


def test_a_line_that_is_there_twice_is_one_startup() -> None:
    """Programs that log through two handlers write every line twice."""
    lines = [_complete(10, cache_hit=True), _complete(10.02, cache_hit=True)]
    assert len(startups_in(lines, _SINCE)) == 1


@pytest.mark.parametrize(
    "second",
    [
        _complete(200, "a", cache_hit=True),
        _complete(11, "b", cache_hit=True),
        _complete(11, "a", cache_hit=False),
    ],
)
def test_another_startup_is_not_taken_for_the_same_line(second: Entry) -> None:
    """Later, elsewhere or otherwise: each is a startup of its own."""
    assert len(startups_in([_complete(10, "a", cache_hit=True), second], _SINCE)) == 2


def test_lines_without_an_instance_are_counted_and_not_joined() -> None:
    """Where the label is missing nothing is guessed, unless the line itself says the reason."""
    lines = [
        _missed(5, "model_not_found", ""),
        _complete(10, "", cache_hit=False),
        _complete(11, "", cache_hit=False, cache_miss_reason="manifest_missing"),
    ]
    newest, oldest = startups_in(lines, _SINCE)
    assert (newest.miss_reason, oldest.miss_reason) == ("manifest_missing", "unknown")


def test_the_filter_is_narrowed_and_parenthesised() -> None:
    """Other services' lines do not count, and OR does not swallow the conditions before it."""
    text = startups_filter(_DEPLOYMENT, _SINCE, _SINCE + timedelta(days=1))
    assert text == (
        'resource.type="cloud_run_revision"'
        ' AND resource.labels.service_name="tabular-service"'
        ' AND resource.labels.location="europe-west1"'
        ' AND timestamp>="2026-01-31T01:00:00.000000Z" AND timestamp<"2026-02-01T02:00:00.000000Z"'
        ' AND ((jsonPayload.message="Startup complete"'
        " AND jsonPayload.shared_volume_enabled=true)"
        " OR jsonPayload.cache_miss_reason:*)"
    )


def test_a_name_cannot_break_out_of_the_filter() -> None:
    """Quotes and backslashes are escaped."""
    assert quoted('x" OR "y\\') == '"x\\" OR \\"y\\\\"'
