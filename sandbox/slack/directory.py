"""Who and what is in the workspace: team, people, channels, user groups, and the app itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.slack.wire import Json

TEAM_ID = "T0SANDBOX"
TEAM_DOMAIN = "sandbox"
APP_ID = "A0CACHEBOT"
BOT_ID = "B0CACHEBOT"
BOT_USER = "U0CACHEBOT"
BOT_TOKEN = "xoxb-sandbox-bot"  # noqa: S105 - a token of the pretend Slack only
APP_TOKEN = "xapp-sandbox-app"  # noqa: S105 - a token of the pretend Slack only
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - a secret of the pretend Slack only


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the app's bot user."""

    id: str
    handle: str
    name: str
    note: str = ""
    bot_id: str | None = None


@dataclass(slots=True)
class Channel:
    """A conversation: a channel, or a direct message where `im` names the person."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    im: str | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A named group of people, mentioned as `<!subteam^ID>`."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command of the app; `words` are offered by the composer as one types."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False
    words: tuple[str, ...] = ()


_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "reactions:write",
        "usergroups:read",
        "users:read",
    }
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the app declares of itself; `shortcuts` maps a callback id to its name."""

    name: str = "cachebot"
    commands: tuple[SlashCommand, ...] = (
        SlashCommand("/cache", "Operate the shared model cache", "[help|health|sync]"),
    )
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    events: frozenset[str] = frozenset({"app_mention", "app_home_opened"})
    scopes: frozenset[str] = _SCOPES
    socket_mode: bool = True

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a parsed app manifest (docs.slack.dev/reference/app-manifest)."""
        features, settings = data.get("features", {}), data.get("settings", {})
        return cls(
            name=features.get("bot_user", {}).get("display_name", "cachebot"),
            commands=tuple(_command(each) for each in features.get("slash_commands", [])),
            shortcuts={each["callback_id"]: each["name"] for each in features.get("shortcuts", [])},
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            scopes=frozenset(data.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            socket_mode=bool(settings.get("socket_mode_enabled", False)),
        )


def _command(data: Json) -> SlashCommand:
    return SlashCommand(
        command=data["command"],
        description=data.get("description", ""),
        usage_hint=data.get("usage_hint", ""),
        should_escape=bool(data.get("should_escape", False)),
    )


def default_users(bot_name: str) -> dict[str, User]:
    """Return the people of the sandbox, by id."""
    users = (
        User("U0OLGA", "olga", "Olga", "operator on call"),
        User("U0ANNA", "anna", "Anna", "approver"),
        User("U0VIC", "vic", "Vic", "viewer"),
        User("U0EXT", "eve", "Eve", "no role"),
        User(BOT_USER, bot_name, bot_name, "app", BOT_ID),
    )
    return {user.id: user for user in users}


def default_channels() -> dict[str, Channel]:
    """Return the channels of the sandbox, by id; the bot is not in #random."""
    people = {"U0OLGA", "U0ANNA", "U0VIC", "U0EXT"}
    channels = (
        Channel("C0INCIDENTS", "incidents", people | {BOT_USER}),
        Channel("C0CACHE", "ml-cache", people | {BOT_USER}),
        Channel("C0RANDOM", "random", set(people)),
    )
    return {channel.id: channel for channel in channels}


def default_groups() -> dict[str, UserGroup]:
    """Return the user groups of the sandbox, by id."""
    groups = (
        UserGroup("S0ONCALL", "ml-oncall", "ML on call", ("U0OLGA", "U0ANNA")),
        UserGroup("S0APPROVERS", "ml-approvers", "ML approvers", ("U0ANNA",)),
    )
    return {group.id: group for group in groups}
