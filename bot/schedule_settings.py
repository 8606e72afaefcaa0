"""The settings of schedules: what the bot does by the clock, and where it tells of it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from bot import setting_kinds as kinds
from bot.alert_settings import AlertSettings
from bot.cron import Cron, calendar_of
from core.schedules.schedule import Schedule, ScheduleName


class Settings(AlertSettings):
    """All settings as they were read. Secrets are masked, or left out of the repr."""

    report_channel: kinds.ChannelId = Field(
        "",
        description="The id of the channel that gets the weekly report and the reminders, "
        "`C...`. Empty: none is posted.",
    )
    picture_seconds: kinds.Seconds = Field(
        timedelta(seconds=10),
        description="How long Slack may take to look at an uploaded picture before its message "
        "says that it could not be shown.",
    )
    time_zone: kinds.TimeZone = Field(
        ZoneInfo("UTC"),
        description="The time zone of the schedules below, such as `Europe/Berlin`. A time that "
        "the clock shows twice counts once; one that it skips is made up for right after.",
    )
    weekly_report: kinds.CronLine = Field(
        Cron("0 9 * * mon"),
        description="When the weekly report is posted, as five fields of cron; weekdays as "
        "names, or from 0, Sunday. Empty: never; so for all schedules.",
    )
    staleness_check: kinds.CronLine = Field(
        Cron("30 6 * * *"),
        description="When it is looked whether something has gone stale, such as the last good "
        "sync; posts only where something has.",
    )
    reminders: kinds.CronLine = Field(
        Cron("0 10 * * *"),
        description="When it is reminded of what the bot has switched off and nobody back on: the "
        "nightly trigger at once, the shared volume once that was a day ago.",
    )
    retention: kinds.CronLine = Field(
        Cron("0 4 * * *"), description="When old records are deleted from the database."
    )
    keep_records: kinds.Keeping = Field(
        timedelta(days=400),
        description="How long operations, requests, incidents and slots are kept after their "
        "end, at least 30d.",
    )
    keep_answers: kinds.Keeping = Field(
        timedelta(days=90),
        description="How long the bot remembers answers and reports that it has posted, at least "
        "30d; they stay in Slack.",
    )

    def schedules(self) -> tuple[Schedule, ...]:
        """Return every schedule, those that are off as well."""
        told = (
            self._schedule(ScheduleName.WEEKLY_REPORT, self.weekly_report, self._untold()),
            self._schedule(ScheduleName.STALENESS_CHECK, self.staleness_check, self._untold()),
            self._schedule(ScheduleName.REMINDERS, self.reminders, self._untold()),
        )
        return (*told, self._schedule(ScheduleName.RETENTION, self.retention, ""))

    def _schedule(self, name: ScheduleName, cron: Cron, off: str) -> Schedule:
        variable = f"CACHEBOT_{name.name}"
        return Schedule(
            name=name,
            cron=cron.text,
            zone=self.time_zone,
            calendar=calendar_of(cron, self.time_zone),
            off=off if cron else f"{variable} is empty.",
        )

    def _untold(self) -> str:
        return "" if self.report_channel else "CACHEBOT_REPORT_CHANNEL is not set."
