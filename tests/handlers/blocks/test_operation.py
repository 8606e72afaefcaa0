"""Properties of an operation's card: it says what is true now, and promises no more than that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache.evidence import CHANGED_SERVICE, NEXT
from core.cache.objects import Generation
from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import (
    AwaitExecution,
    AwaitReady,
    CheckConsistency,
    CheckService,
    Plan,
    Restored,
    RestoreObjects,
    RunSync,
    SetJobEnv,
    SetServiceEnv,
    Step,
)
from handlers.blocks.card import Progress
from handlers.blocks.operation import card_of_operation
from handlers.blocks.text import to_text

NOW = datetime(2026, 11, 23, 15, 36, tzinfo=UTC)
_READY = AwaitReady(timedelta(minutes=10))
_SYNC: tuple[Step, ...] = (RunSync(), AwaitExecution(timedelta(1), timedelta(hours=1)))


def operation(
    verb: str,
    steps: tuple[Step, ...],
    state: OperationState,
    *records: StepRecord,
    facts: Mapping[str, str] | None = None,
) -> Operation:
    """Return an operation with these steps, as far as they are recorded."""
    plan = Plan(verb, f"Do the {verb}.", facts or {}, steps, again=verb)
    records += tuple(StepRecord(at, steps[at]) for at in range(len(records), len(steps)))
    return Operation(
        OperationId(f"{verb}-k3f9q2"),
        plan,
        Actor("U777", "T1", "Ada"),
        Place("C1"),
        state,
        records,
        NOW - timedelta(minutes=4),
        finished_at=NOW if state.finished else None,
        stop_asked_by="U888" if state is OperationState.STOPPED else "",
    )


def done(at: int, step: Step, note: str = "As planned.") -> StepRecord:
    """Return the record of a step that has reached its goal."""
    return StepRecord(at, step, StepState.DONE, note)


def told(of: Operation) -> str:
    """Return the card as text, on one line."""
    return " ".join(to_text(card_of_operation(of, NOW)).split())


def asked_at_stop(steps: tuple[Step, ...]) -> str:
    """Return what the dialog behind the Stop button says."""
    card = card_of_operation(operation("undo", steps, OperationState.RUNNING), NOW)
    question = next(one.question for one in card.buttons if one.label == "Stop")
    assert question is not None
    return question.text


@given(over=st.integers(0, 4), ratio=st.floats(0, 1), runs=st.booleans())
def test_the_bar_is_of_the_whole_and_never_full_before_the_end(
    over: int, ratio: float, *, runs: bool
) -> None:
    """A step that is at its end is not the operation at its end."""
    steps: tuple[Step, ...] = (RunSync(), _SYNC[1], CheckService(), CheckConsistency())
    records = [done(at, step) for at, step in enumerate(steps[:over])]
    if runs and over < len(steps):
        records.append(StepRecord(over, steps[over], StepState.RUNNING, ratio=ratio))
    card = card_of_operation(operation("sync", steps, OperationState.RUNNING, *records), NOW)
    bars = [one for one in card.parts if isinstance(one, Progress)]
    assert len(bars) == 1
    assert over / 4 - 0.01 <= bars[0].ratio < 1
    assert bars[0].ratio <= (over + 1) / 4
    assert not [
        one
        for one in card_of_operation(
            operation("sync", steps, OperationState.DONE, *records), NOW
        ).parts
        if isinstance(one, Progress)
    ]


def test_the_dialog_behind_stop_is_about_what_runs() -> None:
    """Only where a sync runs does it speak of one."""
    assert "sync is cancelled" in asked_at_stop(_SYNC)
    assert "two versions would be mixed" in asked_at_stop((RestoreObjects(()),))
    assert "sync" not in asked_at_stop((SetServiceEnv({}, {}), _READY))


def test_an_undo_says_what_it_took_back_and_what_is_true_now() -> None:
    """A headline that only tells how long it took says nothing."""
    step = SetJobEnv({"LLM": "llama3.2:3b"}, {"LLM": "llama3.2:1b"})
    text = told(
        operation("undo", (step,), OperationState.DONE, done(0, step), facts={"operation": "u-1"})
    )
    assert text.startswith("Taking back u-1: done LLM is llama3.2:1b in the sync job now.")


def test_a_switch_says_how_the_volume_stands_and_how_it_is_turned() -> None:
    """And what it was asked for with is told below, the reason included."""
    step = SetServiceEnv({"ENABLED": "true"}, {"ENABLED": "false"})
    text = told(operation("disable", (step,), OperationState.DONE, done(0, step)))
    assert "The shared volume is off now; /cache enable switches it on again." in text
    assert "It was to: Do the disable." in text


def test_a_recovery_without_a_sync_says_what_it_proved() -> None:
    """The version that is live is in the headline."""
    note = "The cache is consistent at version 20261122-020540."
    text = told(
        operation(
            "recover",
            (CheckConsistency(),),
            OperationState.DONE,
            done(0, CheckConsistency(), note),
        )
    )
    assert text.startswith(f"Recovery of the model cache: done {note} It took")


def test_a_stopped_operation_says_what_state_it_left_and_goes_on_by_a_button() -> None:
    """What the closing steps have seen belongs at the top."""
    base = operation("rollback", (SetServiceEnv({}, {}), _READY), OperationState.STOPPED)
    closing = done(2, CheckConsistency(), "The cache is consistent at version X.")
    of = replace(base, steps=(*base.steps, closing))
    assert "Stopped by U888 after 4 min. The cache is consistent at version X." in told(of)
    assert card_of_operation(of, NOW).buttons[0].value == "rollback"


def test_a_failed_sync_in_a_recovery_names_the_recovery_as_the_road() -> None:
    """The state is told, and then one road."""
    failed = StepRecord(1, _SYNC[1], StepState.FAILED, "It failed.", "`/cache sync` tries again.")
    base = operation("recover", _SYNC, OperationState.FAILED, done(0, _SYNC[0]), failed)
    hint = "`/cache sync` repairs it."
    seen = StepRecord(2, CheckConsistency(), StepState.FAILED, "The cache is inconsistent.", hint)
    of = replace(base, steps=(*base.steps, seen))
    text = told(replace(of, steps=(*of.steps[:2], replace(seen, evidence={"cache": "gone"}))))
    assert "It failed. The cache is inconsistent." in text
    assert "/cache recover tries again." in text
    assert "/cache sync" not in text


def with_remarks(of: Operation, evidence: Mapping[str, str]) -> Operation:
    """Give the plan a warning, a reminder and no way back, and its first step this evidence."""
    plan = replace(of.plan, warnings=("Beware.",), reminders=("It holds.",), no_undo="No way back.")
    first = replace(of.steps[0], evidence=evidence)
    return replace(of, plan=plan, steps=(first, *of.steps[1:]))


@pytest.mark.parametrize(
    ("state", "changed", "remarks"),
    [
        (OperationState.RUNNING, True, {"Beware."}),
        (OperationState.DONE, True, {"It holds.", "No way back."}),
        (OperationState.FAILED, True, {"It holds."}),
        (OperationState.STOPPED, True, {"It holds."}),
        (OperationState.FAILED, False, set()),
    ],
)
def test_at_the_end_only_what_still_holds_is_kept_in_mind(
    state: OperationState, changed: bool, remarks: set[str]
) -> None:
    """What might have happened has or has not; and where nothing was changed, nothing holds."""
    step = SetServiceEnv({"A": "1"}, {"A": "2"})
    evidence = {CHANGED_SERVICE: "yes"} if changed else {}
    card = told(with_remarks(operation("disable", (step,), state, done(0, step)), evidence))
    assert {one for one in ("Beware.", "It holds.", "No way back.") if one in card} == remarks


def test_a_step_that_runs_without_a_word_yet_says_what_it_is_to_do() -> None:
    """A restore that takes long shows at once how much there is to write."""
    item = Restored("sbert/a", Generation(1), 2_000_000_000, "AAAAAA==", "", None)
    step = RestoreObjects((item, replace(item, name="sbert/b")))
    at_work = StepRecord(0, step, StepState.RUNNING)
    of = operation("rollback", (step,), OperationState.RUNNING, at_work)
    assert "Restore the models: 2 objects, 4.0 GB" in told(of)
    noted = replace(of, steps=(replace(at_work, note="1 of 2 objects restored."),))
    assert "Restore the models: 1 of 2 objects restored." in told(noted)


def test_a_failure_that_would_come_again_is_led_on_by_another_command() -> None:
    """Of a name that the registry does not know no other sync is offered."""
    failed = StepRecord(0, _SYNC[0], StepState.FAILED, "No.", evidence={NEXT: "update llm=a:1b"})
    card = card_of_operation(operation("sync", _SYNC, OperationState.FAILED, failed), NOW)
    assert [one.value for one in card.buttons] == ["update llm=a:1b", "health"]
