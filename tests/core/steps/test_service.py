"""Properties of changing the service: one change, recognised again, proven or told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Conflict, OpsError, Unavailable
from core.operations import OperationState, StepState
from core.outcomes import Done, Failed, Pending, Unclear
from core.plans import AwaitReady, SetServiceEnv, SwitchNightly
from core.procedures.nightly import plan_nightly
from core.procedures.toggle import plan_disable
from core.procedures.undo import plan_undo
from core.services import ServiceChange, Traffic, TriggerState
from tests.core.steps.running import DEPLOYMENT, Running
from tests.core.tabular_cloud import NEW, OLD, SERVICE, TOGGLE, TRIGGER, TabularCloud, as_cloud


class NeverChangedCloud(TabularCloud):
    """A cloud that answers no change and makes none."""

    def change_service(self, change: ServiceChange) -> None:
        """Say nothing."""
        raise Unavailable(f"No answer to {change.stamp}.")


class LateCloud(TabularCloud):
    """A cloud on which an earlier write of the same change comes in just before this one."""

    def change_service(self, change: ServiceChange) -> None:
        """Find it changed already."""
        self.services.append(replace(self.service(), stamp=change.stamp, toggle="false"))
        super().change_service(change)


def disabling(cloud: TabularCloud) -> Running:
    """Begin to disable."""
    return Running(cloud, plan_disable("", as_cloud(cloud), DEPLOYMENT))


def test_one_variable_is_set_and_the_new_revision_awaited() -> None:
    """Done is ready, with all of the traffic on the revision that the change made."""
    running = disabling(TabularCloud())
    assert isinstance(running.take(0), Done)
    assert isinstance(running.take(1), Pending)
    running.cloud.become_ready()
    outcome = running.take(1)
    assert isinstance(outcome, Done)
    assert outcome.evidence["revision"] == NEW
    assert running.cloud.service().toggle == "false"


def test_a_change_that_was_made_is_recognised_and_not_made_again() -> None:
    """After a crash or a lost reply the stamp tells that it is ours."""
    running = disabling(TabularCloud(refusals=[Unavailable("No answer.")]))
    assert isinstance(running.take(0), Pending)
    outcome = running.take(0)
    assert isinstance(outcome, Done)
    assert outcome.evidence["revision_before"] == OLD
    assert len(running.cloud.stamps) == 1


def test_a_lost_reply_that_came_to_nothing_ends_unclear() -> None:
    """The change is not asked for without end; what can be seen is told."""
    lost = Unavailable("No answer.")
    running = disabling(NeverChangedCloud(refusals=[lost] * 9))
    outcomes = [running.take(0, after=timedelta(seconds=seconds)) for seconds in (0, 5, 25)]
    assert isinstance(outcomes[1], Pending)
    assert isinstance(outcomes[2], Unclear)


def test_our_own_late_change_is_no_conflict() -> None:
    """A lost write may be applied only while the next try is under way."""
    running = disabling(LateCloud(refusals=[Conflict("The etag differs.")]))
    outcome = running.take(0)
    assert isinstance(outcome, Done)


def test_a_variable_changed_since_the_plan_is_left_alone() -> None:
    """Nobody's edit is overwritten."""
    running = disabling(TabularCloud())
    running.cloud.services.append(replace(SERVICE, toggle="maybe"))
    outcome = running.take(0)
    assert isinstance(outcome, Failed)
    assert "`maybe` by now" in outcome.why
    assert running.cloud.stamps == []


def test_a_conflict_overwrites_nothing() -> None:
    """Somebody else was faster: the reader is told to ask again."""
    running = disabling(TabularCloud(refusals=[Conflict("The etag differs.")]))
    outcome = running.take(0)
    assert isinstance(outcome, Failed)
    assert "at the same moment" in outcome.why


def test_a_revision_that_fails_is_told_with_what_goes_on_serving() -> None:
    """The old revision serves on, and the change should be taken back."""
    running = disabling(TabularCloud())
    running.take(0)
    failed = replace(running.cloud.service(), reconciling=False, message="Container died.")
    running.cloud.services.append(failed)
    outcome = running.take(1)
    assert isinstance(outcome, Failed)
    assert "Container died." in outcome.why
    assert OLD in outcome.why


def test_a_revision_that_takes_too_long_is_not_called_failed() -> None:
    """After the patience it is told as it is: not ready yet."""
    running = disabling(TabularCloud())
    running.take(0)
    outcome = running.take(1, after=timedelta(minutes=11))
    assert isinstance(outcome, Failed)
    assert "still not ready" in outcome.why


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (replace(SERVICE, toggle="false"), "is off already"),
        (replace(SERVICE, toggle=None), "is off already"),
        (replace(SERVICE, pinned=True, traffic=(Traffic(OLD, 100, False),)), "is pinned"),
        (replace(SERVICE, toggle_from_secret=True), "from Secret Manager"),
    ],
)
def test_what_cannot_or_need_not_be_switched_is_refused_with_the_reason(
    service: object, said: str
) -> None:
    """No plan is shown that could do nothing."""
    cloud = TabularCloud(services=[service])  # type: ignore[list-item]  # a Service of the table
    with pytest.raises(OpsError, match=said):
        disabling(cloud)


def test_undo_is_a_plan_that_puts_the_old_value_back() -> None:
    """From what was set to what was there before, unless somebody changed it again."""
    running = disabling(TabularCloud())
    running.take(0)
    running.cloud.become_ready()
    running.take(1)
    done = running.operation(OperationState.DONE)
    plan = plan_undo(done, as_cloud(running.cloud), DEPLOYMENT)
    assert plan.steps[0] == SetServiceEnv(before={TOGGLE: "false"}, after={TOGGLE: "true"})
    assert any(isinstance(step, AwaitReady) for step in plan.steps)
    running.cloud.services.append(replace(SERVICE, toggle="other"))
    with pytest.raises(OpsError, match="was changed again"):
        plan_undo(done, as_cloud(running.cloud), DEPLOYMENT)


def test_a_change_of_which_nothing_is_known_is_undone_if_it_landed() -> None:
    """A lost reply may come true late: that the value is ours proves it, the old one disproves."""
    running = disabling(TabularCloud())
    running.records[0] = replace(running.records[0], state=StepState.UNKNOWN)
    unknown = running.operation(OperationState.UNKNOWN)
    with pytest.raises(OpsError, match="changed nothing"):
        plan_undo(unknown, as_cloud(running.cloud), DEPLOYMENT)
    running.cloud.services.append(replace(SERVICE, toggle="false"))
    plan = plan_undo(unknown, as_cloud(running.cloud), DEPLOYMENT)
    assert plan.steps[0] == SetServiceEnv(before={TOGGLE: "false"}, after={TOGGLE: "true"})


def test_what_changed_nothing_cannot_be_undone() -> None:
    """An operation that failed before its change has nothing to take back."""
    running = disabling(TabularCloud())
    with pytest.raises(OpsError, match="changed nothing"):
        plan_undo(running.operation(OperationState.FAILED), as_cloud(running.cloud), DEPLOYMENT)


def test_the_trigger_is_set_to_a_state_however_often() -> None:
    """Pausing a paused trigger is no failure: it may have been our own last try."""
    cloud = TabularCloud()
    running = Running(cloud, plan_nightly(as_cloud(cloud), (), resume=False))
    assert isinstance(running.take(0), Done)
    assert isinstance(running.take(0), Done)
    assert cloud.nightly().state is TriggerState.PAUSED
    assert len(cloud.triggers) == 2
    with pytest.raises(OpsError, match="paused already"):
        plan_nightly(as_cloud(cloud), (), resume=False)
    resumed = plan_nightly(as_cloud(cloud), (), resume=True)
    assert resumed.steps == (SwitchNightly(resume=True),)
    assert resumed.ask is None
    assert TRIGGER.state is TriggerState.ENABLED
