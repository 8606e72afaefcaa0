"""`/cache history`: the executions of the sync job and what they add up to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cloud import Reader
from core.executions import (
    Execution,
    ExecutionState,
    failures_in_a_row,
    newest_first,
    unfinished,
)
from core.series.trends import SyncTrend, sync_trend
from core.services import NightlyTrigger, TriggerState

_READ = 50


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """The newest executions, newest first.

    The counts are taken over the `seen` newest executions, of which `executions` shows some.
    """

    at: datetime
    executions: tuple[Execution, ...]
    running: tuple[Execution, ...]
    failures_in_a_row: int
    last_good: Execution | None
    seen: int
    trend: SyncTrend | None = None

    @property
    def last_good_age(self) -> timedelta | None:
        """How long ago the last good execution finished, where one was seen."""
        if self.last_good is None:
            return None
        return self.at - (self.last_good.finished_at or self.last_good.created_at)


def report_history(reader: Reader, limit: int, now: datetime) -> HistoryReport:
    """Read executions and show the newest `limit`. Raises NotFound where there is no job."""
    executions = newest_first(reader.executions(max(limit, _READ)))
    good = (one for one in executions if one.state is ExecutionState.SUCCEEDED)
    return HistoryReport(
        at=now,
        executions=tuple(executions[:limit]),
        running=tuple(unfinished(executions)),
        failures_in_a_row=failures_in_a_row(executions),
        last_good=next(good, None),
        seen=len(executions),
        trend=sync_trend(executions),
    )


def overdue(report: HistoryReport, trigger: NightlyTrigger, longest: timedelta) -> bool:
    """Tell whether syncs should come by themselves, and no good one is as young as that."""
    if trigger.state is not TriggerState.ENABLED:
        return False
    age = report.last_good_age
    return age is None or age > longest
