"""Which thread an incident is told in: its own, one that flaps, or the list of a storm.

Monitoring opens a new incident each time that a condition comes back, so a flap is mostly a new
incident of the same policy; it goes on in the thread that there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.incidents import IncidentState, KnownIncident, Source, same_matter
from core.alerts.keys import root_key, storm_key

STORM_LASTS = timedelta(minutes=10)
"""A storm that nothing has joined for so long is over; the next one gets a list of its own."""

_INEXACT = timedelta(minutes=2)
"""What closed so soon after another began may have closed before it: not each time is told."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Where incidents are told, what counts as a flap, and how many a minute are a storm."""

    channel_id: str
    flap: timedelta = timedelta(minutes=30)
    storm: int = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """The thread that an incident is told in from now on; `is_flap`: there it is open again."""

    thread: str
    is_flap: bool = False


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
        return Choice(known.thread)
    if known.notice.test:
        return Choice(root_key(known))
    if scene.in_a_minute >= rules.storm:
        if any(one.id == known.id for one in scene.quiet):
            return Choice(known.thread)
        return Choice(scene.storm or storm_key(known))
    for other in scene.quiet:
        if _comes_back(known, other, rules):
            return Choice(other.thread, is_flap=known.state is IncidentState.OPEN)
    return Choice(root_key(known))


def _comes_back(known: KnownIncident, other: KnownIncident, rules: Rules) -> bool:
    """Whether an incident is another one again: of the same matter, and soon after its close.

    The times are Monitoring's own, as far as it gave them.
    """
    if other.id == known.id:
        return True
    if other.ended is None or not same_matter(known.notice, other.notice):
        return False
    return -_INEXACT <= known.began - other.ended <= rules.flap


def speaker(members: Sequence[KnownIncident]) -> KnownIncident:
    """Return the one that its thread's root speaks of: what is open, else what changed last."""
    return max(members, key=lambda one: (one.state is IncidentState.OPEN, one.changed_at))


def wants_diagnosis(known: KnownIncident) -> bool:
    """Whether there is something to find out: not of a test, and not of what is over."""
    return known.state is IncidentState.OPEN and not known.notice.test


def told_elsewhere(known: KnownIncident) -> bool:
    """Whether somebody else's message is its root: an alert in a watched channel."""
    return known.notice.source is Source.CHANNEL
