"""`/cache alerts`: the alert policies, and the incidents that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cloud import Reader
from core.incidents import KnownIncident
from core.parallel import PATIENCE, Known, Reading, ask
from core.signals import AlertPolicy, Incident


@dataclass(frozen=True, slots=True)
class AlertsReport:
    """The policies and the open incidents, oldest first: what is known, and what is not yet.

    `unheard` are open in Monitoring and not known here; `team_id` is the asker's workspace, in
    which the threads are.
    """

    at: datetime
    policies: Reading[Sequence[AlertPolicy]]
    monitoring: Reading[Sequence[Incident]]
    known: tuple[KnownIncident, ...]
    team_id: str = ""

    @property
    def unheard(self) -> tuple[Incident, ...]:
        """Return what Monitoring holds for open and nobody has told the bot of."""
        if not isinstance(self.monitoring, Known):
            return ()
        ids = {one.id for one in self.known}
        opened = sorted(self.monitoring.value, key=lambda one: one.opened_at)
        return tuple(one for one in opened if one.id not in ids)


def report_alerts(
    reader: Reader, known: Sequence[KnownIncident], team_id: str, now: datetime
) -> AlertsReport:
    """Read the policies and the open incidents at the same time."""
    policies = ask("alert policies", reader.alert_policies)
    monitoring = ask("open incidents", reader.open_incidents)
    return AlertsReport(
        at=now,
        policies=policies.reading(PATIENCE),
        monitoring=monitoring.reading(PATIENCE),
        known=tuple(one for one in known if one.of_monitoring),
        team_id=team_id,
    )
