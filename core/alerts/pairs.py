"""Which incident that Monitoring lists is which one that is known: one comparison for all.

A webhook's `incident_id` is not documented to be the id in `projects.alerts`: they agree with or
without the leading `0.`, or else by what the two are about and by when they opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.incidents import IncidentId, KnownIncident
from core.signals import Incident

_SAME = timedelta(minutes=2)
"""Two openings of one policy on one resource so close together are the same, whatever their ids."""

_PREFIX = "0."


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is known of each listed incident, by its name, and what is known and not listed."""

    by_name: Mapping[str, KnownIncident]
    unlisted: tuple[KnownIncident, ...]

    def known(self, incident: Incident) -> KnownIncident | None:
        """Return what a listed incident is known as."""
        return self.by_name.get(incident.name)


def pair(listed: Sequence[Incident], known: Sequence[KnownIncident]) -> Pairs:
    """Find what each listed incident is known as: by its id, else the nearest that is like it."""
    theirs = [one for one in known if one.of_monitoring]
    by_id = {_core_of(one.id): one for one in theirs}
    found = {one.name: by_id[_core_of(one.id)] for one in listed if _core_of(one.id) in by_id}
    paired = {one.id for one in found.values()}
    alike = [
        (incident, one)
        for incident in listed
        for one in theirs
        if incident.name not in found and one.id not in paired and _alike(incident, one)
    ]
    for incident, one in sorted(alike, key=lambda two: _apart(*two)):
        if incident.name not in found and one.id not in paired:
            found[incident.name] = one
            paired.add(one.id)
    return Pairs(found, tuple(one for one in theirs if one.id not in paired))


def ids_of(incident: IncidentId) -> tuple[str, str]:
    """Return the ids that an incident may have in Monitoring: its own first."""
    core = _core_of(incident)
    return incident, core if incident.startswith(_PREFIX) else f"{_PREFIX}{core}"


def _core_of(identity: str) -> str:
    return identity.removeprefix(_PREFIX)


def _alike(incident: Incident, one: KnownIncident) -> bool:
    ours, theirs = one.notice.resource, incident.resource
    elsewhere = bool(ours and theirs) and ours != theirs
    alike = one.notice.policy == incident.policy_name and not elsewhere
    return alike and _apart(incident, one) <= _SAME


def _apart(incident: Incident, one: KnownIncident) -> timedelta:
    return abs(one.began - incident.opened_at)
