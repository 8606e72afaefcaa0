"""Taking stock: the live version's list of objects is kept as soon as it is seen to be whole.

Most syncs are not started by the bot. Without a list of what a version consisted of nobody can
tell later whether all of it is still there, so the list is taken before the next sync.
"""

import logging

from core.cache.consistency import CacheState, inspect_cache, read_manifest
from core.cache.inventory import take_inventory
from core.cache.manifest import Manifest
from core.cache.objects import SBERT
from core.desk import Desk
from core.errors import CloudError
from core.running import running_sync

_log = logging.getLogger(__name__)


def take_stock(desk: Desk) -> None:
    """Save the inventory of the live version, if there is none yet and the cache is whole.

    It costs one small read where there is nothing to do.
    """
    try:
        manifest = read_manifest(desk.cloud)
        if not isinstance(manifest, Manifest) or manifest.stub:
            return
        if desk.records.inventories.has(manifest.version):
            return
        state = inspect_cache(desk.cloud)
        if not _settled(state) or running_sync(desk.cloud) is not None:
            return
    except CloudError as exc:
        _log.info("no stock was taken: %s", exc.message)
        return
    if state.manifest is not None:
        version, generation = state.manifest.version, state.manifest.generation
        inventory = take_inventory(version, generation, state.live.values())
        desk.records.inventories.save(inventory, desk.clock())
        _log.info("took stock of version %s: %d objects", version, len(inventory.items))


def _settled(state: CacheState) -> bool:
    """Whether everything is the manifest's own: a sync moves the models in before it writes it."""
    manifest = state.manifest
    if manifest is None or not state.consistency.consistent:
        return False
    models = (one for one in state.live.values() if one.name.startswith(SBERT))
    return all(one.created_at <= manifest.written_at for one in models)
