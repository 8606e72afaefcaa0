"""Whatever has happened to the bucket, a rollback restores a version whole or writes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.outcomes import Done
from tests.core.rollback_history import History, history

VERBS = (
    *["sync"] * 2,
    *["publish and sync"] * 2,
    "another model",
    "stub",
    *["cleanup"] * 2,
    "careless cleanup",
    "lose",
    *["days pass"] * 2,
    *["rollback"] * 3,
)
ACTIONS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 99)), min_size=4, max_size=12)


def act(past: History, verb: str, pick: int) -> None:
    """Do one thing to the bucket."""
    match verb:
        case "sync":
            past.sync()
        case "publish and sync":
            past.sync(publish=True)
        case "another model":
            past.sync(llm=("llama3.2:1b", "llama3.2:3b")[pick % 2])
        case "stub":
            past.stub()
        case "cleanup":
            past.clean_up(timedelta(days=pick % 4, minutes=1), kept_versions=1 + pick % 3)
        case "careless cleanup":
            past.lose_noncurrent([pick, pick * 7, pick * 13])
        case "lose":
            past.lose_live(pick)
        case "days pass":
            past.days_pass(1 + pick % 3)
        case _:
            roll_back(past, pick)


def roll_back(past: History, pick: int) -> None:
    """Roll back to one of the versions there ever were, and hold it to its promise."""
    version = sorted(past.versions)[pick % len(past.versions)]
    before, writes = past.cloud.objects(), past.writes()
    outcome = past.rolled_back(version)
    if outcome is None:
        assert past.writes() == writes
        assert past.cloud.objects() == before
        return
    assert isinstance(outcome, Done), outcome
    assert past.differences(version) == []


@pytest.mark.timeout(600)
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking a history takes many minutes
    suppress_health_check=list(HealthCheck),
)
@given(actions=ACTIONS, inventories=st.booleans())
def test_a_rollback_restores_a_version_whole_or_writes_nothing(
    actions: list[tuple[str, int]], *, inventories: bool
) -> None:
    """Syncs, stubs, cleanups, losses and lifecycle runs in any order, through Google's client.

    With inventories somebody deletes versions at random. Without one nothing tells that a file
    has vanished in all of its versions, which is why a plan without one says so.
    """
    with history(inventories=inventories) as past:
        past.sync()
        past.sync(publish=True)
        for verb, pick in actions:
            act(past, verb, pick)
        roll_back(past, 0)
        roll_back(past, 1)


def test_a_version_that_lost_a_file_is_not_forgotten_to_have_had_it() -> None:
    """Rolling back from it and to it again brings back what was lost in between."""
    with history(inventories=True) as past:
        first, second = past.sync(), past.sync(publish=True)
        lost = next(
            name for name in past.versions[second] if name.endswith("sentencepiece.bpe.model")
        )
        past.pretend.project.bucket.delete(lost)
        assert isinstance(past.rolled_back(first), Done)
        assert isinstance(past.rolled_back(second), Done)
        assert past.differences(second) == []


def test_the_history_is_one_in_which_rollbacks_happen() -> None:
    """Otherwise the property above would hold of nothing."""
    with history(inventories=False) as past:
        first = past.sync()
        past.sync(publish=True, llm="llama3.2:3b")
        past.stub()
        outcome: Any = past.rolled_back(first)
        assert isinstance(outcome, Done)
        assert past.differences(first) == []
