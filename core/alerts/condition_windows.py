"""Over which time the condition of a policy sums or averages, as far as it tells.

Sources: cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies ("Condition"),
prometheus.io/docs/prometheus/latest/querying/basics ("Time durations")
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

_SECONDS = re.compile(r"(?P<seconds>\d{1,8})(\.\d{1,9})?s", re.ASCII)
_RANGE = re.compile(r"\[(?P<number>\d{1,6})(?P<unit>[smhdw])[\]:]", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def window_of(condition: object) -> timedelta | None:
    """Return the window of a condition's JSON; None where it has none, or several."""
    found = set(_windows(condition)) if isinstance(condition, Mapping) else set()
    return found.pop() if len(found) == 1 else None


def _windows(condition: Mapping[object, object]) -> Iterator[timedelta]:
    for kind in condition.values():
        if not isinstance(kind, Mapping):
            continue
        aggregations, query = kind.get("aggregations"), kind.get("query")
        if isinstance(aggregations, Sequence) and not isinstance(aggregations, str):
            yield from (one for part in aggregations if (one := _aligned(part)))
        if isinstance(query, str):
            yield from _ranges(query)


def _aligned(aggregation: object) -> timedelta | None:
    period = aggregation.get("alignmentPeriod") if isinstance(aggregation, Mapping) else None
    found = _SECONDS.fullmatch(period) if isinstance(period, str) else None
    return timedelta(seconds=int(found["seconds"])) if found else None


def _ranges(query: str) -> Iterator[timedelta]:
    for found in _RANGE.finditer(query):
        yield timedelta(**{_UNITS[found["unit"]]: int(found["number"])})
