"""How a payload reached the app and how soon it answered."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sandbox.slack.wire import Json

ACK_SECONDS = 3.0  # docs.slack.dev/interactivity/handling-user-interaction


class Kind(StrEnum):
    """What is delivered, by its Socket Mode name."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


class AckStatus(StrEnum):
    """How a delivery ended; the texts of failures are what the person is shown."""

    OK = "ok"
    TIMEOUT = "operation_timeout"
    FAILED = "dispatch_failed"


@dataclass(frozen=True, slots=True)
class Ack:
    """The app's answer to one delivery; `body` is {} where it had nothing to say.

    `reason` of a failure is what a retry would carry (docs.slack.dev/apis/events-api).
    """

    status: AckStatus
    latency: timedelta
    body: Json
    reason: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Tell whether the app answered in time."""
        return self.status is AckStatus.OK


@dataclass(frozen=True, slots=True)
class Retry:
    """A further try of an event: its number and why the last one failed."""

    number: int
    reason: str


class Transport(Protocol):
    """One way to the app: its sockets or its request URL."""

    @property
    def fault_name(self) -> str:
        """Return the name by which faults know this way."""

    def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Deliver once and wait for the answer, at most three seconds."""
