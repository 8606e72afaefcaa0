"""Startups as the service's log lines tell of them.

A startup writes several lines that say `cache_hit`: two for a hit, three for a miss. So they
are not counted; the one line "Startup complete" is, and a miss's reason is joined to it from
the same instance's earlier line.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.deployment import Deployment
from core.google.entries import Entry
from core.google.times import rfc3339
from core.signals import Startup

MISS_LEAD = timedelta(hours=1)
"""How long before its startup is complete a miss may be logged: it downloads gigabytes between."""

_COMPLETE = "Startup complete"
_SAME_LINE = timedelta(seconds=10)
_UNKNOWN = "unknown"


def service_filter(deployment: Deployment) -> str:
    """Return what narrows a log filter to the service's own entries."""
    return (
        'resource.type="cloud_run_revision"'
        f" AND resource.labels.service_name={quoted(deployment.service)}"
        f" AND resource.labels.location={quoted(deployment.region)}"
    )


def startups_filter(deployment: Deployment, since: datetime, until: datetime) -> str:
    """Return the one filter for the startups in [since, until) and the misses that led to them.

    Alternatives stand in parentheses, since OR binds tighter than AND here
    (cloud.google.com/logging/docs/view/logging-query-language).
    """
    return (
        f"{service_filter(deployment)}"
        f' AND timestamp>="{rfc3339(since - MISS_LEAD)}" AND timestamp<"{rfc3339(until)}"'
        f' AND ((jsonPayload.message="{_COMPLETE}" AND jsonPayload.shared_volume_enabled=true)'
        " OR jsonPayload.cache_miss_reason:*)"
    )


def startups_in(entries: Iterable[Entry], since: datetime) -> tuple[Startup, ...]:
    """Return one startup for each "Startup complete" at or after `since`, newest first."""
    by_age = sorted(entries, key=lambda entry: entry.at)
    misses = [entry for entry in by_age if entry.payload.get("cache_miss_reason")]
    rows = [entry for entry in by_age if entry.payload.get("message") == _COMPLETE]
    startups = [_startup(row, misses) for row in _once(rows) if row.at >= since]
    return tuple(reversed(startups))


def quoted(text: str) -> str:
    """Return `text` as a string of the filter language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _startup(row: Entry, misses: Iterable[Entry]) -> Startup:
    hit = row.payload.get("cache_hit") is True
    return Startup(
        at=row.at,
        instance_id=_instance(row),
        revision=row.resource_labels.get("revision_name", ""),
        hit=hit,
        miss_reason="" if hit else _reason(row, misses),
        manifest_version=str(row.payload.get("manifest_version") or ""),
    )


def _reason(row: Entry, misses: Iterable[Entry]) -> str:
    """Return the reason of the instance's nearest miss line up to `row`."""
    instance = _instance(row)
    earlier = [miss for miss in misses if miss.at <= row.at and _instance(miss) == instance]
    if not instance:
        earlier = [row] if row.payload.get("cache_miss_reason") else []
    return str(earlier[-1].payload["cache_miss_reason"]) if earlier else _UNKNOWN


def _once(rows: Iterable[Entry]) -> list[Entry]:
    """Drop a row where its instance wrote the same line a moment before.

    A program that prints its log lines through two handlers writes each of them twice; a
    container that truly starts again needs longer than that.
    """
    kept: list[Entry] = []
    last: dict[str, Entry] = {}
    for row in rows:
        before = last.get(_instance(row)) if _instance(row) else None
        if before is None or row.at - before.at > _SAME_LINE or row.payload != before.payload:
            kept.append(row)
            last[_instance(row)] = row
    return kept


def _instance(entry: Entry) -> str:
    return entry.labels.get("instanceId", "")
