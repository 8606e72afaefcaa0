"""Properties of asking for a yes and taking it once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.answers import AuditReport, Declined, PlanReport, Proposed, Started
from core.confirm import expire
from core.desk import Desk
from core.doomed import VerifyDeletion
from core.errors import Busy, NotAllowed, NothingToDo, OpsError
from core.operations import OperationId
from core.ops import admit, carry_out
from core.proposals import Proposal, ProposalState
from core.store.database import Database, memory_database
from tests.core import whole_cache
from tests.core.deleting_cloud import as_cloud as deleting_as_cloud
from tests.core.deleting_cloud import deleting
from tests.core.small_desk import ANNA, OLGA, VIC, NotedEngine, Watch, call_of, desk_on
from tests.core.tabular_cloud import SERVICE, TabularCloud, as_cloud
from tests.core.whole_cache import BUCKET, Write, cache_after, two_syncs


@pytest.fixture
def database() -> Iterator[Database]:
    """An empty database in memory."""
    opened = memory_database()
    yield opened
    opened.close()


class Office:
    """A desk with its parts, and the ways in which people use it."""

    def __init__(self, database: Database) -> None:
        self.cloud = TabularCloud()
        self.engine = NotedEngine()
        self.watch = Watch()
        self.desk: Desk = desk_on(database, as_cloud(self.cloud), self.engine, self.watch)
        self.requests = 0

    def say(self, words: str, user: str = OLGA, request: str = "") -> object:
        """Say something, each time as a request of its own unless one is named."""
        self.requests += 1
        call = call_of(words, request or f"request:{self.requests}", user, self.watch.now)
        return carry_out(admit(call, self.desk), call, self.desk)

    def propose(self, words: str = "disable") -> Proposal:
        """Ask for a change and return what is proposed."""
        answer = self.say(words)
        assert isinstance(answer, Proposed)
        return answer.proposal

    def now(self, proposal: Proposal) -> Proposal:
        """Read a proposal as it stands."""
        found = self.desk.records.proposals.get(proposal.id)
        assert found is not None
        return found


@pytest.fixture
def office(database: Database) -> Office:
    """An office where nothing has happened yet."""
    return Office(database)


def test_a_proposal_changes_nothing_and_a_yes_starts_its_plan(office: Office) -> None:
    """The operation has the proposal's id, its plan, and the one who said yes."""
    proposal = office.propose("disable the mount is broken")
    assert office.engine.known == []
    answer = office.say(f"confirm {proposal.id}", ANNA)
    assert isinstance(answer, Started)
    assert answer.operation.id == proposal.operation_id
    assert answer.operation.plan == proposal.plan
    assert answer.operation.actor.user_id == ANNA
    assert office.now(proposal).state is ProposalState.CONFIRMED


def test_what_starts_is_planned_at_the_yes(database: Database) -> None:
    """What others did before it, though no fact of the plan, is not laid at its door."""
    waste = Write(".tmp/x", whole_cache.NOW - timedelta(days=9), 10)
    cloud = deleting(cache_after([*two_syncs(), waste]))
    engine, watch = NotedEngine(), Watch(whole_cache.NOW)
    desk = desk_on(database, deleting_as_cloud(cloud), engine, watch)

    def say(words: str, request: str) -> object:
        call = call_of(words, request, OLGA, watch.now)
        return carry_out(admit(call, desk), call, desk)

    shown = say("cleanup", "1")
    assert isinstance(shown, Proposed)
    cloud.kept.remove(next(one for one in cloud.kept if not one.live))  # lifecycle did its work
    started = say(f"confirm {shown.proposal.id} {BUCKET}", "2")
    assert isinstance(started, Started)
    before, after = shown.proposal.plan, started.operation.plan
    assert after.facts_hash == before.facts_hash
    (was,) = [step for step in before.steps if isinstance(step, VerifyDeletion)]
    (now,) = [step for step in after.steps if isinstance(step, VerifyDeletion)]
    assert now.others_count == was.others_count - 1


def test_the_same_request_proposes_once(office: Office) -> None:
    """A request delivered again, or taken up after a crash, shows no second card."""
    first = office.say("disable", request="twice")
    second = office.say("disable", request="twice")
    assert first == second


def test_a_yes_taken_up_again_after_a_crash_is_the_same_yes(office: Office) -> None:
    """The process died between taking the yes and starting the operation."""
    proposal = office.propose()
    call = call_of(f"confirm {proposal.id}", "the-click", OLGA, office.watch.now)
    office.desk.records.proposals.decide(
        proposal.id, ProposalState.CONFIRMED, office.watch.now, call
    )
    answer = office.say(f"confirm {proposal.id}", request="the-click")
    again = office.say(f"confirm {proposal.id}", request="the-click")
    assert isinstance(answer, Started)
    assert isinstance(again, Started)
    assert office.engine.known == [OperationId(proposal.id)]


def test_a_second_yes_is_told_who_was_faster(office: Office) -> None:
    """And a no after a yes, and a yes after a no, are told so too."""
    proposal = office.propose()
    office.say(f"confirm {proposal.id}", ANNA)
    with pytest.raises(OpsError, match=f"{ANNA}.*is confirmed already"):
        office.say(f"confirm {proposal.id}")
    with pytest.raises(OpsError, match="is confirmed already"):
        office.say(f"decline {proposal.id}")
    other = office.propose("pause nightly")
    assert isinstance(office.say(f"decline {other.id}"), Declined)
    with pytest.raises(OpsError, match="has cancelled"):
        office.say(f"confirm {other.id}")


def test_a_yes_counts_only_for_the_facts_that_were_shown(office: Office) -> None:
    """What changed is named, nothing runs, and the new plan can be confirmed in its turn."""
    proposal = office.propose()
    office.cloud.services.append(replace(SERVICE, latest_ready_revision="r-deployed-meanwhile"))
    answer = office.say(f"confirm {proposal.id}")
    assert isinstance(answer, Proposed)
    assert answer.proposal.id != proposal.id
    assert any("r-deployed-meanwhile" in change for change in answer.proposal.changes)
    assert office.now(proposal).state is ProposalState.SUPERSEDED
    assert office.engine.known == []
    with pytest.raises(OpsError, match="no longer fits"):
        office.say(f"confirm {proposal.id}")
    assert isinstance(office.say(f"confirm {answer.proposal.id}"), Started)


def test_what_is_done_already_meanwhile_is_refused(office: Office) -> None:
    """Somebody switched it off by hand: there is nothing left to confirm."""
    proposal = office.propose()
    office.cloud.services.append(replace(SERVICE, toggle="false"))
    with pytest.raises(NothingToDo, match="is off already"):
        office.say(f"confirm {proposal.id}")
    assert office.engine.known == []


def test_a_late_yes_is_refused_and_the_card_closes(office: Office) -> None:
    """After its time a plan is asked for anew."""
    proposal = office.propose()
    office.watch.pass_by(office.desk.patience + timedelta(seconds=1))
    with pytest.raises(OpsError, match="has expired"):
        office.say(f"confirm {proposal.id}")
    expire(office.desk)
    assert office.now(proposal).state is ProposalState.EXPIRED


def test_the_role_is_asked_for_at_the_yes_again(office: Office) -> None:
    """Who may look may not confirm, whatever the button on the screen says."""
    proposal = office.propose()
    with pytest.raises(NotAllowed):
        office.say(f"confirm {proposal.id}", VIC)
    assert office.now(proposal).state is ProposalState.OPEN


def test_while_the_cache_is_busy_the_plan_waits_on(office: Office) -> None:
    """A yes that could not be carried out is not used up."""
    proposal = office.propose()
    office.engine.held_by = OperationId("sync-abc123")
    with pytest.raises(Busy):
        office.say(f"confirm {proposal.id}")
    assert office.now(proposal).state is ProposalState.OPEN
    office.engine.end()
    assert isinstance(office.say(f"confirm {proposal.id}"), Started)


def test_a_dry_run_proposes_nothing(office: Office) -> None:
    """The plan is shown and forgotten."""
    assert isinstance(office.say("disable --dry-run"), PlanReport)
    assert office.desk.records.messages.stale(office.watch.now) == []


def test_an_unknown_plan_is_said_to_be_unknown(office: Office) -> None:
    """A mistyped id is a mistake, not an internal error."""
    with pytest.raises(OpsError, match="There is no plan"):
        office.say("confirm disable-nosuch")


def test_who_asked_and_who_said_yes_are_both_known(office: Office) -> None:
    """They may be two people, and the operation names both."""
    proposal = office.propose()
    started = office.say(f"confirm {proposal.id}", ANNA)
    assert isinstance(started, Started)
    asked = started.operation.asked_by
    assert asked is not None
    assert (asked.user_id, started.operation.actor.user_id) == (OLGA, ANNA)


def test_the_audit_tells_how_it_became_and_not_of_itself(office: Office) -> None:
    """A request is listed with the state of what it set going."""
    desk = office.desk
    asked, asks = (call_of(words, words, ANNA, office.watch.now) for words in ("disable", "audit"))
    proposed = carry_out(admit(asked, desk), asked, desk)
    assert isinstance(proposed, Proposed)
    for call in (asked, asks):
        desk.records.calls.receive(call)
    desk.records.calls.answered("disable", office.watch.now, "proposed", proposed.proposal.id)
    report = carry_out(admit(asks, desk), asks, desk)
    assert isinstance(report, AuditReport)
    told = [(one.call.words, one.outcome, one.became) for one in report.entries]
    assert told == [("disable", "proposed", "open")]
