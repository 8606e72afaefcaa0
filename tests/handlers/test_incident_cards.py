"""Properties of what an incident's root and a storm's list say was done meanwhile."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from core.operations import OperationId
from core.store.database import Database
from core.store.operations import OperationStore
from handlers.blocks.text import to_text
from handlers.incident_cards import card_of_key
from tests.core.small_desk import NOW, records_on
from tests.core.store.test_operations import operation
from tests.core.store.threads_stage import Stage

_MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(database: Database) -> Stage:
    """Nothing has happened yet."""
    return Stage(database)


def told(stage: Stage, key: str) -> str:
    """Return what a message says now."""
    card = card_of_key(key, records_on(stage.incidents.database))
    assert card is not None
    return to_text(card)


def done(stage: Stage, minutes: Mapping[str, float]) -> None:
    """Have operations set going so many minutes from now on."""
    operations = OperationStore(stage.incidents.database)
    for identity, after in minutes.items():
        one = replace(operation(), id=OperationId(identity), created_at=NOW + after * _MINUTE)
        assert operations.create(one)


def test_a_close_tells_what_was_done_during_this_opening_alone(stage: Stage) -> None:
    """What belongs to an earlier opening in the same thread was told when that one closed."""
    stage.take("0.a", NOW, "Low")
    stage.close("0.a", NOW + 5 * _MINUTE, "Low")
    stage.take("0.b", NOW + 10 * _MINUTE, "Low")
    done(stage, {"sync-early1": 2, "sync-betwen": 7, "sync-during": 11, "sync-after1": 13})
    stage.close("0.b", NOW + 12 * _MINUTE, "Low")
    root = told(stage, "incident:0.a")
    assert "Opened 2 times in this thread." in root
    assert "sync-during" in root
    assert not any(name in root for name in ("sync-early1", "sync-betwen", "sync-after1"))


def test_a_close_names_the_last_things_done_and_counts_the_others(stage: Stage) -> None:
    """After a week the list is still read on a phone."""
    stage.take("0.a", NOW, "Low")
    done(stage, {f"sync-n{number:05}": number for number in range(1, 61)})
    stage.close("0.a", NOW + 70 * _MINUTE, "Low")
    root = told(stage, "incident:0.a")
    assert root.count("sync-n") == 8
    assert "sync-n00060" in root
    assert "52 earlier ones" in root


def test_a_storms_close_tells_how_long_it_took_and_what_was_done(stage: Stage) -> None:
    """Its list is the only message that speaks of these incidents."""
    for number in range(6):
        stage.take(f"0.{number}")
    done(stage, {"sync-during": 3, "sync-after1": 12})
    listed = told(stage, "storm:0.3")
    assert "3 of them open" in listed
    assert "sync-during" not in listed
    for number in range(3, 6):
        stage.close(f"0.{number}", NOW + (5 + number) * _MINUTE)
    listed = told(stage, "storm:0.3")
    assert "all of them closed after 10 min" in listed
    assert "sync-during" in listed
    assert "sync-after1" not in listed
    assert "notice" not in listed
