"""Properties of mending: nothing begins by itself some day, and nothing runs for ever."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.mending import SETTLED, mend, mend_proposals
from core.operations import OperationId, OperationState, StepState
from core.proposals import Proposal, ProposalId, ProposalState
from core.store.database import memory_database
from tests.core.launch_stage import SECOND, Stage, renamed
from tests.core.small_desk import NOW, NotedEngine, Watch, call_of, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage on which nothing runs yet."""
    database, watch, engine = memory_database(), Watch(), NotedEngine()
    trouble: list[Exception] = []

    def before(_question: str) -> None:
        if trouble:
            raise trouble[0]

    cloud = SyncCloud(tmp_path, watch, before)
    yield Stage(desk_on(database, as_cloud(cloud), engine, watch), cloud, engine, watch, trouble)
    database.close()


def test_mending_leaves_what_is_young_or_runs_alone(stage: Stage) -> None:
    """It may be on its way to the engine, or simply run."""
    operation = stage.start()
    stage.engine.known.clear()
    stage.mend()
    assert stage.unfinished() == [operation.id]
    stage.engine.known.append(operation.id)
    stage.watch.pass_by(SETTLED)
    stage.mend()
    assert stage.read(operation.id) == operation


def test_what_was_never_submitted_never_begins(stage: Stage) -> None:
    """Its request either makes a new one or is told that it came too late."""
    operation = stage.start()
    stage.engine.known.clear()
    stage.watch.pass_by(SETTLED)
    stage.mend()
    assert stage.read(operation.id) is None
    assert stage.engine.known == []


def test_what_was_never_submitted_and_asked_to_stop_ends_stopped(stage: Stage) -> None:
    """Whoever asked was promised a message."""
    operation = stage.start()
    stage.carry_out(call_of("cancel", "2"))
    stage.engine.known.clear()
    stage.watch.pass_by(SETTLED)
    stage.mend()
    ended = stage.read(operation.id)
    assert ended is not None
    assert ended.state is OperationState.STOPPED
    assert {record.state for record in ended.steps} == {StepState.SKIPPED}


def test_what_the_engine_gave_up_ends_unknown_at_the_step_where_it_broke(stage: Stage) -> None:
    """Nothing is left "running" for ever, and the message says where it stands."""
    operation = stage.start()
    stage.desk.records.operations.begin_step(operation.id, 0, NOW)
    stage.engine.over.add(operation.id)
    stage.watch.pass_by(SETTLED)
    stage.mend()
    ended = stage.read(operation.id)
    assert ended is not None
    assert ended.state is OperationState.UNKNOWN
    assert ended.steps[0].state is StepState.UNKNOWN
    assert "gave up" in ended.steps[0].note
    assert {record.state for record in ended.steps[1:]} == {StepState.SKIPPED}


def test_an_operation_that_ended_meanwhile_keeps_its_end(stage: Stage) -> None:
    """Read as running a moment ago, it has ended well by now, and so has its workflow."""
    operation = stage.start()
    stage.watch.pass_by(SETTLED)
    read_before = stage.desk.records.operations.unfinished()
    stage.desk.records.operations.finish(operation.id, OperationState.DONE, stage.watch.now)
    stage.engine.over.add(operation.id)
    for one in read_before:
        mend(one, stage.engine, stage.desk)
    ended = stage.read(operation.id)
    assert ended is not None
    assert ended.state is OperationState.DONE


def test_a_running_operation_without_a_message_gets_one(stage: Stage) -> None:
    """Its process died right after submitting, and its request is too old to be answered."""
    first = stage.start()
    wanted = OperationId("sync-silent2")
    stage.desk.records.operations.create(renamed(first, wanted))
    stage.engine.known.append(wanted)
    stage.watch.pass_by(SETTLED)
    stage.mend()
    assert stage.message_wanted(wanted)


@pytest.mark.parametrize("became", [True, False])
def test_a_yes_that_became_no_operation_is_asked_for_again(stage: Stage, *, became: bool) -> None:
    """Else everybody would be told for ever that it is confirmed; one that runs stays so."""
    operation = stage.start()
    proposals = stage.desk.records.proposals
    wanted = ProposalId(operation.id if became else "disable-abc234")
    expires = NOW + timedelta(minutes=10)
    opened, actor, place = ProposalState.OPEN, operation.actor, operation.place
    proposals.create(
        Proposal(wanted, operation.plan, "disable", actor, place, opened, NOW, expires)
    )
    assert proposals.decide(wanted, ProposalState.CONFIRMED, NOW, call_of("confirm", "yes"))
    mend_proposals(stage.desk)
    stage.watch.pass_by(SETTLED + SECOND)
    before = proposals.get(wanted)
    mend_proposals(stage.desk)
    after = proposals.get(wanted)
    assert before is not None
    assert after is not None
    assert before.state is ProposalState.CONFIRMED, "it may be on its way"
    assert after.state is (ProposalState.CONFIRMED if became else ProposalState.OPEN)
