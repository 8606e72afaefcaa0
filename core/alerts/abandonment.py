"""Incidents that nobody will close: they are closed here, lest they stay open for ever.

Of a test notification and of another app's message no close ever comes, and of a log-match policy
only where Monitoring still knows the incident. What is open keeps its buttons, and every record
that is younger.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from core.alerts.incidents import IncidentState, KnownIncident, Notice, Source
from core.alerts.intake import Intake

_TEST = timedelta(hours=1)
_ELSEWHERE = timedelta(days=1)
_UNKNOWN = timedelta(days=8)
"""Monitoring itself closes what has no data after seven days, where a policy says nothing else.

Source: cloud.google.com/monitoring/alerts/incidents-events
"""


def abandon(intake: Intake) -> None:
    """Close the tests and the messages of other apps that are old enough."""
    now = intake.clock()
    for known in intake.incidents.open():
        lasts = _TEST if known.notice.test else _ELSEWHERE
        if not known.of_monitoring and now - known.changed_at >= lasts:
            intake.receive(abandoned(known))


def is_forgotten(known: KnownIncident, now: datetime) -> bool:
    """Whether an incident that Monitoring does not know has been open for too long to close."""
    return now - max(known.began, known.changed_at) >= _UNKNOWN


def abandoned(known: KnownIncident) -> Notice:
    """Return the notice that closes an incident without a word from anybody."""
    source = Source.MONITORING if known.of_monitoring else known.notice.source
    return replace(
        known.notice, state=IncidentState.CLOSED, source=source, closed_at=None, abandoned=True
    )
