"""The payloads that Slack sends to an app: commands, interactions and events.

docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/reference/events
"""

import secrets
from dataclasses import dataclass

from sandbox.slack.directory import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, Channel, User
from sandbox.slack.wire import Json

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - deprecated by Slack, still sent


@dataclass(frozen=True, slots=True)
class Doing:
    """A person's act: who, where, and what lets the app answer it."""

    user: User
    trigger_id: str
    channel: Channel | None = None
    response_url: str | None = None


def command_payload(doing: Doing, command: str, text: str) -> dict[str, str]:
    """Return the form fields of a slash command."""
    channel = doing.channel
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id if channel else "",
        "channel_name": _channel_name(channel),
        "user_id": doing.user.id,
        "user_name": doing.user.handle,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": doing.response_url or "",
        "trigger_id": doing.trigger_id,
    }


def interaction_payload(doing: Doing, kind: str, **fields: object) -> Json:
    """Return an interaction of `kind`; absent fields are left out."""
    payload: Json = {
        "type": kind,
        "user": {
            "id": doing.user.id,
            "username": doing.user.handle,
            "name": doing.user.handle,
            "team_id": TEAM_ID,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": doing.trigger_id,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if doing.channel is not None:
        payload["channel"] = {"id": doing.channel.id, "name": _channel_name(doing.channel)}
    if doing.response_url is not None:
        payload["response_url"] = doing.response_url
    return payload | fields


def event_payload(event: Json, moment: float) -> Json:
    """Return an event in its envelope; `moment` is a Unix time."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(moment),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _channel_name(channel: Channel | None) -> str:
    if channel is None:
        return ""
    return "directmessage" if channel.im is not None else channel.name
