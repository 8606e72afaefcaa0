"""Proving what a sync left behind: the manifest, the marker, every model, the names."""

from datetime import datetime

from core.cache.consistency import CacheState, inspect_cache
from core.cache.evidence import CACHE, CONSISTENT, GONE, INCONSISTENT
from core.cache.inventory import take_inventory
from core.cache.manifest import Manifest
from core.context import Context
from core.errors import NotFound
from core.executions import Execution, ExecutionName
from core.outcomes import Done, Failed, Outcome
from core.plans import SaveInventory, VerifySync
from core.steps.wholeness import spared

_AGAIN = "`/cache sync` runs the job anew; `/cache logs sync` shows what it did."


def verify_sync(step: VerifySync, context: Context) -> Outcome:
    """Compare the cache with what the execution should have written.

    The job's own success says little: it succeeds where it promoted half of a model. The
    manifest has to be one that this execution wrote, `.done` has to name it, every file of
    both models has to be there, and the models have to be those that the job was told.
    """
    if done := spared(context):
        return done
    execution = context.cloud.execution(ExecutionName(context.operation.evidence["execution"]))
    state = inspect_cache(context.cloud)
    wrong = [problem.text for problem in state.consistency.problems]
    if state.manifest is not None:
        wrong += _manifest_is_new(state.manifest, execution)
        wrong += _models_match(state.manifest, step)
    if wrong or state.manifest is None:
        return Failed("The job succeeded, but the cache is not right. " + " ".join(wrong), _AGAIN)
    evidence = {
        "after_version": state.manifest.version,
        "after_generation": str(state.manifest.generation),
        "after_bytes": str(sum(one.size_bytes for one in state.live.values())),
    }
    return Done(
        f"Version {state.manifest.version}: manifest, .done and all model files agree.", evidence
    )


def save_inventory(step: SaveInventory, context: Context) -> Outcome:
    """Keep the list of objects of a version: the one named, or the one that was just verified."""
    state = inspect_cache(context.cloud)
    version = step.version or context.operation.evidence["after_version"]
    if state.manifest is None or state.manifest.version != version or state.consistency.problems:
        return Failed(
            f"The cache changed right after version {version} was looked at, so no inventory "
            "was saved.",
            "`/cache health` shows what it is now.",
        )
    inventory = take_inventory(version, state.manifest.generation, state.live.values())
    context.inventories.save(inventory, context.clock())
    return Done(f"{len(inventory.items)} objects recorded, so {version} can be restored later.")


def check_consistency(context: Context) -> Outcome:
    """Say what state the cache is in now; the evidence has it in one word, `cache`."""
    try:
        state = inspect_cache(context.cloud)
    except NotFound as exc:
        return Failed(
            f"The cache is gone. {exc.message}", "`/cache recover` brings it back.", {CACHE: GONE}
        )
    if state.consistency.consistent and state.manifest is not None:
        note = f"The cache is consistent at version {state.manifest.version}."
        return Done(note, {CACHE: CONSISTENT})
    hint = "`/cache sync` repairs it; `/cache health` shows more."
    return Failed(_inconsistent(state), hint, {CACHE: INCONSISTENT})


def _inconsistent(state: CacheState) -> str:
    texts = [problem.text for problem in state.consistency.problems]
    return "The cache is inconsistent. " + " ".join(texts[:5])


def _manifest_is_new(manifest: Manifest, execution: Execution) -> list[str]:
    # Both times come from Google's clocks, so they can be compared.
    begun: datetime = execution.started_at or execution.created_at
    if manifest.written_at >= begun:
        return []
    return [f"manifest.json is still version {manifest.version}, from before this execution."]


def _models_match(manifest: Manifest, step: VerifySync) -> list[str]:
    pairs = (
        ("language model", manifest.ollama, step.llm_model),
        ("embedding model", manifest.embedding, step.embedding_model),
    )
    return [
        f"The {what} is {model.name}, but the job was told {told}."
        for what, model, told in pairs
        if model is not None and told and model.name != told
    ]
