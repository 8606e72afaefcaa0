"""Properties of opening, migrating and guarding the database."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.store.database import Database, DatabaseInUse, migrate, open_database, peek_database
from core.store.tables import metadata


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
