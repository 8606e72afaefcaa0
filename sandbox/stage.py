"""The stage: a pretend cloud, a pretend Slack and the bot's settings for both.

The bot does not know that it is here: only its endpoints and credentials differ.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from sandbox.bot_process import BotProcess
from sandbox.clock import Clock
from sandbox.cloud.channels import Subscription, Webhook
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import DEFAULT_LAYOUT, Layout, create_project
from sandbox.slack.directory import Manifest
from sandbox.slack.page import PanelButton
from sandbox.slack.slack import PretendSlack

_ALERT_USER, _ALERT_PASSWORD = "monitoring", "pretend-webhook-password"
_AUDIENCE = "https://cachebot.example/alerts/pubsub"

BOT_COMMAND = (str(Path(sys.executable).with_name("cachebot")), "serve")


_SHORTCUTS = {"diagnose_message": "Diagnose with cachebot"}
_EVENTS = frozenset(("message.channels", "message.groups"))
"""What the bot's own manifests in deploy/ declare besides what every app here does."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a stage is set up. `speed` shortens the simulated work, such as a sync's.

    Alerts come by a webhook, or with `push` by Pub/Sub.

    Its clock begins `ago`: advance it by as much before a bot comes, which uses the real time.
    """

    speed: float = 20.0
    ago: timedelta = timedelta()
    http: bool = False
    push: bool = False
    port: int = 0
    layout: Layout = DEFAULT_LAYOUT
    panel: Sequence[PanelButton] = ()
    on_panel: Callable[[str], str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


class Stage:
    """Pretend cloud and pretend Slack from `start` until `stop`, and a bot made for them."""

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.folder = folder
        self.setup = setup
        self._bots: list[BotProcess] = []
        project = create_project(Clock(setup.speed, setup.ago), setup.layout)
        self.cloud = PretendCloud(project)
        self.project = project
        self.faults = project.faults
        self.slack = PretendSlack(
            project.faults,
            _manifest(setup),
            panel=setup.panel,
            on_panel=setup.on_panel,
            port=setup.port,
        )

    def start(self) -> Self:
        """Start both; nothing of the bot runs yet."""
        self.cloud.start()
        self.slack.start()
        return self

    def stop(self) -> None:
        """Stop both, and every bot that still runs: a test that fails leaves none behind."""
        for bot in self._bots:
            if bot.running:
                bot.kill()
        self.slack.stop()
        self.cloud.stop()

    def bot(self, command: Sequence[str] = BOT_COMMAND, name: str = "bot") -> BotProcess:
        """Make a bot for this stage; the caller starts and stops it."""
        bot = BotProcess(command, self.environment(), self.folder / f"{name}.log")
        self._bots.append(bot)
        return bot

    def start_bot(self, command: Sequence[str] = BOT_COMMAND, name: str = "bot") -> BotProcess:
        """Start a bot and, over HTTP, tell the pretend Slack where it listens."""
        bot = self.bot(command, name)
        bot.start()
        self.connect(bot)
        return bot

    def connect(self, bot: BotProcess) -> None:
        """Have Slack and Monitoring deliver to this bot, as soon as it is there to be reached."""
        self.connect_alerts(bot)
        if self.setup.http:
            self.slack.request_url = f"{bot.url}/slack/events"
        else:
            self.slack.wait_for(lambda: self.slack.sockets.connected, timeout=30)

    def connect_alerts(self, bot: BotProcess) -> None:
        """Have the pretend Monitoring tell this bot of incidents."""
        channels, account = self.project.channels, self._push_account
        if self.setup.push:
            url = f"{bot.url}/alerts/pubsub"
            channels.subscription = Subscription(url, _AUDIENCE, account)
        else:
            url = f"{bot.url}/alerts/google"
            channels.webhook = Webhook(url, _ALERT_USER, _ALERT_PASSWORD)

    @property
    def _push_account(self) -> str:
        return self.project.place.account("alerts-push")

    def environment(self) -> dict[str, str]:
        """Return the bot's settings: endpoints, pretend credentials, who may do what."""
        return {
            "CACHEBOT_PROJECT": self.project.place.project,
            "CACHEBOT_SLACK_API_URL": self.slack.api_url,
            "CACHEBOT_SLACK_BOT_TOKEN": self.slack.bot_token,
            "CACHEBOT_SLACK_APP_TOKEN": self.slack.app_token,
            "CACHEBOT_SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "CACHEBOT_SLACK_TRANSPORT": "http" if self.setup.http else "socket",
            "CACHEBOT_STORAGE_ENDPOINT": self.cloud.storage_url,
            "CACHEBOT_MONITORING_ENDPOINT": self.cloud.monitoring_url,
            "CACHEBOT_GRPC_ENDPOINT": self.cloud.grpc_target,
            "CACHEBOT_DATABASE_URL": f"sqlite:///{self.folder / 'cachebot.sqlite'}",
            "CACHEBOT_VIEWERS": "U0VIC",
            "CACHEBOT_OPERATORS": "S0ONCALL",
            "CACHEBOT_APPROVERS": "S0APPROVERS",
            "CACHEBOT_POLL_SECONDS": "1",
            "CACHEBOT_LOGS_SECONDS": "2",
            "CACHEBOT_GRACE_SECONDS": "3",
            "CACHEBOT_PORT": "0",
            "CACHEBOT_ALERT_CHANNEL": "C0INCIDENTS",
            "CACHEBOT_ALERT_CREDENTIALS": f"{_ALERT_USER}:{_ALERT_PASSWORD}",
            "CACHEBOT_PUBSUB_AUDIENCE": _AUDIENCE,
            "CACHEBOT_PUBSUB_ACCOUNT": self._push_account,
            "CACHEBOT_PUBSUB_CERTIFICATES": self.cloud.certificates_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONUNBUFFERED": "1",
            **self.setup.settings,
        }


def _manifest(setup: Setup) -> Manifest:
    plain = Manifest()
    return replace(
        plain,
        socket_mode=not setup.http,
        shortcuts=_SHORTCUTS,
        events=plain.events | _EVENTS,
    )
