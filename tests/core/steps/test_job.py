"""Properties of changing the sync job: one change, recognised again, nobody's overwritten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Conflict, Unavailable
from core.executions import JobChange, SyncJob
from core.outcomes import Done, Failed, Pending, Stopped, Unclear
from core.plans import Plan, SetJobEnv
from tests.core.steps.running import Running
from tests.core.tabular_cloud import JOB, TabularCloud

LLM = "LLM_MODEL_NAME"
STEP = SetJobEnv({LLM: "llama3.2:1b"}, {LLM: "llama3.2:3b"})
PLAN = Plan("update", "Change it.", {}, (STEP,))


class NeverChangedCloud(TabularCloud):
    """A cloud that answers no change and makes none."""

    def change_job(self, change: JobChange) -> None:
        """Say nothing."""
        raise Unavailable(f"No answer to {change.stamp}.")


class LateCloud(TabularCloud):
    """A cloud on which an earlier write of the same change comes in just before this one."""

    def change_job(self, change: JobChange) -> None:
        """Find it changed already."""
        self.jobs.append(replace(self.job(), stamp=change.stamp))
        super().change_job(change)


class SlowCloud(TabularCloud):
    """A cloud that goes on taking a change up."""

    def job(self) -> SyncJob:
        """Answer the newest, not settled yet."""
        return replace(super().job(), reconciling=bool(self.stamps))


def test_one_variable_is_set_and_told() -> None:
    """The note says from what to what, and the evidence that there is something to undo."""
    running = Running(TabularCloud(), PLAN)
    outcome = running.take(0)
    assert outcome == Done(
        f"{LLM} set from `llama3.2:1b` to `llama3.2:3b`.", {"changed_job": "yes"}
    )
    assert running.cloud.job().llm_model == "llama3.2:3b"
    assert running.cloud.job().embedding_model == JOB.embedding_model


def test_the_change_is_done_once_cloud_run_has_taken_it_up() -> None:
    """An execution begun before might not see it; a stop or minutes of waiting end the wait."""
    running = Running(SlowCloud(), PLAN)
    outcomes = [running.take(0, after=timedelta(seconds=seconds)) for seconds in (0, 100, 181)]
    assert [type(one) for one in outcomes] == [Pending, Pending, Done]
    assert len(running.cloud.stamps) == 1
    stopped = Running(SlowCloud(), PLAN)
    assert isinstance(stopped.take(0), Pending)
    stopped.stop_asked_by = "U0OLGA"
    assert isinstance(stopped.take(0), Done)


def test_a_lost_reply_is_recognised_and_not_repeated() -> None:
    """The stamp tells that the change was ours."""
    running = Running(TabularCloud(refusals=[Unavailable("No answer.")]), PLAN)
    assert isinstance(running.take(0), Pending)
    assert isinstance(running.take(0), Done)
    assert len(running.cloud.stamps) == 1


def test_a_lost_reply_that_came_to_nothing_ends_unclear() -> None:
    """The change is not asked for without end."""
    running = Running(NeverChangedCloud(), PLAN)
    outcomes = [running.take(0, after=timedelta(seconds=seconds)) for seconds in (0, 5, 25)]
    assert isinstance(outcomes[1], Pending)
    assert isinstance(outcomes[2], Unclear)


def test_our_own_late_change_is_no_conflict() -> None:
    """A lost write may be applied only while the next try is under way."""
    running = Running(LateCloud(refusals=[Conflict("The etag differs.")]), PLAN)
    assert isinstance(running.take(0), Done)


@pytest.mark.parametrize(
    ("cloud", "said"),
    [
        (TabularCloud(refusals=[Conflict("The etag differs.")]), "at the same moment"),
        (TabularCloud(jobs=[replace(JOB, env={LLM: "gemma2:2b"})]), "`gemma2:2b` by now"),
        (TabularCloud(jobs=[replace(JOB, env={})]), "absent by now"),
    ],
)
def test_nobodys_edit_is_overwritten(cloud: TabularCloud, said: str) -> None:
    """Neither one since the plan nor one at the same moment."""
    outcome = Running(cloud, PLAN).take(0)
    assert isinstance(outcome, Failed)
    assert said in outcome.why
    assert cloud.stamps == []


def test_stopped_before_its_change_it_changes_nothing() -> None:
    """After a lost reply it looks first; before that there is nothing to look for."""
    running = Running(TabularCloud(), PLAN, stop_asked_by="U0OLGA")
    assert isinstance(running.take(0), Stopped)
    assert running.cloud.stamps == []
