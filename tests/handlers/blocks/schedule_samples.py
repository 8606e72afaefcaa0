"""Schedules as they stand on an ordinary and on a bad day, for snapshots."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.answers import Answer
from core.inspection.schedule import Delivery, ScheduleReport, ScheduleRow
from core.schedules.schedule import Schedule, ScheduleName, Slot
from core.schedules.slots import KnownSlot, SlotState
from tests.core.calendars import Every
from tests.handlers.blocks.operation_samples import NOW

BERLIN = ZoneInfo("Europe/Berlin")
_DAY = timedelta(days=1)
_NINE = NOW.replace(hour=8, minute=0)
_NEXT = {
    ScheduleName.WEEKLY_REPORT: _NINE + 7 * _DAY,
    ScheduleName.STALENESS_CHECK: _NINE + _DAY - timedelta(hours=2, minutes=30),
    ScheduleName.REMINDERS: _NINE + _DAY + timedelta(hours=1),
    ScheduleName.RETENTION: _NINE + _DAY - timedelta(hours=5),
}


def _known(
    name: ScheduleName,
    state: SlotState,
    outcome: str = "",
    *,
    late: timedelta = timedelta(seconds=3),
    due: datetime = _NINE,
) -> KnownSlot:
    begun = None if state is SlotState.MISSED else due + late
    return KnownSlot(Slot(name, due), state, 1, begun, begun, outcome=outcome)


def _row(
    name: ScheduleName,
    last: KnownSlot | None = None,
    delivery: Delivery = Delivery.NONE,
    missed: tuple[KnownSlot, ...] = (),
    off: str = "",
) -> ScheduleRow:
    schedule = Schedule(name, "0 9 * * mon", BERLIN, Every(_DAY), off)
    return ScheduleRow(schedule, last, delivery, missed, None if off else _NEXT[name])


def _ordinary() -> ScheduleReport:
    weekly, stale = ScheduleName.WEEKLY_REPORT, ScheduleName.STALENESS_CHECK
    late = _known(weekly, SlotState.DONE, "the verdict is ok", late=timedelta(minutes=1))
    return ScheduleReport(
        NOW,
        (
            _row(weekly, late, Delivery.POSTED),
            _row(stale, _known(stale, SlotState.DONE, "nothing has gone stale")),
            _row(ScheduleName.REMINDERS),
            _row(ScheduleName.RETENTION, off="CACHEBOT_RETENTION is empty."),
        ),
    )


def _bad() -> ScheduleReport:
    weekly, stale = ScheduleName.WEEKLY_REPORT, ScheduleName.STALENESS_CHECK
    remind, tidy = ScheduleName.REMINDERS, ScheduleName.RETENTION
    missed = tuple(
        _known(stale, SlotState.MISSED, due=_NINE - number * _DAY) for number in range(1, 19)
    )
    late = _known(stale, SlotState.DONE, "2 found", late=timedelta(hours=3))
    return ScheduleReport(
        NOW,
        (
            _row(weekly, _known(weekly, SlotState.FAILED, "Slack is away <!channel>.")),
            _row(stale, late, Delivery.WAITING, missed),
            _row(
                remind, _known(remind, SlotState.DONE, "something is still off"), Delivery.REFUSED
            ),
            _row(tidy, _known(tidy, SlotState.WAITING, "My database does not answer")),
        ),
    )


def _not_posted() -> ScheduleReport:
    stale, remind = ScheduleName.STALENESS_CHECK, ScheduleName.REMINDERS
    failing = _known(stale, SlotState.DONE, "3 found")
    missed = (_known(remind, SlotState.MISSED),)
    weekly = ScheduleName.WEEKLY_REPORT
    before = _known(weekly, SlotState.DONE, "the verdict is ok", due=_NINE - 7 * _DAY)
    changed = replace(_row(weekly, before, Delivery.POSTED), left_out=_NINE)
    return ScheduleReport(
        NOW, (_row(stale, failing, Delivery.WAITING), _row(remind, missed=missed), changed)
    )


SCHEDULES: dict[str, Answer] = {
    "schedule": _ordinary(),
    "schedule_bad": _bad(),
    "schedule_running": ScheduleReport(
        NOW,
        (_row(ScheduleName.WEEKLY_REPORT, _known(ScheduleName.WEEKLY_REPORT, SlotState.RUNNING)),),
    ),
    "schedule_not_posted": _not_posted(),
    "schedule_off": ScheduleReport(
        NOW, (_row(ScheduleName.REMINDERS, off="CACHEBOT_REPORT_CHANNEL is not set."),)
    ),
}
