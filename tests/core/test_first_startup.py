"""Properties of watching for the first startup after a rollback."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.call import Actor
from core.desk import Desk
from core.errors import Unavailable
from core.first_startup import FirstStartup, StartupWatch, startup_key
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import Plan, SetServiceEnv, WatchStartups
from core.signals import Startup
from core.store.database import open_database
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import INCIDENTS, NOW, Watch, desk_on

ID = OperationId("rollback-abc234")
VERSION = "20261122-020000"
REVISION = "tabular-service-00043-new"
STEP = WatchStartups(VERSION, timedelta(hours=24))
REVISE = SetServiceEnv({}, {})
ASKED_AT = NOW - timedelta(minutes=3)


def startup(
    minutes: int, *, hit: bool = True, version: str = VERSION, revision: str = REVISION
) -> Startup:
    """Make a startup some minutes after the operation."""
    return Startup(NOW + timedelta(minutes=minutes), "i1", revision, hit, "", version)


@pytest.fixture
def clock() -> Watch:
    """A clock that stands a minute after the operation's end."""
    return Watch(NOW + timedelta(minutes=1))


def desk_with(folder: Path, clock: Watch, reader: MemoryReader, state: StepState) -> Desk:
    """Make a desk on whose records one rollback has ended."""
    desk = desk_on(
        open_database(f"sqlite:///{folder / 'bot.sqlite'}"), refusing(reader), None, clock
    )
    plan = Plan("rollback", "Restore it.", {}, (REVISE, STEP))
    waiting = (StepRecord(0, REVISE), StepRecord(1, STEP))
    running, actor = OperationState.RUNNING, Actor("U0OLGA")
    store = desk.records.operations
    store.create(Operation(ID, plan, actor, INCIDENTS, running, waiting, NOW))
    store.begin_step(ID, 0, ASKED_AT)
    record = replace(waiting[1], state=state, finished_at=NOW, evidence={"revision": REVISION})
    store.record_step(ID, record)
    store.finish(ID, OperationState.DONE, NOW)
    return desk


def found(desk: Desk) -> list[FirstStartup]:
    """Look once, with a fresh memory."""
    return list(StartupWatch(desk).found())


def test_the_oldest_startup_of_the_new_revision_is_told(tmp_path: Path, clock: Watch) -> None:
    """Others of the old revision say nothing of the version."""
    reader = MemoryReader(
        starts=[startup(9), startup(5), startup(2, revision="tabular-service-00042-old")]
    )
    clock.pass_by(timedelta(minutes=20))
    (told,) = found(desk_with(tmp_path, clock, reader, StepState.DONE))
    assert told.startup == startup(5)
    assert told.as_hoped


@pytest.mark.parametrize("other", [startup(1, hit=False), startup(1, version="20261123-020000")])
def test_a_miss_or_another_version_is_not_as_hoped(
    tmp_path: Path, clock: Watch, other: Startup
) -> None:
    """It is told all the same."""
    clock.pass_by(timedelta(minutes=20))
    (told,) = found(desk_with(tmp_path, clock, MemoryReader(starts=[other]), StepState.DONE))
    assert not told.as_hoped


def test_it_is_looked_for_less_and_less_often_and_given_up_after_a_day(
    tmp_path: Path, clock: Watch
) -> None:
    """The logs are rationed; after a day it is told that nothing came."""
    reader = MemoryReader()
    watch = StartupWatch(desk_with(tmp_path, clock, reader, StepState.DONE))
    looks = 0
    while not (told := watch.found()):
        looks = reader.asked.qsize()
        clock.pass_by(timedelta(seconds=15))
        assert clock.now < NOW + timedelta(hours=26)
    assert told[0].startup is None
    assert told[0].waited >= timedelta(hours=24)
    assert 30 < looks < 120


def test_what_was_told_is_not_told_again(tmp_path: Path, clock: Watch) -> None:
    """The message is the record, for a restarted process as well."""
    clock.pass_by(timedelta(minutes=20))
    desk = desk_with(tmp_path, clock, MemoryReader(starts=[startup(5)]), StepState.DONE)
    assert len(found(desk)) == 1
    desk.records.messages.put(startup_key(ID), INCIDENTS, clock())
    assert found(desk) == []


def test_an_operation_that_did_not_come_so_far_is_not_watched(tmp_path: Path, clock: Watch) -> None:
    """Where the step was never done there is no new revision to wait for."""
    clock.pass_by(timedelta(minutes=20))
    reader = MemoryReader(starts=[startup(5)])
    assert found(desk_with(tmp_path, clock, reader, StepState.SKIPPED)) == []


def test_logs_that_do_not_answer_are_asked_again(tmp_path: Path, clock: Watch) -> None:
    """A day is long."""
    reader = MemoryReader(errors={"startups": Unavailable("No answer.")})
    assert found(desk_with(tmp_path, clock, reader, StepState.DONE)) == []


def test_the_instance_that_made_the_revision_ready_is_the_first(
    tmp_path: Path, clock: Watch
) -> None:
    """A revision is ready only after an instance of it has started: before the watch begins."""
    reader = MemoryReader(starts=[startup(-1)])
    (told,) = found(desk_with(tmp_path, clock, reader, StepState.DONE))
    assert told.startup == startup(-1)
    assert told.as_hoped
