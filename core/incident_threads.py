"""Which thread an incident is told in: its own, one that flaps, or the list of a storm.

A thread is named by the key of its root message. Monitoring opens a new incident each time that
a condition comes back, so a flap is mostly a new incident of the same policy; it goes on in the
thread that there is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.incidents import IncidentId, IncidentState, KnownIncident, Source, same_matter

STORM_LASTS = timedelta(minutes=10)
"""A storm that nothing has joined for so long is over; the next one gets a list of its own."""

_INEXACT = timedelta(minutes=2)
"""What closed so soon after another began may have closed before it: not each time is told."""

PAGE = 20
"""Incidents in one message of a storm's list, so that its text keeps within Slack's limit."""

_LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class Rules:
    """Where incidents are told, what counts as a flap, and how many a minute are a storm."""

    channel_id: str
    flap: timedelta = timedelta(minutes=30)
    storm: int = 5


class Turn(StrEnum):
    """How an incident comes into its thread."""

    OWN = "own"
    FLAP = "flap"
    STORM = "storm"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Choice:
    """The thread that an incident is told in from now on, and how it got there."""

    turn: Turn
    thread: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is when an incident comes: threads gone quiet, and how many came with it.

    `quiet` are the incidents that closed since the flap window before it and whose own thread
    tells of nothing that is open, the last one first; before them the incident itself where it
    has come back, also into a list. `in_a_minute` counts the others that were heard of within a
    minute of it; `storm` is a storm's list that was still being added to then, empty where there
    is none.
    """

    quiet: Sequence[KnownIncident] = ()
    in_a_minute: int = 0
    storm: str = ""


def choose(known: KnownIncident, scene: Scene, rules: Rules) -> Choice:
    """Choose the thread of an incident that has just changed.

    A storm comes before a flap: what comes back in a storm gets no reply. It is edited where it
    is told, or is a line of the storm's list.
    """
    reopened = known.state is IncidentState.OPEN and known.opens > known.opens_told
    if known.thread and not reopened:
        return Choice(Turn.SAME, known.thread)
    if known.notice.test:
        return Choice(Turn.OWN, root_key(known))
    if scene.in_a_minute >= rules.storm:
        if any(one.id == known.id for one in scene.quiet):
            return Choice(Turn.SAME, known.thread)
        return Choice(Turn.STORM, scene.storm or f"storm:{_short(known.id)}")
    for other in scene.quiet:
        if _comes_back(known, other, rules):
            return Choice(Turn.FLAP, other.thread)
    return Choice(Turn.OWN, root_key(known))


def _comes_back(known: KnownIncident, other: KnownIncident, rules: Rules) -> bool:
    """Whether an incident is another one again: of the same matter, and soon after its close.

    The times are Monitoring's own, as far as it gave them.
    """
    if other.id == known.id:
        return True
    if other.ended is None or not same_matter(known.notice, other.notice):
        return False
    return -_INEXACT <= known.began - other.ended <= rules.flap


def root_key(known: KnownIncident) -> str:
    """Name the root message of an incident's own thread; opened anew later, it gets another."""
    again = f":{known.opens}" if known.opens > 1 else ""
    return f"incident:{_short(known.id)}{again}"


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
    page = position // PAGE
    return f"{thread}/{page}" if page else thread


def is_storm(thread: str) -> bool:
    """Whether a thread is the list of a storm."""
    return thread.startswith("storm:")


def speaker(members: Sequence[KnownIncident]) -> KnownIncident:
    """Return the one that its thread's root speaks of: what is open, else what changed last."""
    return max(members, key=lambda one: (one.state is IncidentState.OPEN, one.changed_at))


def wants_diagnosis(known: KnownIncident) -> bool:
    """Whether there is something to find out: not of a test, and not of what is over."""
    return known.state is IncidentState.OPEN and not known.notice.test


def told_elsewhere(known: KnownIncident) -> bool:
    """Whether somebody else's message is its root: an alert in a watched channel."""
    return known.notice.source is Source.CHANNEL


def _short(incident: IncidentId) -> str:
    """Shorten what does not fit into a key: too long, or like a page. Monitoring's own ids fit."""
    if len(incident) <= _LONGEST_ID and "/" not in incident:
        return incident
    return hashlib.sha256(incident.encode(errors="replace")).hexdigest()[:40]
