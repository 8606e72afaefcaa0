"""Properties of the heartbeats: judged by the database's own clock."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.store.database import Database
from core.store.executors import ExecutorStore
from core.store.tables import executors

SILENT = timedelta(seconds=60)


def silence(database: Database, executor: str, span: timedelta) -> None:
    """Put an executor's last beat so far into the past."""
    with database.begin() as connection:
        seen = connection.execute(executors.select().where(executors.c.id == executor)).one()
        connection.execute(
            update(executors).where(executors.c.id == executor).values(seen_at=seen.seen_at - span)
        )


def test_who_beats_is_alive_and_who_is_silent_is_not(database: Database) -> None:
    """A process lives for as long as its last beat is young."""
    store = ExecutorStore(database)
    for name in ("a", "b", "c"):
        store.beat(name)
    assert store.living(SILENT) == {"a", "b", "c"}
    silence(database, "a", timedelta(seconds=61))
    silence(database, "b", timedelta(seconds=55))
    assert store.living(SILENT) == {"b", "c"}


def test_a_beat_brings_a_silent_process_back(database: Database) -> None:
    """It was frozen, not dead."""
    store = ExecutorStore(database)
    store.beat("a")
    silence(database, "a", timedelta(hours=1))
    assert store.living(SILENT) == frozenset()
    store.beat("a")
    assert store.living(SILENT) == {"a"}


def test_who_leaves_is_gone_at_once(database: Database) -> None:
    """Others take over without waiting for silence; leaving twice does no harm."""
    store = ExecutorStore(database)
    store.beat("a")
    store.beat("b")
    store.leave("a")
    store.leave("a")
    assert store.living(SILENT) == {"b"}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_machines_time_zone_does_not_matter(
    database: Database, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process is not nine hours silent because it runs in Tokyo."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    store = ExecutorStore(database)
    store.beat("a")
    living = store.living(SILENT)
    monkeypatch.undo()
    time.tzset()
    assert living == {"a"}
