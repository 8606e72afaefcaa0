"""The settings of alerts: where they come in, who sends them, where they are told."""

from pydantic import Field

from bot import setting_kinds as kinds
from bot.setting_list import CacheSettings


class AlertSettings(CacheSettings):
    """How Monitoring's notifications are taken, and the channel that hears of them."""

    alert_channel: kinds.ChannelId = Field(
        "",
        description="The id of the channel in which each incident gets its thread, `C...`. "
        "Empty: incidents are kept and told nowhere.",
    )

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets in the clear, for what has to hide them."""
        tokens = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        return tuple(filter(None, (token.get_secret_value() for token in tokens)))
