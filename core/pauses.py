"""Why the nightly trigger is paused: by which of the bot's own operations, if by one."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.operations import Operation, StepState
from core.plans import SwitchNightly


def paused_by(operations: Iterable[Operation]) -> Operation | None:
    """Return which one paused the trigger last; None where another one resumed it since.

    `operations` come newest first. Whether the trigger is paused is Cloud Scheduler's to say:
    somebody may have switched it there.
    """
    for operation in operations:
        for record in reversed(operation.steps):
            if isinstance(record.step, SwitchNightly) and record.state is StepState.DONE:
                return None if record.step.resume else operation
    return None


def holds_back(operation: Operation) -> bool:
    """Tell whether the pause protects something, such as a rollback that a sync would undo."""
    return operation.plan.verb != "pause"


@dataclass(frozen=True, slots=True)
class PauseAdvice:
    """What to say of a pause; `offer` is the command that lifts it, empty where it is to stay."""

    why: str
    next_step: str
    offer: str = ""


def advise_on(by: Operation | None) -> PauseAdvice:
    """Judge a pause by who made it: one that protects a rollback is not to be lifted in passing."""
    if by is not None and holds_back(by):
        return PauseAdvice(
            f"{by.id} paused it on purpose: a nightly sync would download newer models and so undo "
            f"the {by.plan.verb}.",
            "Leave it so; run /cache resume nightly once newer models are wanted.",
        )
    told = f" {by.id} paused it." if by else ""
    return PauseAdvice(
        f"It is paused: no nightly sync starts.{told}",
        "Run /cache resume nightly.",
        "resume nightly",
    )
