"""Trends to draw: a fall of the hit rate, a bucket that fills, syncs of every kind, and edges."""

from datetime import timedelta

from core.executions import ExecutionState
from core.series.samples import DAY, BytesHeld, HitCounts, SyncRun, day_of
from core.series.trends import ByteDay, ByteTrend, HitDay, HitTrend, SyncTrend, reached_on
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


def several(runs: tuple[int, ...], minutes: float) -> SyncTrend:
    """Return good executions up to today, so many on each day."""
    begun = [
        NOW - (len(runs) - 1 - age) * DAY - timedelta(minutes=20 * number)
        for age, many in enumerate(runs)
        for number in range(many, 0, -1)
    ]
    took = timedelta(minutes=minutes)
    return SyncTrend(tuple(SyncRun(f"s{number}", at, took, _S) for number, at in enumerate(begun)))


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
    "week": hits(*[(40 + day % 2, {"x": day % 2}) for day in range(7)]),
    "fell_last": hits(*[(40, {})] * 12, (20, {"x": 20}), (40, {})),
    "dip_last": hits(*[(40, {})] * 12, (35, {"x": 5}), (36, {"x": 4})),
    "fell_first": hits((20, {"x": 20}), *[(40, {})] * 13),
    "twice_as_low": hits(
        (20, {}), (17, {"x": 3}), (19, {}), (20, {}), (17, {"x": 3}), (0, {}), (20, {}), (20, {})
    ),
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
    "dropped": sizes(*[(3.6, 1.0 + 0.02 * day, 2.0 * day) for day in range(16)]),
    "dropped_before": sizes(*[(3.6, 1.0, 30.0 - 2 * day) for day in range(16)]),
    "dropped_fills": sizes(*[(3.6, 3.0 + 0.2 * day, 16.0) for day in range(12)]),
    "far": sizes(*[(3.6, 3.0 + 0.1 * day, 0.4) for day in range(14)]),
    "flood": sizes(*[(3.6, 36.0 + day, 90.0) for day in range(9)]),
    "young": sizes((3.6, 4.4, 0), (3.6, 4.9, None), (3.6, 5.3, 0.2)),
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
    "often": several((9, 8, 1, 1, 1), 7.5),
    "bursts": several((1, 1, 12, 1, 5), 3),
    "one": syncs((0.1, _S)),
    "none": syncs(),
}
TRENDS: dict[str, Chart] = {
    **{f"hits_{name}": trend for name, trend in HIT_TRENDS.items()},
    **{f"bytes_{name}": trend for name, trend in BYTE_TRENDS.items()},
    **{f"syncs_{name}": trend for name, trend in SYNC_TRENDS.items()},
}
