"""The settings of alerts: where they come in, who sends them, where they are told."""

from typing import Annotated

from pydantic import Field, SecretStr

from bot import setting_kinds as kinds
from bot.alert_kinds import Account, Audience, CertificatesAddress, Credentials, credentials_in
from bot.setting_list import CacheSettings
from core.alerts.subjects import HIT_RATE, SYNC_FAILURES, USAGE, Subjects
from core.alerts.threads import Rules
from core.google.push_tokens import GOOGLE_CERTIFICATES, Pusher
from handlers.watched import Watched

_RULES = Rules("")
_WATCHED = Watched()


def _shown(pattern: str) -> str:
    """Write a pattern for a cell of a table in Markdown."""
    return "`" + pattern.replace("|", "\\|") + "`"


class AlertSettings(CacheSettings):
    """How Monitoring's notifications are taken, and the channel that hears of them."""

    alert_channel: kinds.ChannelId = Field(
        "",
        description="The id of the channel in which each incident gets its thread, `C...`. "
        "Empty: incidents are kept and told nowhere.",
    )
    flap_window: kinds.Age = Field(
        _RULES.flap,
        description="An alert that comes back within this time goes on in its thread.",
    )
    storm_incidents: Annotated[int, kinds.whole(1, 100)] = Field(
        _RULES.storm,
        description="So many incidents within a minute get a thread each; more are told together "
        "in one message with a list.",
    )
    watched_channels: kinds.ChannelIds = Field(
        frozenset(),
        description="The ids of channels in which other apps post alerts, `C...`, separated by "
        "commas: each alert is diagnosed in its thread. The bot has to be a member.",
    )
    watched_pattern: kinds.Pattern = Field(
        _WATCHED.pattern,
        description="A regular expression; of the alerts in these channels those that it finds "
        "are ours.",
    )
    alert_credentials: Credentials = Field(
        SecretStr(""),
        description="Who may post to `/alerts/google`: `user:password`, several of them "
        "separated by commas while a password is changed. Empty: no webhook is taken.",
    )
    pubsub_audience: Audience = Field(
        "",
        description="The audience of the push subscription's tokens, as configured there. "
        "Needs `CACHEBOT_PUBSUB_ACCOUNT` beside it. Empty: nothing is taken from Pub/Sub.",
    )
    pubsub_account: Account = Field(
        "",
        description="The e-mail address of the service account that signs these tokens.",
    )
    pubsub_certificates: CertificatesAddress = Field(
        GOOGLE_CERTIFICATES,
        description="Where the certificates are that these tokens are verified by.",
    )
    alert_hit_rate: kinds.Pattern = Field(
        HIT_RATE,
        description="A regular expression; an alert whose policy or condition it finds is "
        "about the hit rate.",
        json_schema_extra={"shown": _shown(HIT_RATE)},
    )
    alert_sync_failures: kinds.Pattern = Field(
        SYNC_FAILURES,
        description="The same for failed syncs; looked for first.",
        json_schema_extra={"shown": _shown(SYNC_FAILURES)},
    )
    alert_usage: kinds.Pattern = Field(
        USAGE,
        description="The same for the bytes in the bucket; looked for last.",
        json_schema_extra={"shown": _shown(USAGE)},
    )

    def rules(self) -> Rules:
        """Return where incidents are told, and what is a flap and a storm."""
        return Rules(self.alert_channel, self.flap_window, self.storm_incidents)

    def watched(self) -> Watched:
        """Return whose alerts are diagnosed where they are posted."""
        return Watched(self.watched_channels, self.watched_pattern)

    def subjects(self) -> Subjects:
        """Return how an alert is told to be about one thing or another."""
        return Subjects(
            hit_rate=self.alert_hit_rate,
            sync_failures=self.alert_sync_failures,
            usage=self.alert_usage,
            ours=self.policy_pattern,
        )

    def alert_users(self) -> tuple[tuple[str, str], ...]:
        """Return users and passwords of the webhook, in the clear; none where it is off."""
        return credentials_in(self.alert_credentials.get_secret_value())

    def pusher(self) -> Pusher | None:
        """Return whose tokens Pub/Sub brings; None where it is off."""
        if not self.pubsub_audience:
            return None
        return Pusher(self.pubsub_audience, self.pubsub_account, self.pubsub_certificates)

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets in the clear, for what has to hide them."""
        tokens = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        passwords = [password for _, password in self.alert_users()]
        return tuple(filter(None, (*(token.get_secret_value() for token in tokens), *passwords)))
