"""`/cache alerts`: the alert policies, and the incidents that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.incidents import KnownIncident
from core.alerts.pairs import pair
from core.desk import Desk
from core.parallel import PATIENCE, Known, Reading, ask
from core.signals import AlertPolicy, Incident
from core.store.looks import ALERTS, LookStore


@dataclass(frozen=True, slots=True)
class AlertsReport:
    """The policies and the open incidents, oldest first: what is known, and what is not yet.

    `unheard` are open in Monitoring and not known here; `compared_at` is when the bot last told of
    what it had not heard, None where it never does; `team_id` is the asker's workspace, in which
    the threads are.
    """

    at: datetime
    policies: Reading[Sequence[AlertPolicy]]
    monitoring: Reading[Sequence[Incident]]
    known: tuple[KnownIncident, ...]
    compared_at: datetime | None = None
    team_id: str = ""

    @property
    def unheard(self) -> tuple[Incident, ...]:
        """Return what Monitoring holds for open and nobody has told the bot of."""
        if not isinstance(self.monitoring, Known):
            return ()
        opened = sorted(self.monitoring.value, key=lambda one: one.opened_at)
        pairs = pair(opened, self.known)
        return tuple(one for one in opened if pairs.known(one) is None)


def report_alerts(desk: Desk, team_id: str) -> AlertsReport:
    """Read the policies and the open incidents at the same time."""
    policies = ask("alert policies", desk.cloud.alert_policies)
    monitoring = ask("open incidents", desk.cloud.open_incidents)
    incidents = desk.records.incidents
    return AlertsReport(
        at=desk.clock(),
        policies=policies.reading(PATIENCE),
        monitoring=monitoring.reading(PATIENCE),
        known=tuple(one for one in incidents.open() if one.of_monitoring),
        compared_at=LookStore(incidents.database).last(ALERTS),
        team_id=team_id,
    )
