"""Inventories of a version."""

from core.cache.inventory import take_inventory
from core.cache.objects import Generation, live_by_name
from tests.core.whole_cache import NEWER, two_syncs, whole_cache


def test_an_inventory_holds_the_models_and_the_manifest() -> None:
    """Every live object of the models and the manifest is recorded, nothing else."""
    live = live_by_name(whole_cache().stored)
    inventory = take_inventory(NEWER, live["manifest.json"].generation, live.values())
    expected = {write.name for write in two_syncs()} - {".done"}
    assert {item.name for item in inventory.items} == expected
    assert inventory.manifest_generation == live["manifest.json"].generation


def test_an_item_is_what_is_stored() -> None:
    """Name, generation, size and checksum are those of the stored object, sorted by name."""
    live = live_by_name(whole_cache().stored)
    items = take_inventory(NEWER, Generation(1), live.values()).items
    assert list(items) == sorted(items, key=lambda item: item.name)
    for item in items:
        stored = live[item.name]
        assert (item.generation, item.size_bytes, item.crc32c) == (
            stored.generation,
            stored.size_bytes,
            stored.crc32c,
        )
