"""Properties of the weekly report's card: no failure hides in a count, no advice is repeated."""

from dataclasses import replace
from typing import cast

import pytest

from core.answers import OpsReport
from core.operations import Operation, OperationState
from core.procedures.health import HealthReport
from handlers.blocks.text import to_text
from handlers.blocks.weekly import card_of_weekly
from tests.handlers.blocks.samples import SAMPLES
from tests.handlers.blocks.weekly_samples import WEEKS

(OPERATION,) = cast("OpsReport", SAMPLES["ops"]).operations


def operations(*states: OperationState) -> tuple[Operation, ...]:
    """Return syncs of the same person that have come so far."""
    return tuple(replace(OPERATION, state=state) for state in states)


_DONE, _FAILED = OperationState.DONE, OperationState.FAILED


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ((_DONE,), "sync by Ada."),
        ((_DONE, _DONE), "sync 2 times by Ada."),
        ((_FAILED,), "sync by Ada (failed)."),
        ((_FAILED, _DONE), "sync 2 times by Ada (1 failed)."),
        ((_FAILED, _FAILED), "sync 2 times by Ada (2 failed)."),
        (
            (_DONE, _FAILED, OperationState.STOPPED, OperationState.UNKNOWN),
            "sync 4 times by Ada (1 failed, 1 outcome unknown, 1 stopped).",
        ),
        (
            (OperationState.STOPPING, OperationState.WAITING),
            "sync 2 times by Ada (2 not over yet).",
        ),
    ],
)
def test_operations_that_did_not_end_well_are_told(
    states: tuple[OperationState, ...], told: str
) -> None:
    """Two syncs of which one failed are not just two syncs."""
    text = to_text(card_of_weekly(replace(WEEKS["weekly"], operations=operations(*states))))
    assert f"Operations: {told}" in " ".join(text.split())


def test_a_next_step_stands_once() -> None:
    """One fault shows in many checks, and its advice is the same for each of them."""
    health = cast("HealthReport", SAMPLES["health_failing_twice"])
    text = to_text(card_of_weekly(replace(WEEKS["weekly"], health=health)))
    assert text.count("Next: ") == 1
