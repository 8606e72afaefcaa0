"""Duties: what each schedule does, and where it tells of it."""

from functools import partial

from bot.settings import Settings
from core.call import Place
from core.desk import Desk
from core.schedules.retention import Forgetting, Keep, tidy
from core.schedules.schedule import ScheduleName
from core.schedules.switched_off import last_switches
from core.store.retention import RetentionStore
from handlers.outbox import Outbox
from handlers.schedules import Duties, Made, daily_reminders, staleness_check, weekly_report


def duties_of(settings: Settings, desk: Desk, outbox: Outbox, engine: Forgetting) -> Duties:
    """Say what each schedule does, and where it tells of it."""
    retention = RetentionStore(desk.records.slots.database)
    keep = Keep(
        settings.keep_records,
        settings.keep_answers,
        partial(last_switches, desk.records.operations, desk.deployment),
    )
    place = Place(settings.report_channel) if settings.report_channel else None
    return Duties(
        desk,
        outbox,
        place,
        {
            ScheduleName.WEEKLY_REPORT: partial(weekly_report, desk),
            ScheduleName.STALENESS_CHECK: partial(staleness_check, desk),
            ScheduleName.REMINDERS: partial(daily_reminders, desk),
            ScheduleName.RETENTION: lambda now: Made(tidy(retention, engine, keep, now)),
        },
    )
