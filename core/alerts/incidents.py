"""Incidents: what Monitoring says of an alert, kept, and told in one thread each."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from core.call import Place

IncidentId = NewType("IncidentId", str)
"""Monitoring's own id, such as `0.opqiw61fsv7p`."""

_UNNAMED = "unnamed-"


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CLOSED = "closed"


class Subject(StrEnum):
    """What an incident is about, as far as its policy's name tells; each has its diagnosis."""

    HIT_RATE = "hit rate"
    SYNC_FAILURES = "sync failures"
    USAGE = "bucket usage"
    OTHER = "other"


class Source(StrEnum):
    """How a notice came to the bot."""

    WEBHOOK = "webhook"
    PUBSUB = "pubsub"
    MONITORING = "monitoring"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was said about an incident. All texts are untrusted.

    `opened_at` and `closed_at` are Monitoring's own times, None where it gave none.
    `threshold` and `observed` are as sent, mostly numbers as text; empty where unknown.
    `window` is the time that the condition sums or averages over, None where it is not told.
    `service` is the policy's label of that name, `resource` what its condition watches.
    `abandoned` is True of a close that nobody told: the bot has given up waiting for one.
    """

    incident: IncidentId
    state: IncidentState
    policy: str
    source: Source
    condition: str = ""
    resource: str = ""
    summary: str = ""
    severity: str = ""
    threshold: str = ""
    observed: str = ""
    window: timedelta | None = None
    url: str = ""
    documentation: str = ""
    service: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    test: bool = False
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident with all that was said of it, and how often.

    `opens` counts how often it was opened anew after a close (1: once), `opens_told` how many of
    these were told, `opens_before` how many before it came into the thread that it is in now;
    `notices` counts every notice, `repeats` those that said what the same notifier had said before.
    `received_at` is when the bot first heard of it; `channel_id` and `thread_ts` where its thread
    is, empty while it has none. `thread` is the key of the thread's root message, `position` its
    place among the incidents of that thread.
    """

    notice: Notice
    subject: Subject
    state: IncidentState
    received_at: datetime
    changed_at: datetime
    opens: int = 1
    opens_told: int = 0
    opens_before: int = 0
    notices: int = 1
    repeats: int = 0
    channel_id: str = ""
    thread_ts: str = ""
    thread: str = ""
    position: int = 0

    @property
    def id(self) -> IncidentId:
        """Monitoring's own id."""
        return self.notice.incident

    @property
    def of_monitoring(self) -> bool:
        """Whether Monitoring itself knows of it, be it under another id."""
        return not self.notice.test and self.notice.source is not Source.CHANNEL

    @property
    def began(self) -> datetime:
        """When it was opened, as Monitoring says, or else when the bot first heard of it."""
        return self.notice.opened_at or self.received_at

    @property
    def openings(self) -> int:
        """How often it has opened in the thread that it is in."""
        return self.opens - self.opens_before

    @property
    def heard_at(self) -> datetime:
        """When the bot heard that it opened, this time; of a close heard first, of the close."""
        return self.changed_at if self.state is IncidentState.OPEN else self.received_at

    @property
    def ended(self) -> datetime | None:
        """When it was closed, None while it is open."""
        if self.state is IncidentState.OPEN:
            return None
        return self.notice.closed_at or self.changed_at


def same_matter(one: Notice, other: Notice) -> bool:
    """Whether two notices are of one policy's condition on one resource, as far as both tell."""
    pairs = ((one.condition, other.condition), (one.resource, other.resource))
    told_alike = all(ours == theirs for ours, theirs in pairs if ours and theirs)
    return one.policy == other.policy and told_alike


def unnamed(*same: object) -> IncidentId:
    """Name an incident that came without an id, by what stays the same from open to close."""
    return IncidentId(f"{_UNNAMED}{hashlib.sha256(repr(same).encode()).hexdigest()[:20]}")


def is_unnamed(incident: IncidentId) -> bool:
    """Whether an id was made up here: nobody else knows it."""
    return incident.startswith(_UNNAMED)


def elsewhere(channel_id: str, ts: str, thread_ts: str, again: str = "") -> IncidentId:
    """Name what another app's message tells; `again` tells one asking from the next."""
    return IncidentId(f"channel:{channel_id}:{ts}:{thread_ts}:{again}")


def place_elsewhere(incident: IncidentId) -> Place:
    """Return the thread of another app's message, out of its name."""
    _, channel_id, _, thread_ts, _ = incident.split(":", 4)
    return Place(channel_id, thread_ts)


def asked_for(incident: IncidentId) -> bool:
    """Whether somebody asked about another app's message, rather than the message coming in."""
    return not incident.endswith(":")
