"""Why the nightly trigger is paused, and what that changes in what is said and asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.call import Actor, Place
from core.inspection.checks.syncs import check_nightly
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.pauses import paused_by
from core.plans import CheckSources, Plan, SwitchNightly
from core.procedures.nightly import plan_nightly
from core.services import TriggerState
from tests.core.reader import MemoryReader
from tests.core.whole_cache import MEASURE, NOW, judged, whole_cache


def switched(verb: str, *, resume: bool, state: StepState = StepState.DONE) -> Operation:
    """Return an operation whose step switched the trigger, or was to."""
    step = SwitchNightly(resume)
    return Operation(
        OperationId(f"{verb}-k3f9q2ab"),
        Plan(verb, "", {}, (CheckSources(), step), expected=timedelta(minutes=1)),
        Actor("U777"),
        Place("C1"),
        OperationState.DONE,
        (StepRecord(0, CheckSources(), StepState.DONE), StepRecord(1, step, state)),
        NOW,
    )


PAUSED = switched("pause", resume=False)
RESUMED = switched("resume", resume=True)
ROLLED_BACK = switched("rollback", resume=False)
FAILED_EARLY = switched("rollback", resume=False, state=StepState.SKIPPED)


def paused_cache() -> MemoryReader:
    """Return the cache with its trigger paused."""
    reader = whole_cache()
    assert reader.trigger is not None
    return replace(reader, trigger=replace(reader.trigger, state=TriggerState.PAUSED))


@pytest.mark.parametrize(
    ("operations", "by"),
    [
        ((), None),
        ((PAUSED,), PAUSED),
        ((RESUMED, ROLLED_BACK), None),
        ((ROLLED_BACK, RESUMED), ROLLED_BACK),
        ((FAILED_EARLY, PAUSED), PAUSED),
    ],
)
def test_the_last_switch_that_took_place_counts(
    operations: tuple[Operation, ...], by: Operation | None
) -> None:
    """What was only planned paused nothing, and what was resumed is not paused by the bot."""
    assert paused_by(operations) is by


def test_health_does_not_advise_to_undo_a_rollback() -> None:
    """A pause that protects a rollback is told with its reason, any other is to be lifted."""
    measure = replace(MEASURE, nightly_switches=(ROLLED_BACK,))
    judgement = judged(check_nightly, paused_cache(), measure)
    assert judgement.why.startswith("rollback-k3f9q2ab paused it on purpose")
    assert judgement.next_step.startswith("Leave it so")
    for others in ((), (PAUSED,)):
        judgement = judged(check_nightly, paused_cache(), replace(MEASURE, nightly_switches=others))
        assert judgement.next_step == "Run /cache resume nightly."


def test_resuming_asks_first_where_a_rollback_stands() -> None:
    """It would bring newer models tonight, so the plan says so and waits for a yes."""
    plan = plan_nightly(paused_cache(), (ROLLED_BACK,), resume=True)
    assert plan.ask is not None
    assert plan.facts["paused by"] == ROLLED_BACK.id
    assert "undoes the rollback" in plan.warnings[0]
    assert plan_nightly(paused_cache(), (PAUSED,), resume=True).ask is None
