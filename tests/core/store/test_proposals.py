"""Properties of proposals: decided once, in time, by the first who does."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from core.call import Actor, Call, Door, Place
from core.plans import Asking, Plan, SwitchNightly
from core.policy import Role
from core.proposals import Proposal, ProposalId, ProposalState, changed_facts
from core.store.database import Database
from core.store.proposals import ProposalStore

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
PLAN = Plan(
    "pause", "Pause it.", {"state": "on"}, (SwitchNightly(resume=False),), ask=Asking(Role.OPERATOR)
)
ID = ProposalId("pause-abc123")
PROPOSAL = Proposal(
    ID, PLAN, "pause nightly", Actor("U0OLGA"), Place("C0INCIDENTS", "1.2"),
    ProposalState.OPEN, NOW, LATER, changes=("state: was off, is on",),
)  # fmt: skip


def click(number: int = 1) -> Call:
    """Make a click."""
    return Call(f"click:{number}", Actor(f"U{number}"), Door.BUTTON, Place("C0INCIDENTS"), "", NOW)


def test_a_proposal_survives_the_database(database: Database) -> None:
    """What is read back is what was shown."""
    store = ProposalStore(database)
    assert store.create(PROPOSAL)
    assert not store.create(PROPOSAL)
    assert store.get(ID) == PROPOSAL
    assert store.get(ProposalId("pause-nosuch")) is None


def test_of_many_clicks_at_once_one_wins(database: Database) -> None:
    """The decision is one conditional update, whoever and wherever clicks."""
    store = ProposalStore(database)
    store.create(PROPOSAL)
    won: list[int] = []
    barrier = Barrier(8)

    def decide(number: int) -> None:
        barrier.wait()
        if store.decide(ID, ProposalState.CONFIRMED, NOW, click(number)):
            won.append(number)

    threads = [Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decided = store.get(ID)
    assert decided is not None
    assert len(won) == 1
    assert (decided.decided_by, decided.decided_call) == (f"U{won[0]}", f"click:{won[0]}")


@pytest.mark.parametrize("state", [ProposalState.CONFIRMED, ProposalState.DECLINED])
def test_after_its_time_a_proposal_can_only_expire(
    database: Database, state: ProposalState
) -> None:
    """A late yes is no yes, and an early expiry is none either."""
    store = ProposalStore(database)
    store.create(PROPOSAL)
    assert not store.decide(ID, ProposalState.EXPIRED, NOW)
    assert store.expired(NOW) == []
    assert not store.decide(ID, state, LATER, click())
    assert store.expired(LATER) == [ID]
    assert store.decide(ID, ProposalState.EXPIRED, LATER)
    assert store.expired(LATER) == []


def test_a_yes_that_could_not_be_carried_out_is_given_back(database: Database) -> None:
    """While another operation holds the cache the plan waits on."""
    store = ProposalStore(database)
    store.create(PROPOSAL)
    store.decide(ID, ProposalState.CONFIRMED, NOW, click())
    store.reopen(ID)
    assert store.get(ID) == PROPOSAL


def test_changed_facts_are_named() -> None:
    """Only what differs is told, also where a fact came or went."""
    before = Plan("pause", "", {"a": "1", "b": "2"}, ())
    after = Plan("pause", "", {"a": "1", "b": "3", "c": "4"}, ())
    assert changed_facts(before, after) == ("b: was 2, is 3", "c: was nothing, is 4")
