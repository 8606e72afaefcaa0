"""The settings of schedules: what the bot does by the clock, and where it tells of it."""

from pydantic import Field

from bot import setting_kinds as kinds
from bot.alert_settings import AlertSettings


class Settings(AlertSettings):
    """All settings as they were read. Secrets are masked, or left out of the repr."""

    report_channel: kinds.ChannelId = Field(
        "",
        description="The id of the channel that gets the weekly report and the reminders, "
        "`C...`. Empty: none is posted.",
    )
