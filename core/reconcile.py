"""Reconciling with Monitoring: what opened or closed unheard becomes a notice like any other.

Notices get lost: the bot was down, a webhook was wrongly set up, a network failed. Monitoring
itself knows what is open. Only what it positively says counts: an incident that it does not list
stays as it is.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cloud import Reader
from core.errors import CloudError, NotFound
from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, is_unnamed
from core.intake import Intake
from core.signals import Incident
from core.store.looks import LookStore

_log = logging.getLogger(__name__)

_NAME = "alerts"
_OVERLAP = timedelta(minutes=10)
"""Monitoring may list a close some time after it happened."""

_SAME = timedelta(minutes=2)
"""Two openings of one policy so close together are the same, whatever their ids.

A webhook's `incident_id` is not documented to be the id in `projects.alerts`.
"""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares what Monitoring says with what is known, and hands on the difference."""

    reader: Reader
    intake: Intake
    looks: LookStore

    def look(self) -> None:
        """Look once. Raises CloudError where the lists cannot be read; nothing is lost by it."""
        now = self.intake.clock()
        since = self.looks.last(_NAME)
        opened = self.reader.open_incidents()
        closed = [] if since is None else self.reader.closed_incidents(since - _OVERLAP)
        pairs = _paired([*reversed(closed), *reversed(opened)], self._recent(now, opened, closed))
        for incident, known in pairs:
            if known is None or _differs(incident, known):
                self.intake.receive(_notice(incident, known))
        self.looks.looked(_NAME, now)
        listed = {known.id for _, known in pairs if known is not None}
        for known in self.intake.incidents.open():
            if known.of_monitoring and known.id not in listed and not is_unnamed(known.id):
                self._ask_for(known)

    def _recent(
        self, now: datetime, opened: Sequence[Incident], closed: Sequence[Incident]
    ) -> list[KnownIncident]:
        """Return what is known of the time that Monitoring tells of."""
        earliest = min((one.opened_at for one in (*opened, *closed)), default=now) - _OVERLAP
        changed = self.intake.incidents.changed_since(earliest)
        return [one for one in changed if one.of_monitoring]

    def _ask_for(self, known: KnownIncident) -> None:
        """Ask for an incident by its id: of a policy of somebody else, no list has it.

        One that cannot be read stays as it is, and stops nothing.
        """
        try:
            incident = self.reader.incident(known.id)
        except NotFound:
            return  # its id may be another there
        except CloudError as exc:
            _log.warning("incident %s could not be asked for: %s", known.id, exc)
            return
        if incident.closed_at is not None:
            self.intake.receive(_notice(incident, known))


def _paired(
    listed: Sequence[Incident], recent: Sequence[KnownIncident]
) -> list[tuple[Incident, KnownIncident | None]]:
    """Find what each listed incident is known as: by its id, else by policy and opening time."""
    by_id = {_core_of(known.id): known for known in recent}
    ids = {_core_of(incident.id) for incident in listed}
    others = [known for known in recent if _core_of(known.id) not in ids]
    pairs: list[tuple[Incident, KnownIncident | None]] = []
    for incident in listed:
        known = by_id.get(_core_of(incident.id))
        if known is None and (known := _alike(incident, others)) is not None:
            others.remove(known)
        pairs.append((incident, known))
    return pairs


def _core_of(identity: str) -> str:
    return identity.removeprefix("0.")


def _alike(incident: Incident, others: Sequence[KnownIncident]) -> KnownIncident | None:
    return next(
        (
            known
            for known in others
            if known.notice.policy == incident.policy_name
            and abs(known.began - incident.opened_at) <= _SAME
        ),
        None,
    )


def _differs(incident: Incident, known: KnownIncident) -> bool:
    """Whether Monitoring says something else; its list may hold for open what has just closed."""
    if known.ended is None:
        return incident.closed_at is not None
    return incident.closed_at is None and incident.opened_at > known.ended


def _notice(incident: Incident, known: KnownIncident | None) -> Notice:
    return Notice(
        incident=IncidentId(incident.id) if known is None else known.id,
        state=IncidentState.OPEN if incident.closed_at is None else IncidentState.CLOSED,
        policy=incident.policy_name,
        source=Source.MONITORING,
        severity=incident.severity,
        url=incident.url,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
    )
