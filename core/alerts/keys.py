"""The keys of the messages that tell of incidents: what each is of is read out of its name.

A thread is named by the key of its root message. An id that is too long, or that holds a slash, by
which a page of a list is told from the list, is not used as it is.
"""

import hashlib
from dataclasses import dataclass

from core.alerts.incidents import IncidentId, KnownIncident

PAGE = 20
"""Incidents in one message of a storm's list, so that its text keeps within Slack's limit."""

_LONGEST_ID = 80


def root_key(known: KnownIncident) -> str:
    """Name the root message of an incident's own thread; opened anew later, it gets another."""
    again = f":{known.opens}" if known.opens > 1 else ""
    return f"incident:{_short(known.id)}{again}"


def storm_key(known: KnownIncident) -> str:
    """Name the list of a storm by the incident that is its first."""
    return f"storm:{_short(known.id)}"


def diagnosis_key(known: KnownIncident) -> str:
    """Name the message that tells the diagnosis of an incident, of this time that it is open."""
    return f"diagnosis:{_short(known.id)}:{known.opens}"


@dataclass(frozen=True, slots=True)
class Flap:
    """What a reply tells of: which incident of a thread is back, and how often it has opened."""

    thread: str
    position: int
    openings: int


def flap_key(known: KnownIncident, openings: int) -> str:
    """Name the reply that says that an incident has come back, or another one in its place."""
    return f"flap:{openings}:{known.position}:{known.thread}"


def flap_of(key: str) -> Flap:
    """Read what such a reply tells of out of its name."""
    _, openings, position, thread = key.split(":", 3)
    return Flap(thread, int(position), int(openings))


def is_heard(key: str) -> bool:
    """Whether a reply is shown in the channel, too: that an alert is back makes no sound else.

    What comes back in a storm's list is told by the list alone, which is there to keep quiet.
    """
    return key.startswith("flap:") and not is_storm(flap_of(key).thread)


def page_key(thread: str, position: int) -> str:
    """Name the message of a storm's list that an incident is in; the first is its root."""
    page = position // PAGE if is_storm(thread) else 0
    return f"{thread}/{page}" if page else thread


def page_of(key: str) -> tuple[str, int]:
    """Read a root's or a page's key: which thread it is of, and which page; 0 is the root."""
    if not is_storm(key):
        return key, 0
    thread, _, page = key.partition("/")
    return thread, int(page or 0)


def is_storm(thread: str) -> bool:
    """Whether a thread is the list of a storm."""
    return thread.startswith("storm:")


def _short(incident: IncidentId) -> str:
    """Shorten what does not fit into a key: too long, or like a page. Monitoring's own ids fit."""
    if len(incident) <= _LONGEST_ID and "/" not in incident:
        return incident
    return hashlib.sha256(incident.encode(errors="replace")).hexdigest()[:40]
