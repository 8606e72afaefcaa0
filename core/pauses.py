"""Why the nightly trigger is paused: by which of the bot's own operations, if by one."""

from collections.abc import Iterable

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
