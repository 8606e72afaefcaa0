"""Properties of the saved inventories."""

from datetime import UTC, datetime, timedelta

from core.cache.inventory import take_inventory
from core.cache.objects import Generation
from core.store.database import Database
from core.store.inventories import InventoryStore
from tests.core.whole_cache import NEWER, OLDER, whole_cache

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_an_inventory_is_read_back_by_its_version(database: Database) -> None:
    """Every object with its generation and checksum, as at the sync that proved it."""
    store = InventoryStore(database, "bucket")
    assert store.all() == {}
    saved = take_inventory(NEWER, Generation(77), [one for one in whole_cache().stored if one.live])
    store.save(saved, NOW)
    assert store.all() == {NEWER: saved}
    assert store.get(NEWER) == saved
    assert store.get(OLDER) is None
    assert len(saved.items) > 5


def test_the_first_inventory_of_a_version_stays(database: Database) -> None:
    """A later look may miss what the version has lost since it was proven."""
    store = InventoryStore(database, "bucket")
    live = [one for one in whole_cache().stored if one.live]
    first = take_inventory(OLDER, Generation(1), live)
    store.save(first, NOW)
    store.save(take_inventory(NEWER, Generation(2), live), NOW)
    store.save(take_inventory(OLDER, Generation(3), live[:1]), NOW + timedelta(minutes=1))
    assert store.all()[OLDER] == first
    assert set(store.all()) == {OLDER, NEWER}


def test_inventories_of_another_bucket_are_not_seen(database: Database) -> None:
    """A version's name says nothing about the bucket that it was in."""
    live = [one for one in whole_cache().stored if one.live]
    InventoryStore(database, "other").save(take_inventory(NEWER, Generation(1), live), NOW)
    assert InventoryStore(database, "bucket").all() == {}
