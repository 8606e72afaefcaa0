"""Properties of the incidents' table: each is one row, and no word is taken twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.store.database import open_database
from core.store.incidents import IncidentStore
from tests.core.small_desk import about
from tests.postgres import fresh_database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ID = IncidentId("0.abc")
OPEN = Notice(ID, IncidentState.OPEN, "Tabular Low Cache Hit Rate", Source.WEBHOOK, opened_at=NOW)
CLOSED = replace(OPEN, state=IncidentState.CLOSED, closed_at=NOW + timedelta(minutes=10))


@pytest.fixture
def store(tmp_path: Path) -> IncidentStore:
    """An empty table."""
    return IncidentStore(open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}"))


def take(store: IncidentStore, notice: Notice) -> bool:
    """Take a notice of a hit rate."""
    return store.take(notice, about(Subject.HIT_RATE), NOW)


def test_an_incident_opens_closes_and_counts_its_repeats(store: IncidentStore) -> None:
    """Only what changes the state is told."""
    assert [take(store, one) for one in (OPEN, OPEN, CLOSED, CLOSED)] == [True, False, True, False]
    known = store.get(ID)
    assert known is not None
    assert (known.state, known.notices, known.opens) == (IncidentState.CLOSED, 4, 1)
    assert known.repeats == 2
    assert known.notice == CLOSED
    assert store.open() == []
    assert [one.id for one in store.changed_since(NOW)] == [ID]


def test_a_close_that_comes_before_its_open_stays_closed(store: IncidentStore) -> None:
    """Notices may overtake each other; the late open opens nothing."""
    assert take(store, CLOSED)
    assert not take(store, OPEN)
    known = store.get(ID)
    assert known is not None
    assert known.state is IncidentState.CLOSED


def test_an_incident_that_opens_anew_is_counted(store: IncidentStore) -> None:
    """A flap is the same incident, opened twice."""
    again = replace(OPEN, opened_at=NOW + timedelta(minutes=15))
    assert [take(store, one) for one in (OPEN, CLOSED, again)] == [True] * 3
    known = store.get(ID)
    assert known is not None
    assert (known.opens, known.state) == (2, IncidentState.OPEN)
    assert [one.id for one in store.open()] == [ID]


def test_the_same_notice_from_many_sides_changes_once(postgres: str) -> None:
    """Eight deliveries at once, on the database that replicas share: one of them changed it."""
    store = IncidentStore(open_database(fresh_database(postgres)))
    with ThreadPoolExecutor(8) as pool:
        changed = list(pool.map(lambda _: take(store, OPEN), range(8)))
    assert sum(changed) == 1
    known = store.get(ID)
    assert known is not None
    assert known.notices == 8
    store.database.close()


def test_the_same_message_is_not_counted_again(store: IncidentStore) -> None:
    """A delivery comes at least once: the second time it is nothing, until it is forgotten."""
    for _ in range(2):
        store.take(OPEN, about(Subject.HIT_RATE), NOW, "pubsub:1")
    store.take(OPEN, about(Subject.HIT_RATE), NOW, "pubsub:2")
    assert _notices(store) == 2
    store.forget_messages(NOW)
    store.take(OPEN, about(Subject.HIT_RATE), NOW, "pubsub:1")
    assert _notices(store) == 2
    store.forget_messages(NOW + timedelta(seconds=1))
    store.take(OPEN, about(Subject.HIT_RATE), NOW, "pubsub:1")
    assert _notices(store) == 3


def test_the_same_message_from_many_sides_is_taken_once(postgres: str) -> None:
    """Eight deliveries at once under one id, on the database that replicas share."""
    store = IncidentStore(open_database(fresh_database(postgres)))
    with ThreadPoolExecutor(8) as pool:
        took = list(
            pool.map(lambda _: store.take(OPEN, about(Subject.HIT_RATE), NOW, "pubsub:1"), range(8))
        )
    assert sum(took) == 1
    assert _notices(store) == 1
    store.database.close()


def _notices(store: IncidentStore) -> int:
    known = store.get(ID)
    assert known is not None
    return known.notices
