"""Incidents and lists of alerts, as samples for the snapshots."""

from dataclasses import replace
from datetime import timedelta

from core.alerts.causes import Diagnosis
from core.alerts.incidents import (
    IncidentId,
    IncidentState,
    KnownIncident,
    Notice,
    Source,
    Subject,
)
from core.answers import Answer
from core.errors import PermissionDenied
from core.inspection.alerts import AlertsReport
from core.parallel import Known, Unknown
from core.signals import AlertPolicy, Incident
from handlers.blocks.card import Card
from handlers.blocks.diagnosis import card_of_diagnosis
from handlers.blocks.incident import card_of_flap, card_of_incident
from handlers.blocks.storm import card_of_page, card_of_storm
from tests.handlers.blocks.operation_samples import NOW, OPERATIONS

_SECOND = timedelta(seconds=1)
_CONSOLE = "https://console.cloud.google.com/monitoring/alerting/incidents/0.abc"
_OPEN = KnownIncident(
    Notice(
        incident=IncidentId("0.opqiw61fsv7p"),
        state=IncidentState.OPEN,
        policy="Tabular Low Cache Hit Rate",
        source=Source.WEBHOOK,
        condition="hit rate < 90%",
        resource="tabular-service, europe-west1, my-proj",
        severity="WARNING",
        threshold="0.9",
        observed="0.835",
        url=_CONSOLE,
        opened_at=NOW - timedelta(minutes=42),
    ),
    Subject.HIT_RATE,
    IncidentState.OPEN,
    received_at=NOW - timedelta(minutes=41),
    changed_at=NOW - timedelta(minutes=41),
    notices=3,
    repeats=2,
    channel_id="C0CACHE",
    thread_ts="1764.0001",
    thread="incident:0.opqiw61fsv7p",
)
_CLOSED = replace(
    _OPEN,
    state=IncidentState.CLOSED,
    notice=replace(_OPEN.notice, state=IncidentState.CLOSED, closed_at=NOW),
    changed_at=NOW,
    notices=2,
    repeats=0,
)
_ABANDONED = replace(
    _CLOSED,
    notice=replace(
        _CLOSED.notice, opened_at=NOW - timedelta(days=8), closed_at=None, abandoned=True
    ),
)
_LISTED = replace(
    _OPEN,
    notice=replace(_OPEN.notice, source=Source.MONITORING, observed="", threshold=""),
    notices=1,
    repeats=0,
)
_TEST = replace(
    _OPEN,
    notice=replace(
        _OPEN.notice,
        policy="projects/12345/alertPolicies/12345",
        condition="Example condition",
        test=True,
    ),
)
_STRANGE = replace(
    _OPEN,
    subject=Subject.OTHER,
    notice=replace(
        _OPEN.notice,
        incident=IncidentId("0.<!channel>"),
        policy="<!channel> *Disk* `of` the wiki",
        condition="",
        resource="",
        severity="",
        threshold="",
        observed="",
        url="javascript:alert(1)",
        summary="<@U0ANNA> look: @everyone",
    ),
    notices=1,
    repeats=0,
)
_DONE = next(one for one in OPERATIONS.values() if hasattr(one, "operation")).operation
_BYTES = replace(
    _OPEN,
    subject=Subject.USAGE,
    notice=replace(
        _OPEN.notice,
        policy="High Bucket Usage",
        threshold="8e9",
        observed="8900000000",
        condition="bucket usage > 80%",
        resource="tabular-model-cache, europe-west1, my-proj",
    ),
)
_FAILED = replace(
    _OPEN,
    subject=Subject.SYNC_FAILURES,
    notice=replace(_OPEN.notice, policy="Sync Job Failures", threshold="2", observed="3.000",
                   condition="failed syncs > 2", window=timedelta(hours=25),
                   resource="tabular-model-sync, europe-west1, my-proj",
                   severity="critical"),
)  # fmt: skip
_DOCUMENTED = replace(
    _OPEN,
    notice=replace(
        _OPEN.notice,
        documentation="*Runbook*: <https://evil.example|look>\n\n1. Ask <!channel>. "
        + "a b " * 100,
    ),
)


_DIAGNOSIS = Diagnosis("The cache is switched off.", ("Its toggle is off.",), offers=("enable",))


def _many(count: int) -> list[KnownIncident]:
    return [
        replace(
            _CLOSED if number % 3 else _OPEN,
            notice=replace(
                (_CLOSED if number % 3 else _OPEN).notice,
                incident=IncidentId(f"0.storm{number:03}"),
                policy=f"Tabular alert policy {number} with a name that is rather long for a list",
            ),
            position=number,
        )
        for number in range(count)
    ]


INCIDENTS: dict[str, Card] = {
    "incident_open": card_of_incident([_OPEN], ()),
    "incident_documented": card_of_incident([_DOCUMENTED], ()),
    "incident_closed": card_of_incident([_CLOSED], [_DONE]),
    "incident_closed_alone": card_of_incident([_CLOSED], ()),
    "incident_abandoned": card_of_incident([_ABANDONED], ()),
    "incident_flapping": card_of_incident([_CLOSED, replace(_OPEN, changed_at=NOW)], ()),
    "incident_listed": card_of_incident([_LISTED], ()),
    "incident_test": card_of_incident([_TEST], ()),
    "incident_strange": card_of_incident([_STRANGE], ()),
    "incident_bytes": card_of_incident([_BYTES], ()),
    "incident_failures": card_of_incident([_FAILED], ()),
    "incident_flap": card_of_flap(_OPEN, 3),
    "incident_flap_over": card_of_flap(_CLOSED, 3),
    "incident_diagnosis": card_of_diagnosis(_DIAGNOSIS, _OPEN),
    "incident_diagnosis_strange": card_of_diagnosis(_DIAGNOSIS, _STRANGE, buttons=False),
    "storm": card_of_storm(_many(30), ()),
    "storm_closed": card_of_storm(_many(2)[1:] * 2, [_DONE]),
}
_PAGE = card_of_page(_many(30), 1)
if _PAGE is not None:
    INCIDENTS["storm_page"] = _PAGE

_POLICIES = (
    AlertPolicy("p/1", "Low Cache Hit Rate", True),
    AlertPolicy("p/2", "Sync Job Failures", False),
    AlertPolicy("p/3", "High Bucket Usage", None),
    AlertPolicy("p/4", "High <!here> Usage", True, problem="The metric is gone."),
)
ALERTS: dict[str, Answer] = {
    "alerts": AlertsReport(
        NOW,
        Known(_POLICIES, _SECOND),
        Known((Incident("p/alerts/0.x", "Sync Job Failures", NOW, _CONSOLE),), _SECOND),
        (_OPEN,),
        NOW - timedelta(minutes=3),
        "T0TEAM",
    ),
    "alerts_not_looked_for": AlertsReport(
        NOW,
        Known(_POLICIES[:1], _SECOND),
        Known((Incident("p/alerts/0.x", "Sync Job Failures", NOW),), _SECOND),
        (),
    ),
    "alerts_none": AlertsReport(NOW, Known(_POLICIES[:1], _SECOND), Known((), _SECOND), ()),
    "alerts_unread": AlertsReport(
        NOW,
        Known((), _SECOND),
        Unknown(PermissionDenied("monitoring.alerts.list is missing."), _SECOND),
        (),
    ),
}
