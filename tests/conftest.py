"""Fixtures that several rooms share: databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.database import Database, open_database
from tests.postgres import fresh_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server for the whole run; yields its URL without a database."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cachebot.sqlite'}"
    return fresh_database(request.getfixturevalue("postgres"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with every migration applied."""
    opened = open_database(database_url)
    yield opened
    opened.close()
