"""Lifecycle rules as a bucket's resource shows them, read and written.

Form as docs.cloud.google.com/storage/docs/json_api/v1/buckets gives it.
"""

from collections.abc import Sequence
from datetime import date

from sandbox.cloud.json_body import Json, flag, invalid, names, number, part, parts
from sandbox.cloud.lifecycle import LifecycleRule
from sandbox.cloud.storage_errors import ApiError, not_built

_CONDITIONS = {
    "age",
    "createdBefore",
    "daysSinceNoncurrentTime",
    "isLive",
    "matchesPrefix",
    "matchesSuffix",
    "noncurrentTimeBefore",
    "numNewerVersions",
}


def lifecycle_resource(rules: Sequence[LifecycleRule]) -> dict[str, object]:
    """Return the `lifecycle` part of a bucket resource."""
    return {"rule": [{"action": {"type": "Delete"}, "condition": _condition(r)} for r in rules]}


def parse_lifecycle(lifecycle: Json) -> tuple[LifecycleRule, ...]:
    """Read the `lifecycle` part of a bucket resource; raise a 400 where it is malformed."""
    return tuple(_parse_rule(rule) for rule in parts(lifecycle, "rule"))


def _condition(rule: LifecycleRule) -> dict[str, object]:
    values: dict[str, object] = {
        "age": rule.age_days,
        "createdBefore": _day(rule.created_before),
        "daysSinceNoncurrentTime": rule.noncurrent_days,
        "isLive": rule.is_live,
        "matchesPrefix": list(rule.matches_prefix) or None,
        "matchesSuffix": list(rule.matches_suffix) or None,
        "noncurrentTimeBefore": _day(rule.noncurrent_before),
        "numNewerVersions": rule.num_newer_versions,
    }
    return {name: value for name, value in values.items() if value is not None}


def _parse_rule(rule: Json) -> LifecycleRule:
    action = part(rule, "action").get("type")
    if action != "Delete":
        raise not_built(f"the lifecycle action {action}")
    condition = {k: v for k, v in part(rule, "condition").items() if v is not None}
    for unknown in sorted(condition.keys() - _CONDITIONS):
        raise not_built(f"the lifecycle condition {unknown}")
    if not condition:
        raise ApiError(400, "A lifecycle rule needs at least one condition.")
    return LifecycleRule(
        age_days=_count(condition, "age"),
        num_newer_versions=_count(condition, "numNewerVersions"),
        matches_prefix=_affixes(condition, "matchesPrefix"),
        is_live=flag(condition, "isLive") if "isLive" in condition else None,
        matches_suffix=_affixes(condition, "matchesSuffix"),
        created_before=_date(condition, "createdBefore"),
        noncurrent_days=_count(condition, "daysSinceNoncurrentTime"),
        noncurrent_before=_date(condition, "noncurrentTimeBefore"),
    )


def _count(condition: Json, name: str) -> int | None:
    return number(condition, name, 0) if name in condition else None


def _affixes(condition: Json, name: str) -> tuple[str, ...]:
    affixes = names(condition, name)
    if name in condition and not affixes:
        raise invalid(name)
    return affixes


def _date(condition: Json, name: str) -> date | None:
    if name not in condition:
        return None
    try:
        return date.fromisoformat(str(condition[name]))
    except ValueError as error:
        raise invalid(name) from error


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
