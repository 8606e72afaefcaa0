"""Diagnoses beside what is at work: a sync that runs, an operation of the bot's own."""

from dataclasses import replace

from core.alerts.diagnose import beside_work
from core.alerts.incidents import Subject
from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState
from core.plans import Plan
from sandbox.cloud.deployment import JOB
from sandbox.cloud.run_state import short_name
from sandbox.cloud.sync_script import Stage as SyncStage
from tests.core.alerts.causes_of.stage import PERSON, Stage
from tests.core.alerts.causes_of.test_injected_faults import USAGE

_LONGEST = 20.0


def test_a_promotion_under_way_is_no_broken_cache(stage: Stage) -> None:
    """While a sync moves its download into place, the one thing to do is to follow it."""
    stage.project.scripts.hold(SyncStage.MOVING_SBERT)
    execution = short_name(stage.project.executions.launch(stage.project.state.job(JOB), PERSON))
    assert stage.project.scripts.wait_until(execution, SyncStage.MOVING_SBERT, _LONGEST)
    found = stage.diagnose(Subject.HIT_RATE)
    stage.project.scripts.release()
    assert found.cause.startswith(f"{execution} has been running for")
    assert (found.offers, found.certain) == (("sync",), False)


def test_beside_a_running_sync_nothing_is_offered_that_it_would_refuse(stage: Stage) -> None:
    """A cleanup refuses while a sync runs, and a sync would empty nothing."""
    USAGE["old leftovers"][0](stage)
    stage.project.scripts.hold(SyncStage.DOWNLOADING_EMBEDDING)
    execution = short_name(stage.project.executions.launch(stage.project.state.job(JOB), PERSON))
    assert stage.project.scripts.wait_until(execution, SyncStage.DOWNLOADING_EMBEDDING, _LONGEST)
    found = stage.diagnose(Subject.USAGE)
    stage.project.scripts.release()
    assert found.offers == ()
    assert f"{execution} is running: a cleanup can follow once it has ended." in found.evidence


def test_beside_work_of_the_bot_nothing_is_offered_but_looks(stage: Stage) -> None:
    """Whatever else the buttons began, the answer would be that the cache is busy."""
    found = stage.diagnose(Subject.HIT_RATE)
    plan, now = Plan("sync", "Sync.", {}, ()), stage.project.clock.now()
    at_work = Operation(
        OperationId("sync-abc"), plan, Actor("U0OLGA", name="olga"), Place("C0"),
        OperationState.RUNNING, (), now,
    )  # fmt: skip
    beside = beside_work(replace(found, offers=("sync", "logs service 2h")), (at_work,))
    assert beside.offers == ("show sync-abc", "logs service 2h")
    assert beside.evidence[0].startswith("sync-abc, asked for by olga, is at work")
    assert beside_work(found, (replace(at_work, state=OperationState.DONE),)) == found
