"""What the doctor asks of Slack and of the bot's own settings."""

from collections.abc import Callable, Mapping
from functools import partial

from slack_sdk import WebClient

from bot.settings import Settings, Transport
from core.inspection.findings import Judgement, Verdict
from handlers.chat import slack_client
from handlers.standing import Standing, judge_socket


def self_checks(settings: Settings, client: WebClient) -> Mapping[str, Callable[[], Judgement]]:
    """Return them by title, for the running bot."""
    channels = {
        settings.alert_channel: "CACHEBOT_ALERT_CHANNEL",
        settings.report_channel: "CACHEBOT_REPORT_CHANNEL",
    }
    channels.pop("", None)
    standing = Standing(client, channels, settings.watched_channels)
    return {**standing.checks(), "Alert webhook": partial(judge_webhook, settings)}


def shell_checks(settings: Settings) -> Mapping[str, Callable[[], Judgement]]:
    """Return them for the command line, whose environment may lack what Slack needs."""
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        absent = Judgement(
            Verdict.NOT_CONFIGURED,
            "There is no bot token here, so Slack was not looked at.",
            "Set CACHEBOT_SLACK_BOT_TOKEN to have it looked at too.",
        )
        return {"Slack": lambda: absent, "Alert webhook": partial(judge_webhook, settings)}
    client = slack_client(token, settings.slack_api_url)
    checks = dict(self_checks(settings, client))
    app_token = settings.slack_app_token.get_secret_value()
    if app_token and settings.slack_transport is Transport.SOCKET:
        checks["Slack app token"] = partial(judge_socket, client, app_token)
    return checks


def judge_webhook(settings: Settings) -> Judgement:
    """Say by which ways Monitoring's notifications are taken, and whether they are told."""
    ways = [
        way
        for way, given in (
            ("basic authentication", settings.alert_credentials.get_secret_value()),
            ("Pub/Sub", settings.pubsub_audience),
        )
        if given
    ]
    if not ways:
        return Judgement(
            Verdict.NOT_CONFIGURED,
            "No notification is taken: neither credentials nor Pub/Sub are set.",
            "docs/alerts.md says how Monitoring reaches the bot.",
        )
    taken = f"Notifications are taken by {' and '.join(ways)}"
    if not settings.alert_channel:
        return Judgement(
            Verdict.WARNING, f"{taken}, but told nowhere.", "Set CACHEBOT_ALERT_CHANNEL."
        )
    return Judgement(Verdict.OK, f"{taken}.")
