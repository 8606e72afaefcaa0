"""The dialog behind a Stop button: what stopping means depends on what runs."""

from core.doomed import DeleteGenerations
from core.operations import Operation
from core.plans import RestoreObjects, RunSync
from handlers.blocks.card import Question

_CLEANUP = "What is deleted by now stays deleted; the rest is left as it is, and told."
_RESTORE = (
    "A restore that has begun to write is finished first, or two versions would be mixed. The "
    "steps after it are left out; asking for the same again finishes them."
)
_SYNC = (
    "A running sync is cancelled, also where somebody else started it. One cancelled while it "
    "replaces files leaves the cache inconsistent until the next one."
)
_OTHER = "What is done by now stays, and the steps that have not begun are left out."


def stop_question(operation: Operation) -> Question:
    """Ask whether to stop, and say what becomes of this very operation."""
    for kind, noun, text in (
        (DeleteGenerations, "cleanup", _CLEANUP),
        (RestoreObjects, "rollback", _RESTORE),
        (RunSync, "operation", _SYNC),
    ):
        if any(isinstance(step, kind) for step in operation.plan.steps):
            return Question(f"Stop this {noun}?", text, "Stop it", "Let it run")
    return Question("Stop this operation?", _OTHER, "Stop it", "Let it run")
