"""Properties of giving up: what nobody will close ends, and nothing else does."""

from dataclasses import replace
from datetime import timedelta

from core.alerts.abandonment import abandon
from core.alerts.incidents import IncidentId, IncidentState, Notice, Source
from core.alerts.intake import Intake
from core.store.database import Database
from core.store.incidents import IncidentStore
from core.store.retention import RetentionStore
from tests.core.small_desk import NOW, Watch

OURS = Notice(IncidentId("0.a"), IncidentState.OPEN, "Low", Source.WEBHOOK)
TEST = replace(OURS, incident=IncidentId("test-1"), test=True)
MESSAGE = replace(OURS, incident=IncidentId("channel:C0:1.1:1.1:"), source=Source.CHANNEL)


def test_tests_and_messages_of_others_end_by_themselves(database: Database) -> None:
    """A test after an hour, a message after a day; an incident of Monitoring is Monitoring's."""
    watch = Watch()
    intake = Intake(IncidentStore(database), watch)
    for notice in (OURS, TEST, MESSAGE):
        intake.receive(notice)
    left: list[list[str]] = []
    for wait in (timedelta(minutes=59), timedelta(minutes=1), timedelta(hours=23)):
        watch.pass_by(wait)
        abandon(intake)
        left.append(sorted(one.id for one in intake.incidents.open()))
    assert left == [["0.a", MESSAGE.incident, TEST.incident], ["0.a", MESSAGE.incident], ["0.a"]]


def test_they_keep_no_old_records(database: Database) -> None:
    """Retention goes by what is open."""
    watch = Watch()
    intake = Intake(IncidentStore(database), watch)
    for notice in (TEST, MESSAGE):
        intake.receive(notice)
    assert RetentionStore(database).oldest_open() == NOW
    watch.pass_by(timedelta(days=2))
    abandon(intake)
    assert RetentionStore(database).oldest_open() is None
