"""`cachebot serve`: the whole bot behind the web server, until it is told to stop."""

from dataclasses import dataclass

from flask import Flask

from bot.alert_web import AlertDoor
from bot.app import Runtime, build
from bot.logs import set_up_logging
from bot.server import Address, serve
from bot.settings import Settings, Transport
from bot.web import Front, create_web
from core.alerts.intake import Intake
from core.google.push_tokens import PushTokens
from core.runner import Boundary


@dataclass(frozen=True, slots=True)
class Hosted:
    """The running bot with the web application in front of it."""

    runtime: Runtime
    web: Flask

    def stop(self) -> None:
        """Stop the bot, leaving what is under way to the next start."""
        self.runtime.stop()


def serve_bot(settings: Settings, at_boundary: Boundary = lambda _: None) -> int:
    """Serve, and return the exit code."""
    set_up_logging(settings.log_format, settings.log_level, settings.secrets())

    def build_and_start() -> Hosted:
        runtime = build(settings, at_boundary)
        over_http = settings.slack_transport is Transport.HTTP
        front = Front(
            bolt=runtime.bolt if over_http else None,
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            problems=runtime.problems,
            alerts=alert_door(settings, runtime.alerting.intake),
        )
        web = create_web(front)
        runtime.start()
        return Hosted(runtime, web)

    return serve(Address(settings.host, settings.port, settings.threads), build_and_start)


def alert_door(settings: Settings, intake: Intake) -> AlertDoor:
    """Return who may bring alerts, and who takes them."""
    pusher = settings.pusher()
    tokens = None if pusher is None else PushTokens(pusher)
    return AlertDoor(intake, settings.alert_users(), tokens)
