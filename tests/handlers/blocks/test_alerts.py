"""Properties of the list of alerts: an incident stands as in its thread, and stands once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.inspection.alerts import AlertsReport
from core.parallel import Known
from core.signals import AlertPolicy, Incident
from handlers.blocks.alerts import card_of_alerts
from handlers.blocks.card import Mark, Row, Rows
from handlers.blocks.incident import card_of_incident
from tests.core.small_desk import NOW

LOW = AlertPolicy("1", "Low Cache Hit Rate", enabled=True)
USAGE = AlertPolicy("2", "High Bucket Usage", enabled=True)


def known(severity: str) -> KnownIncident:
    """Return an open incident of the first policy."""
    notice = Notice(
        IncidentId("0.a"), IncidentState.OPEN, LOW.display_name, Source.WEBHOOK, severity=severity
    )
    return KnownIncident(notice, Subject.HIT_RATE, IncidentState.OPEN, NOW, NOW)


def report(*policies: AlertPolicy, unheard: tuple[Incident, ...] = ()) -> AlertsReport:
    """Return what is read where nothing is open that is known already."""
    second = timedelta(seconds=1)
    return AlertsReport(NOW, Known(policies, second), Known(unheard, second), ())


def rows_of(read: AlertsReport) -> list[Row]:
    """Return the rows of the card."""
    parts = card_of_alerts(read).parts
    return [row for part in parts if isinstance(part, Rows) for row in part.rows]


@pytest.mark.parametrize(
    ("severity", "mark"),
    [
        ("WARNING", Mark.WARNING),
        ("warning", Mark.WARNING),
        ("CRITICAL", Mark.FAILING),
        ("", Mark.FAILING),
    ],
)
def test_an_incident_stands_as_it_does_in_its_thread(severity: str, mark: Mark) -> None:
    """By its severity, be it known or not yet."""
    one = known(severity)
    assert card_of_incident([one], ()).mark is mark
    card = card_of_alerts(replace(report(LOW), known=(one,)))
    assert card.mark is mark
    assert rows_of(replace(report(LOW), known=(one,)))[0].mark is mark
    unheard = Incident("0.b", LOW.display_name, NOW, severity=severity)
    assert rows_of(report(LOW, unheard=(unheard,)))[0].mark is mark


def test_a_mild_incident_hides_no_policy_that_never_fires() -> None:
    """The worst of the rows marks the card."""
    broken = replace(USAGE, problem="The metric is gone.")
    assert (
        card_of_alerts(replace(report(LOW, broken), known=(known("warning"),))).mark is Mark.FAILING
    )


def test_a_policy_that_fires_stands_once() -> None:
    """The row of its incident says that it is on; "ok" beside it would contradict that."""
    read = replace(report(LOW, USAGE), known=(known("warning"),))
    assert [row.title for row in rows_of(read)] == [LOW.display_name, USAGE.display_name]
    off = replace(LOW, enabled=False)
    told = [row.title for row in rows_of(replace(report(off, USAGE), known=(known("warning"),)))]
    assert told.count(LOW.display_name) == 2, "what is wrong with a policy is said all the same"
