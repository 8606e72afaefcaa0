"""Trends to draw: a fall of the hit rate, a bucket that fills, syncs of every kind, and edges."""

from datetime import timedelta

from core.executions import ExecutionState
from core.samples import DAY, BytesHeld, HitCounts, SyncRun, day_of
from core.trends import ByteDay, ByteTrend, HitDay, HitTrend, SyncTrend, reached_on
from handlers.charts.findings import Chart
from tests.core.small_desk import NOW

TODAY = day_of(NOW)
GB = 10**9
_S, _F, _C = ExecutionState.SUCCEEDED, ExecutionState.FAILED, ExecutionState.CANCELLED


def hits(*days: tuple[int, dict[str, int]] | None) -> HitTrend:
    """Return consecutive days up to today, each hits and misses by reason."""
    first = TODAY - (len(days) - 1) * DAY
    return HitTrend(
        tuple(
            HitDay(first + number * DAY, None if one is None else HitCounts(*one))
            for number, one in enumerate(days)
        ),
        0.9,
    )


def sizes(*days: tuple[float, float, float | None] | None) -> ByteTrend:
    """Return consecutive days up to today: live, noncurrent and soft-deleted gigabytes."""
    first = TODAY - (len(days) - 1) * DAY
    series = tuple(
        ByteDay(first + number * DAY, None if one is None else _held(*one))
        for number, one in enumerate(days)
    )
    return ByteTrend(series, 10 * GB, 0.8, reached_on(series, 10 * GB))


def syncs(*runs: tuple[float, ExecutionState]) -> SyncTrend:
    """Return nightly executions up to today, each its minutes and how it ended."""
    first = NOW - timedelta(hours=7) - (len(runs) - 1) * DAY
    return SyncTrend(
        tuple(
            SyncRun(f"s{number}", first + number * DAY, timedelta(minutes=minutes), state)
            for number, (minutes, state) in enumerate(runs)
        )
    )


def _held(live: float, noncurrent: float, dropped: float | None) -> BytesHeld:
    return BytesHeld(
        int(live * GB), int(noncurrent * GB), None if dropped is None else int(dropped * GB)
    )


HIT_TRENDS = {
    "fell": hits(
        *[(48, {"manifest_missing": 1}), (51, {}), (44, {"model_not_found": 1})] * 4,
        (30, {"model_not_found": 12}),
        (18, {"model_not_found": 1}),
    ),
    "below": hits(None, None, None, (0, {}), (12, {"model_not_found": 2, "manifest_missing": 1})),
    "gaps": hits(
        (20, {}),
        None,
        (19, {"a": 1, "b": 2}),
        (0, {}),
        None,
        None,
        None,
        None,
        (20, {"c": 2, "d": 1, "e": 1}),
        (25, {}),
        (26, {}),
        (24, {"model_not_found": 1}),
        (22, {}),
        (9, {}),
    ),
    "first_minutes": hits((40, {}), (41, {}), (0, {"model_not_found": 1})),
    "unknown_days": hits(None, (30, {}), (29, {"x": 1}), (0, {}), None, (31, {}), None),
    "one_known": hits((24, {"x": 1}), None),
    "weekend": hits((20, {}), (0, {}), (0, {}), (10, {"x": 10})),
    "one_day": hits((7, {})),
    "none": hits(None, (0, {}), None),
}
BYTE_TRENDS = {
    "fills": sizes(*[(3.6, 1.2 + 0.21 * day, 0.4) for day in range(20)]),
    "gaps": sizes(
        (3.6, 2.2, 0.3),
        None,
        None,
        None,
        None,
        (3.6, 2.2, 0),
        (3.6, 2.9, None),
        None,
        (3.6, 2.0, 1.1),
    ),
    "over": sizes(*[(3.6, 5.0 + 0.4 * day, 2.0) for day in range(8)]),
    "one_day": sizes((3.6, 0, None)),
    "none": sizes(None),
}
SYNC_TRENDS = {
    "mixed": syncs(
        (7.2, _S),
        (6.9, _S),
        (7.4, _S),
        (2.1, _F),
        (45, _F),
        (7.9, _S),
        (1.3, _C),
        (8.2, _S),
    ),
    "good": syncs(*[(7 + day % 3, _S) for day in range(26)]),
    "failing": syncs(*[(0.4, _F)] * 5),
    "one": syncs((0.1, _S)),
    "none": syncs(),
}
TRENDS: dict[str, Chart] = {
    **{f"hits_{name}": trend for name, trend in HIT_TRENDS.items()},
    **{f"bytes_{name}": trend for name, trend in BYTE_TRENDS.items()},
    **{f"syncs_{name}": trend for name, trend in SYNC_TRENDS.items()},
}
