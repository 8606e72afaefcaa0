"""The checks of the last syncs and of the nightly trigger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Unavailable
from core.executions import Execution, ExecutionState
from core.inspection.checks.syncs import check_nightly, check_syncs
from core.inspection.findings import Verdict
from core.services import TriggerState
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NOW, execution, judged, whole_cache

_GOOD, _FAILED = ExecutionState.SUCCEEDED, ExecutionState.FAILED
_RUNNING, _CANCELLED = ExecutionState.RUNNING, ExecutionState.CANCELLED


def _runs(*states: ExecutionState) -> list[Execution]:
    """Return one execution for each state, one an hour, newest first."""
    return [
        execution(str(age), NOW - timedelta(hours=age), state, f"word {age}")
        for age, state in enumerate(states)
    ]


def _with_trigger(state: TriggerState, last_error: str = "") -> MemoryReader:
    trigger = whole_cache().trigger
    assert trigger is not None
    return replace(whole_cache(), trigger=replace(trigger, state=state, last_error=last_error))


@pytest.mark.parametrize(
    ("runs", "verdict", "words"),
    [
        (_runs(_GOOD, _FAILED, _FAILED), Verdict.OK, "The last good sync finished 0 s ago."),
        (_runs(_FAILED, _GOOD), Verdict.WARNING, "1 failed sync in a row (word 0). The last good"),
        (_runs(_FAILED, _FAILED, _GOOD), Verdict.FAILING, "2 failed syncs in a row (word 0)."),
        (_runs(_FAILED, _CANCELLED, _FAILED), Verdict.FAILING, "2 failed syncs in a row"),
        (_runs(_CANCELLED, _GOOD), Verdict.OK, "The last good sync finished 1 h ago."),
        (
            _runs(_RUNNING, _GOOD),
            Verdict.OK,
            "1 h ago. tabular-model-sync-0 is running now, retried, for 10 min.",
        ),
        (_runs(_RUNNING, _FAILED, _GOOD), Verdict.WARNING, "1 failed sync in a row (word 1)."),
        ([], Verdict.WARNING, "The job tabular-model-sync has not run yet."),
        (_runs(_RUNNING), Verdict.WARNING, "There is no good sync among 1 execution."),
        (_runs(_CANCELLED), Verdict.WARNING, "There is no good sync among 1 execution."),
    ],
)
def test_syncs_are_judged_by_failures_in_a_row(
    runs: Sequence[Execution], verdict: Verdict, words: str
) -> None:
    """One failure warns, two in a row fail, cancelled ones neither count nor break a row."""
    judgement = judged(check_syncs, replace(whole_cache(), runs=runs))
    assert judgement.verdict is verdict
    assert words in judgement.why
    assert bool(judgement.next_step) is (verdict is not Verdict.OK)


def test_a_first_sync_that_runs_is_nothing_wrong() -> None:
    """Without a nightly trigger, one that is under way needs no next step."""
    reader = replace(whole_cache(), trigger=None, runs=_runs(_RUNNING))
    judgement = judged(check_syncs, reader)
    assert (judgement.verdict, judgement.next_step) == (Verdict.OK, "")


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (TriggerState.ENABLED, Verdict.WARNING),
        (TriggerState.PAUSED, Verdict.OK),
        (None, Verdict.OK),
    ],
)
def test_an_old_good_sync_matters_only_where_syncs_come_nightly(
    state: TriggerState | None, verdict: Verdict
) -> None:
    """27 hours are too long with a nightly trigger, and no concern without one."""
    reader = replace(whole_cache(), trigger=None) if state is None else _with_trigger(state)
    old = [execution("x", NOW - timedelta(hours=27))]
    judgement = judged(check_syncs, replace(reader, runs=old))
    assert judgement.verdict is verdict
    young = [execution("x", NOW - timedelta(hours=26))]
    assert judged(check_syncs, replace(reader, runs=young)).verdict is Verdict.OK


def test_a_trigger_that_cannot_be_read_does_not_hide_the_syncs() -> None:
    """The syncs are judged without their age where the trigger does not answer."""
    reader = replace(whole_cache(), errors={"nightly": Unavailable("away")})
    old = [execution("x", NOW - timedelta(hours=27))]
    assert judged(check_syncs, replace(reader, runs=old)).verdict is Verdict.OK


def test_a_missing_job_is_not_configured() -> None:
    """Without a job there is nothing that could have failed."""
    judgement = judged(check_syncs, replace(whole_cache(), sync_job=None))
    assert judgement.verdict is Verdict.NOT_CONFIGURED
    assert "tabular-model-sync in europe-west1" in judgement.why


@pytest.mark.parametrize(
    ("state", "last_error", "verdict", "words"),
    [
        (TriggerState.ENABLED, "", Verdict.OK, "It is on, at `0 2 * * *` (Etc/UTC)."),
        (TriggerState.PAUSED, "", Verdict.WARNING, "It is paused: no nightly sync starts."),
        (TriggerState.DISABLED, "", Verdict.WARNING, "Its state is disabled"),
        (TriggerState.UPDATE_FAILED, "", Verdict.WARNING, "Its state is update failed"),
        (TriggerState.UNKNOWN, "", Verdict.UNKNOWN, "Cloud Scheduler does not say"),
        (TriggerState.ENABLED, "PERMISSION_DENIED", Verdict.FAILING, "PERMISSION_DENIED."),
        (TriggerState.PAUSED, "PERMISSION_DENIED", Verdict.FAILING, "It is paused"),
    ],
)
def test_the_trigger_is_judged_by_state_and_last_call(
    state: TriggerState, last_error: str, verdict: Verdict, words: str
) -> None:
    """A trigger that is off or whose last call failed is told, both where both hold."""
    judgement = judged(check_nightly, _with_trigger(state, last_error))
    assert judgement.verdict is verdict
    assert words in judgement.why
    assert last_error in judgement.why


def test_a_missing_trigger_is_not_configured() -> None:
    """Upstream removed the trigger: that is no fault, and says how to get one."""
    judgement = judged(check_nightly, replace(whole_cache(), trigger=None))
    assert judgement.verdict is Verdict.NOT_CONFIGURED
    assert "enable_model_sync_schedule" in judgement.next_step
