"""Properties of opening, migrating and guarding the database."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, text
from sqlalchemy.exc import IntegrityError

from core.store.database import (
    Database,
    DatabaseAway,
    DatabaseInUse,
    migrate,
    open_database,
    peek_database,
)
from core.store.tables import executors, metadata


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    """Two bots on one SQLite file would recover each other's operations."""
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    first = open_database(url)
    with pytest.raises(DatabaseInUse, match="Another cachebot already uses"):
        open_database(url)
    first.close()
    open_database(url).close()


def test_a_running_bots_database_can_be_looked_at(tmp_path: Path) -> None:
    """The command line may read beside the bot; without a database there is nothing to read."""
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    assert peek_database(url) is None
    bot = open_database(url)
    beside = peek_database(url)
    assert beside is not None
    assert beside.alive()
    beside.close()
    bot.close()


@pytest.mark.parametrize(
    "url", ["postgresql://cachebot:hush@127.0.0.1:1/cachebot", "sqlite:////proc/no/x.sqlite"]
)
def test_a_database_that_is_not_there_is_told_in_a_sentence(url: str) -> None:
    """Without the password that its address holds."""
    with pytest.raises(DatabaseAway, match="does not answer") as caught:
        open_database(url)
    assert "hush" not in str(caught.value)


def test_a_database_that_is_lost_on_the_way_is_away(database: Database) -> None:
    """A mistake of ours, such as a row that is there already, is not taken for that."""
    with pytest.raises(DatabaseAway):
        _lose(database)
    with pytest.raises(IntegrityError):
        _insert_twice(database)
    assert database.alive()


def _lose(database: Database) -> None:
    with database.begin() as connection:
        if database.shared:
            connection.execute(text("set local statement_timeout = 50"))
            connection.execute(text("select pg_sleep(60)"))
        connection.execute(text("select 1 from nothing_of_the_kind"))


def _insert_twice(database: Database) -> None:
    with database.begin() as connection:
        for _ in range(2):
            connection.execute(executors.insert().values(id="a", seen_at=func.now()))


def test_an_empty_file_is_no_database_yet(tmp_path: Path) -> None:
    """Somebody made the file before the bot did; there is nothing to read in it."""
    file = tmp_path / "x.sqlite"
    file.touch()
    assert peek_database(f"sqlite:///{file}") is None


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """Every start migrates, so a migrated database has to stay as it is."""
    migrate(database.engine)
    assert database.alive()


def test_the_migrations_lead_to_the_declared_tables(database: Database) -> None:
    """A column that is declared and not migrated would fail only in production."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours})
        assert compare_metadata(context, metadata) == []


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or (name or "") in metadata.tables
