"""Reconciling with Monitoring: what opened or closed unheard becomes a notice like any other.

Notices get lost: the bot was down, a webhook was wrongly set up, a network failed. Monitoring
itself knows what is open. Only what it positively says counts: an incident that it does not list
stays as it is, until it has been open for longer than Monitoring leaves one open.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.alerts.abandonment import abandoned, is_forgotten
from core.alerts.incidents import (
    IncidentId,
    IncidentState,
    KnownIncident,
    Notice,
    Source,
    is_unnamed,
)
from core.alerts.intake import Intake
from core.alerts.pairs import ids_of, pair
from core.cloud import Reader
from core.errors import CloudError, NotFound
from core.signals import Incident
from core.store.looks import ALERTS, LookStore

_log = logging.getLogger(__name__)

_OVERLAP = timedelta(minutes=10)
"""Monitoring may list a close some time after it happened."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares what Monitoring says with what is known, and hands on the difference."""

    reader: Reader
    intake: Intake
    looks: LookStore

    def look(self) -> None:
        """Look once. Raises CloudError where the lists cannot be read; nothing is lost by it."""
        now = self.intake.clock()
        since = self.looks.last(ALERTS)
        opened = self.reader.open_incidents()
        closed = [] if since is None else self.reader.closed_incidents(since - _OVERLAP)
        listed = [*reversed(closed), *reversed(opened)]
        pairs = pair(listed, self._recent(now, listed))
        unheard = any(pairs.known(incident) is None for incident in listed)
        conditions = self._conditions() if unheard else {}
        for incident in listed:
            known = pairs.known(incident)
            if known is None or _differs(incident, known):
                condition = conditions.get(_last_part(incident.policy), "")
                self.intake.receive(replace(_notice(incident, known), condition=condition))
        self.looks.looked(ALERTS, now)
        for known in pair(listed, self.intake.incidents.open()).unlisted:
            self._ask_for(known)

    def _recent(self, now: datetime, listed: Sequence[Incident]) -> list[KnownIncident]:
        """Return what is known of the time that Monitoring tells of."""
        earliest = min((one.opened_at for one in listed), default=now) - _OVERLAP
        return self.intake.incidents.changed_since(earliest)

    def _conditions(self) -> Mapping[str, str]:
        """Return the conditions by the ids of their policies: an incident does not name its own.

        The rest of what is news is told where they cannot be read.
        """
        try:
            policies = self.reader.alert_policies()
        except CloudError as exc:
            _log.warning("the conditions of unheard incidents could not be read: %s", exc)
            return {}
        return {_last_part(policy.name): policy.condition for policy in policies}

    def _ask_for(self, known: KnownIncident) -> None:
        """Ask for an incident by its id: of a policy of somebody else, no list has it.

        One that cannot be read stays as it is, and stops nothing.
        """
        try:
            incident = self._read(known)
        except CloudError as exc:
            _log.warning("incident %s could not be asked for: %s", known.id, exc)
            return
        if incident is None and is_forgotten(known, self.intake.clock()):
            self.intake.receive(abandoned(known))
        if incident is not None and incident.closed_at is not None:
            self.intake.receive(_notice(incident, known))

    def _read(self, known: KnownIncident) -> Incident | None:
        """Read an incident by either of its ids; None where Monitoring knows neither."""
        for identity in () if is_unnamed(known.id) else ids_of(known.id):
            with suppress(NotFound):
                return self.reader.incident(identity)
        return None


def _last_part(name: str) -> str:
    """Return a resource's own id: its project is told by number here and by id there."""
    return name.rsplit("/", 1)[-1]


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
        resource=incident.resource,
        severity=incident.severity,
        url=incident.url,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
    )
