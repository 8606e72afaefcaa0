"""Weekly reports as they come up: a week with something to tell, and the very first one."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from core.answers import OpsReport, Started
from core.executions import ExecutionState
from core.inspection.hits import HitsReport
from core.inspection.size import SizeReport
from core.inspection.weekly import WEEK, WeekBefore, WeeklyReport
from core.parallel import Known, Unknown
from core.procedures.health import HealthReport
from core.series.samples import BytesHeld, HitCounts, SyncRun
from core.series.trends import SyncTrend
from tests.handlers.blocks.operation_samples import NOW
from tests.handlers.blocks.samples import HISTORY, LATE, SAMPLES
from tests.handlers.charts.trends import BYTE_TRENDS, HIT_TRENDS, SYNC_TRENDS

_SECOND = timedelta(seconds=1)


def _runs(*states: ExecutionState, weeks_ago: int) -> tuple[SyncRun, ...]:
    first = NOW - weeks_ago * WEEK - timedelta(hours=7)
    return tuple(
        SyncRun(f"{weeks_ago}-{day}", first - timedelta(days=day), timedelta(minutes=7), state)
        for day, state in enumerate(states)
    )


_GOOD, _FAILED = ExecutionState.SUCCEEDED, ExecutionState.FAILED
_THIS_WEEK = _runs(_GOOD, _FAILED, _FAILED, _GOOD, _GOOD, weeks_ago=0)
_LAST_WEEK = _runs(*[_GOOD] * 7, weeks_ago=1)
_EVENTFUL = WeeklyReport(
    at=NOW,
    health=cast("HealthReport", SAMPLES["health_mixed"]),
    hits=Known(
        replace(
            HitsReport(NOW - WEEK, NOW, 140, 121, (("model_not_found", 12), ("unknown", 7)), True),
            trend=HIT_TRENDS["fell"],
        ),
        _SECOND,
    ),
    size=Known(replace(cast("SizeReport", SAMPLES["size"]), trend=BYTE_TRENDS["fills"]), _SECOND),
    history=Known(
        replace(HISTORY, trend=SyncTrend((*_LAST_WEEK[::-1], *_THIS_WEEK[::-1]))), _SECOND
    ),
    syncs=_THIS_WEEK,
    versions=("20261121-020540", "20261123-020612"),
    operations=(
        *cast("OpsReport", SAMPLES["ops"]).operations,
        cast("Started", SAMPLES["started_then_failed"]).operation,
    ),
    before=WeekBefore(
        HitCounts(192, {"model_not_found": 8}),
        6,
        BytesHeld(3_500_000_000, 4_000_000_000, 0),
        "20261115-020601",
        _LAST_WEEK,
    ),
)
WEEKS = {
    "weekly": _EVENTFUL,
    "weekly_busy": replace(
        _EVENTFUL,
        health=cast("HealthReport", SAMPLES["health_ok"]),
        hits=Known(
            replace(
                HitsReport(NOW - WEEK, NOW, 2000, 1921, (("model_not_found", 79),), False),
                trend=HIT_TRENDS["unknown_days"],
            ),
            _SECOND,
        ),
        history=Known(replace(HISTORY, seen=50, trend=SYNC_TRENDS["good"]), _SECOND),
        syncs=None,
    ),
    "weekly_first": replace(
        _EVENTFUL,
        health=cast("HealthReport", SAMPLES["health_ok"]),
        hits=Unknown(LATE.error, _SECOND),
        history=Unknown(LATE.error, _SECOND),
        syncs=None,
        versions=("20261123-020612",),
        operations=(),
        before=WeekBefore(),
    ),
}
