"""Properties of reconciling: what Monitoring says counts, once, and its silence means nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.alerts.incidents import (
    IncidentId,
    IncidentState,
    KnownIncident,
    Notice,
    Source,
    Subject,
    is_unnamed,
    unnamed,
)
from core.alerts.intake import Intake
from core.alerts.reconcile import Reconciliation
from core.errors import CloudError, PermissionDenied, Rejected, Unavailable
from core.signals import AlertPolicy, Incident
from core.store.database import Database
from core.store.incidents import IncidentStore
from core.store.looks import LookStore
from tests.core.reader import MemoryReader, as_reader
from tests.core.small_desk import NOW, Watch

LISTED = Incident("projects/p/alerts/0.a", "Low Cache Hit Rate", NOW - timedelta(minutes=5), "u")
CLOSED = replace(LISTED, closed_at=NOW)
HEARD = Notice(
    IncidentId("0.a"),
    IncidentState.OPEN,
    LISTED.policy_name,
    Source.WEBHOOK,
    observed="0.5",
    opened_at=LISTED.opened_at,
)


@dataclass
class Stage:
    """An intake, and what looks by what a reader says."""

    database: Database
    watch: Watch = field(default_factory=Watch)
    changed: Callable[[], None] = lambda: None

    @property
    def intake(self) -> Intake:
        """Take notices."""
        return Intake(IncidentStore(self.database), self.watch, changed=self.changed)

    def look(self, *listed: Incident, reader: MemoryReader | None = None) -> None:
        """Look once at what Monitoring lists."""
        asked = as_reader(reader or MemoryReader(incidents=listed))
        Reconciliation(asked, self.intake, LookStore(self.database)).look()
        self.watch.pass_by(timedelta(minutes=5))

    def known(self) -> list[KnownIncident]:
        """Return everything that is known."""
        return self.intake.incidents.changed_since(NOW - timedelta(days=9))


@pytest.fixture
def stage(database: Database) -> Stage:
    """Nothing is known yet."""
    return Stage(database)


def test_what_is_open_and_unheard_becomes_known_once(stage: Stage) -> None:
    """However often it is looked, it is no news the second time."""
    stage.look(LISTED)
    stage.look(LISTED)
    (known,) = stage.known()
    assert (known.state, known.notices, known.opens) == (IncidentState.OPEN, 1, 1)
    assert known.notice.source is Source.MONITORING


def test_what_was_not_heard_is_told_with_the_condition_of_its_policy(stage: Stage) -> None:
    """The list names the policy alone; where that cannot be read either, the rest is told."""
    policies = (
        AlertPolicy("projects/p/alertPolicies/1", "Low", True, condition="hit rate < 90%"),
        AlertPolicy("projects/p/alertPolicies/2", "Low", True, condition="other"),
    )
    listed = replace(LISTED, policy="projects/12345/alertPolicies/1")
    reader = MemoryReader(incidents=(listed,), policies=policies)
    stage.look(reader=reader)
    assert stage.known()[0].notice.condition == "hit rate < 90%"
    stage.look(reader=reader)
    asked = [reader.asked.get() for _ in range(reader.asked.qsize())]
    assert asked.count("alert_policies") == 1, "only where something is news"
    broken = {"alert_policies": PermissionDenied("No list.")}
    unheard = replace(listed, name="projects/p/alerts/0.b", resource="other")
    stage.look(reader=replace(reader, incidents=(listed, unheard), errors=broken))
    conditions = {one.id: one.notice.condition for one in stage.known()}
    assert conditions == {"0.a": "hit rate < 90%", "0.b": ""}


def test_a_close_that_was_not_heard_closes_and_keeps_what_was_told(stage: Stage) -> None:
    """What the webhook said of it stays: the list says less."""
    stage.look(LISTED)
    stage.intake.receive(HEARD)
    stage.look(CLOSED)
    stage.look(CLOSED)
    (known,) = stage.known()
    assert known.state is IncidentState.CLOSED
    assert known.ended == NOW
    assert (known.notices, known.repeats) == (3, 0)
    assert (known.notice.observed, known.notice.source) == ("0.5", Source.MONITORING)


def test_what_opened_anew_unheard_is_opened(stage: Stage) -> None:
    """By its time: a list that still holds for open what has closed opens nothing."""
    stage.look(LISTED)
    stage.intake.receive(replace(HEARD, state=IncidentState.CLOSED, closed_at=None))
    stage.look(LISTED)
    assert stage.known()[0].state is IncidentState.CLOSED
    stage.look(replace(LISTED, opened_at=NOW + timedelta(minutes=9)))
    (known,) = stage.known()
    assert (known.state, known.opens, known.notice.observed) == (IncidentState.OPEN, 2, "")


def test_what_closed_is_told_before_what_opened(stage: Stage) -> None:
    """So that what came back while the bot was away goes on in its thread."""
    stage.look()
    stage.intake.receive(HEARD)
    stage.watch.pass_by(timedelta(seconds=1))
    after = replace(LISTED, name="projects/p/alerts/0.b", opened_at=NOW + timedelta(minutes=4))
    heard: list[str] = []
    stage.changed = lambda: heard.append(stage.known()[0].id)
    stage.look(after, CLOSED)
    assert heard == ["0.a", "0.b"]


def test_replicas_that_find_out_the_same_repeat_nothing(stage: Stage) -> None:
    """Three have read the same list before any of them has told."""
    stage.look()
    stage.intake.receive(HEARD)
    close = replace(HEARD, state=IncidentState.CLOSED, source=Source.MONITORING, closed_at=NOW)
    for _ in range(3):
        stage.intake.receive(close)
    assert stage.known()[0].repeats == 0


def test_a_notification_after_the_list_tells_what_it_is_about(stage: Stage) -> None:
    """The list knows no condition: the subject is told anew by the one who does."""
    listed = replace(LISTED, policy_name="Alert 7")
    stage.look(listed)
    assert stage.known()[0].subject is Subject.OTHER
    stage.intake.receive(replace(HEARD, policy="Alert 7", condition="hit rate < 90%"))
    assert stage.known()[0].subject is Subject.HIT_RATE


def test_what_opened_and_closed_while_away_is_told_as_closed(stage: Stage) -> None:
    """Only since the last look: a bot that is new does not tell of the past."""
    stage.look(CLOSED)
    assert stage.known() == []
    later = replace(CLOSED, name="projects/p/alerts/0.b", closed_at=NOW + timedelta(minutes=9))
    stage.look(later)
    (known,) = stage.known()
    assert (known.id, known.state) == ("0.b", IncidentState.CLOSED)


def test_an_incident_under_another_id_is_the_same(stage: Stage) -> None:
    """That a webhook and the list use one id is documented nowhere; two threads would be wrong."""
    stage.intake.receive(HEARD)
    stage.look(replace(LISTED, name="projects/p/alerts/zzz"))
    (known,) = stage.known()
    stage.look(replace(CLOSED, name="projects/p/alerts/zzz"))
    (known,) = stage.known()
    assert (known.id, known.state) == ("0.a", IncidentState.CLOSED)


def test_two_incidents_of_one_policy_at_once_are_two(stage: Stage) -> None:
    """Where the list knows the first by its id, the second is not taken for it."""
    stage.intake.receive(HEARD)
    stage.look(LISTED, replace(LISTED, name="projects/p/alerts/0.b"))
    assert sorted(one.id for one in stage.known()) == ["0.a", "0.b"]


def test_silence_closes_nothing(stage: Stage) -> None:
    """An incident of a policy that is not ours is in no list; nor is a test, nor a message."""
    others = (
        HEARD,
        replace(HEARD, incident=IncidentId("0.t"), test=True),
        replace(HEARD, incident=IncidentId("channel:C0:1.1:1.1:"), source=Source.CHANNEL),
    )
    for notice in others:
        stage.intake.receive(notice)
    stage.look()
    stage.look()
    assert {one.state for one in stage.known()} == {IncidentState.OPEN}


@pytest.mark.parametrize(
    "error", [Rejected("The id is invalid."), PermissionDenied("No get."), Unavailable("Away.")]
)
def test_one_incident_that_cannot_be_read_stops_nothing(stage: Stage, error: CloudError) -> None:
    """The others are asked for all the same, and the next look goes on from this one."""
    for name in ("0.bad", "0.good"):
        stage.intake.receive(replace(HEARD, incident=IncidentId(name), policy=f"Wiki {name}"))
    good = replace(CLOSED, name="projects/p/alerts/0.good")
    reader = MemoryReader(incidents=(good,), errors={"incident 0.bad": error})
    stage.look(reader=replace(reader, incidents=()))
    assert LookStore(stage.database).last("alerts") == NOW
    stage.look(reader=reader)
    states = {one.id: one.state for one in stage.known()}
    assert states == {"0.bad": IncidentState.OPEN, "0.good": IncidentState.CLOSED}


@pytest.mark.parametrize("identity", [HEARD.incident, unnamed("policy")])
def test_what_monitoring_does_not_know_is_given_up_in_the_end(
    stage: Stage, identity: IncidentId
) -> None:
    """After longer than Monitoring leaves one open; not where it only does not answer."""
    stage.intake.receive(replace(HEARD, incident=identity, policy="Log of the wiki"))
    stage.watch.pass_by(timedelta(days=7))
    stage.look()
    assert stage.known()[0].state is IncidentState.OPEN
    stage.watch.pass_by(timedelta(days=1))
    refused = {f"incident {identity}": PermissionDenied("No get.")}
    stage.look(reader=MemoryReader(errors=refused))
    assert is_unnamed(identity) is (stage.known()[0].state is IncidentState.CLOSED)
    stage.look()
    (known,) = stage.known()
    assert (known.state, known.notice.abandoned) == (IncidentState.CLOSED, True)
    stage.intake.receive(replace(HEARD, incident=identity, state=known.state, closed_at=NOW))
    (known,) = stage.known()
    assert (known.ended, known.notice.abandoned) == (NOW, False)


def test_an_incident_is_asked_for_by_either_id(stage: Stage) -> None:
    """A policy of somebody else is in no list, and its incident may have the other id there."""
    stage.intake.receive(replace(HEARD, policy="Wiki"))
    read = replace(CLOSED, name="projects/p/alerts/a", closed_at=NOW - timedelta(minutes=1))
    stage.look(reader=MemoryReader(incidents=(read,)))
    assert stage.known()[0].state is IncidentState.CLOSED


def test_an_incident_without_an_id_is_not_asked_for(stage: Stage) -> None:
    """Its id is made up here, and known nowhere else."""
    stage.intake.receive(replace(HEARD, incident=unnamed("policy", "condition")))
    reader = MemoryReader()
    stage.look(reader=reader)
    assert [reader.asked.get() for _ in range(reader.asked.qsize())] == ["open_incidents"]


def test_without_an_answer_the_next_look_goes_on_from_the_last(stage: Stage) -> None:
    """An outage of Monitoring loses no close."""
    stage.look(LISTED)
    broken = MemoryReader(errors={"open_incidents": Unavailable("It does not answer.")})
    for _ in range(9):
        with pytest.raises(Unavailable):
            stage.look(reader=broken)
        stage.watch.pass_by(timedelta(minutes=5))
    stage.look(replace(CLOSED, closed_at=NOW + timedelta(minutes=2)))
    assert stage.known()[0].state is IncidentState.CLOSED
