"""Looking whether what was restored is whole, so that nothing newer is downloaded over it."""

from core.cache.consistency import CacheState, inspect_cache
from core.cache.evidence import SPARED
from core.cache.manifest import Manifest
from core.context import Context
from core.errors import NotFound
from core.outcomes import Done, Outcome
from core.running import running_sync


def prove_whole(context: Context) -> Outcome:
    """Find out which version is live and whether it is proven; where it is, no sync is needed."""
    writer = running_sync(context.cloud)
    if writer is not None:
        return Done(f"{writer.name} is writing to the bucket, so it is followed to its end.")
    state = inspect_cache(context.cloud)
    manifest = state.manifest
    if manifest is None or state.consistency.problems:
        problem = state.consistency.problems[0].text
        return Done(f"It is not whole, so the models are downloaded. {problem}")
    proven, why = _proof(state, manifest, context)
    if not proven:
        return Done(f"Version {manifest.version} is live. {why}, so the models are downloaded.")
    evidence = {
        SPARED: manifest.version,
        "after_version": manifest.version,
        "after_generation": str(manifest.generation),
        "after_bytes": str(sum(one.size_bytes for one in state.live.values())),
    }
    return Done(f"The cache is whole at version {manifest.version}: {why}.", evidence)


def spared(context: Context) -> Done | None:
    """Return what a step of the sync comes to where the cache was proven whole before it."""
    proven = SPARED in context.operation.evidence
    return Done("Not needed: the cache is whole.") if proven else None


def _proof(state: CacheState, manifest: Manifest, context: Context) -> tuple[bool, str]:
    """Tell whether the version is proven, and by what; a kept list alone knows every file."""
    inventory = context.inventories.get(manifest.version)
    if inventory is not None:
        lost = sum(not one.is_live(state.live) for one in inventory.items)
        if lost:
            return False, f"Of the {len(inventory.items)} objects in the list of it {lost} lack"
        return True, f"all {len(inventory.items)} objects are those of the list that was kept of it"
    names = (manifest.ollama, manifest.embedding)
    if _of_service(context) == tuple(one.name if one else "" for one in names):
        return True, "its files agree with its manifest, and the service names its models"
    return False, "No list was kept of it, and the service names other models"


def _of_service(context: Context) -> tuple[str, str]:
    variables = context.deployment.variables
    try:
        env = context.cloud.service().env
    except NotFound:
        return "", ""
    return env.get(variables.llm_model, ""), env.get(variables.embedding_model, "")
