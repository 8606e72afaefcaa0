"""A failed execution of the sync job told to people: the cause in words, then what is left."""

from collections.abc import Sequence

from core.alerts.causes_of.failed_sync import FailedSync, Failure, read_failure
from core.alerts.causes_of.going_back import update_to
from core.cache.consistency import read_manifest
from core.cache.evidence import CHANGED_JOB, NEXT
from core.cache.manifest import Manifest
from core.context import Context
from core.errors import CloudError
from core.executions import Execution
from core.outcomes import Failed
from core.plans import SetJobEnv, SetServiceEnv, VerifySync
from core.signals import LogLine

_SAID = {
    Failure.PROMOTION: "The sync died while it made its download live.",
    Failure.PERMISSION: "The sync was refused access.",
    Failure.NO_BUCKET: "The sync found no bucket.",
    Failure.DISK: "The sync ran out of disk under .tmp/.",
    Failure.MEMORY: "The sync ran out of memory.",
    Failure.REGISTRY: "The sync could not reach the registry of the models.",
    Failure.TIMEOUT: "The sync was stopped at the time limit of an attempt.",
}
_OFFERS = {Failure.NO_BUCKET: "`/cache recover` looks whether the bucket can be restored."}


def told_failure(
    context: Context, execution: Execution, lines: Sequence[LogLine] | CloudError
) -> Failed:
    """Tell why it failed and what follows; `lines` are its errors, newest first."""
    known = () if isinstance(lines, CloudError) else lines
    failure = read_failure(execution, known)
    tries = " after retries" * execution.retried
    parts = [_cause(failure, context), f"{execution.name} failed{tries}."]
    if failure.failure is Failure.UNKNOWN or isinstance(lines, CloudError):
        parts.append(execution.message or "The platform gives no reason.")
    parts += [_last_words(lines), *_left(failure, context)]
    hint, words = _go_on(failure, context)
    return Failed(
        " ".join(part for part in parts if part),
        f"`/cache logs sync errors` shows more. {hint}",
        {NEXT: words} if words else {},
    )


def go_on(context: Context) -> str:
    """Say what to do after a sync that failed: a job that was changed may be why it did."""
    operation = context.operation
    if operation.plan.undo and CHANGED_JOB in operation.evidence:
        undo = operation.plan.undo.format(id=operation.id)
        return f"`/cache {undo}` puts the sync job back as it was."
    return "`/cache sync` tries again."


def _cause(failure: FailedSync, context: Context) -> str:
    if failure.failure is not Failure.MODEL_UNKNOWN:
        return _SAID.get(failure.failure, "")
    kind = "embedding" if failure.of_embedding else "language"
    wanted = _wanted(failure, context) or "of that name"
    return f"The registry knows no {kind} model {wanted}, so nothing was downloaded."


def _wanted(failure: FailedSync, context: Context) -> str:
    """Return the model that the plan wanted, which the log line need not name in full."""
    for step in context.operation.plan.steps:
        if isinstance(step, VerifySync):
            return step.embedding_model if failure.of_embedding else step.llm_model
    return ""


def _last_words(lines: Sequence[LogLine] | CloudError) -> str:
    if isinstance(lines, CloudError):
        return f"Its log could not be read: {lines.message}"
    if not lines:
        return "It logged no error."
    said = " / ".join(dict.fromkeys(line.text.strip() for line in reversed(lines)))
    attempts = max(line.attempt or 1 for line in lines)
    return f'The last errors, in attempt {attempts}: "{said}".'


def _left(failure: FailedSync, context: Context) -> list[str]:
    """Say what the plan has changed and what not."""
    plan = context.operation.plan
    told: list[str] = []
    if any(isinstance(step, SetServiceEnv) for step in plan.steps):
        told.append("The service was not changed.")
    changed = CHANGED_JOB in context.operation.evidence
    if changed and any(isinstance(step, SetJobEnv) for step in plan.steps):
        always = failure.failure is Failure.MODEL_UNKNOWN
        so = ": every sync fails until it is put back" if always else ""
        told.append(f"The sync job still names the new models{so}.")
    return told


def _go_on(failure: FailedSync, context: Context) -> tuple[str, str]:
    """Say what to do now, and by which command where the same one would fail again."""
    changed = CHANGED_JOB in context.operation.evidence
    if failure.failure is not Failure.MODEL_UNKNOWN or changed:
        return _OFFERS.get(failure.failure) or go_on(context), ""
    key = "embedding" if failure.of_embedding else "llm"
    held = _held(failure, context)
    if held and held == _wanted(failure, context):
        return "The cache holds it, so the registry has known it: `/cache sync` tries again.", ""
    back = update_to(embedding=held) if failure.of_embedding else update_to(llm=held)
    if back:
        return f"`/cache {back}` goes back to the model that the cache holds.", back
    return f"`/cache update {key}=NAME` sets the name of a model that there is.", "health"


def _held(failure: FailedSync, context: Context) -> str:
    """Return the model of that kind that the cache holds by its manifest, empty if unknown."""
    try:
        manifest = read_manifest(context.cloud)
    except CloudError:
        return ""
    if not isinstance(manifest, Manifest):
        return ""
    model = manifest.embedding if failure.of_embedding else manifest.ollama
    return model.name if model else ""
