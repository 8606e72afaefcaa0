"""Fixtures: the stage, on a database that all its tests share."""

from collections.abc import Iterator

import pytest

from core.store.database import Database, open_database
from sandbox.clock import Clock
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import create_project
from tests.core.alerts.causes_of.stage import Stage, stage_on
from tests.core.google.conftest import connected

_SPEED = 20_000.0


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An open database; diagnoses only read it."""
    path = tmp_path_factory.mktemp("records") / "cachebot.sqlite"
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def stage(records: Database) -> Iterator[Stage]:
    """A deployment with a past, to be broken."""
    with PretendCloud(create_project(Clock(_SPEED))) as pretend:
        for cloud in connected(pretend):
            yield stage_on(pretend, cloud, records)
            pretend.project.faults.clear()
