"""Who asked for what, where: the one form in which every request reaches the core."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Door(StrEnum):
    """How a request came in."""

    SLASH = "slash"
    MENTION = "mention"
    BUTTON = "button"
    SCHEDULE = "schedule"
    ALERT = "alert"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or the machine that asks. `team_id` tells workspaces apart."""

    user_id: str
    team_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answer goes. `thread_ts` is empty outside threads."""

    channel_id: str
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `request_id` is the same when the same request is delivered again."""

    request_id: str
    actor: Actor
    door: Door
    place: Place
    words: str
    at: datetime
    response_url: str = ""
