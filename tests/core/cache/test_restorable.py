"""Which versions can be restored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache.inventory import Inventory, take_inventory
from core.cache.objects import Generation, StoredObject, live_by_name
from core.cache.restorable import judge_inventory, objects_at
from tests.core.whole_cache import (
    NEWER,
    NOW,
    WEIGHTS,
    Write,
    cache_after,
    sync_writes,
    two_syncs,
    whole_cache,
)

_NAMES = ("ollama/a", "sbert/b", "manifest.json", ".tmp/c")

_histories = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.one_of(st.none(), st.integers(0, 9))), max_size=25
)


def _writes(history: Sequence[tuple[str, int | None]]) -> list[Write]:
    return [
        Write(name, NOW + timedelta(minutes=minute), size)
        for minute, (name, size) in enumerate(history)
    ]


@given(_histories, st.integers(-1, 26))
def test_the_set_of_a_moment_is_what_was_live_then(
    history: list[tuple[str, int | None]], minute: int
) -> None:
    """The chosen versions are those that the bucket held then, by name, of models only."""
    moment = NOW + timedelta(minutes=minute, seconds=30)
    until_then = [write for write in _writes(history) if write.at <= moment]
    then = live_by_name(cache_after(until_then).stored)
    expected = {
        name: one.generation for name, one in then.items() if name.startswith(("ollama/", "sbert/"))
    }
    chosen = objects_at(cache_after(_writes(history)).stored, moment)
    assert {name: one.generation for name, one in chosen.items()} == expected


@given(_histories)
def test_the_moment_of_a_write_belongs_to_the_new_version(
    history: list[tuple[str, int | None]],
) -> None:
    """At the very moment of a replacement or deletion the old version is live no longer."""
    stored = cache_after(_writes(history)).stored
    for one in stored:
        if one.name.startswith(("ollama/", "sbert/")):
            assert objects_at(stored, one.created_at)[one.name] == one
            if one.deleted_at:
                assert objects_at(stored, one.deleted_at).get(one.name) != one


def _inventory() -> tuple[Inventory, Sequence[StoredObject]]:
    stored = whole_cache().stored
    return take_inventory(NEWER, Generation(1), live_by_name(stored).values()), stored


def test_an_inventory_that_is_all_there_can_be_restored() -> None:
    """With every generation present, live or noncurrent, the version is restorable."""
    inventory, _ = _inventory()
    later = cache_after([*two_syncs(), *sync_writes("20251121-093000", NOW)])
    for stored in (whole_cache().stored, later.stored):
        verdict = judge_inventory(inventory, stored)
        assert verdict.restorable
        assert verdict.why == f"Its inventory of {len(inventory.items)} objects is complete."


@given(st.data())
def test_one_lost_object_makes_an_inventory_incomplete(data: st.DataObject) -> None:
    """Whichever content is lost altogether, the version is not restorable and the name is told."""
    inventory, stored = _inventory()
    lost = data.draw(st.sampled_from([item for item in inventory.items if item.size_bytes]))
    left = [one for one in stored if (one.name, one.crc32c) != (lost.name, lost.crc32c)]
    verdict = judge_inventory(inventory, left)
    assert not verdict.restorable
    assert verdict.why == (
        f"1 of its {len(inventory.items)} objects are gone, such as {lost.name}."
    )


def test_the_same_content_under_another_generation_serves() -> None:
    """After a rollback the objects are there again, only not under their old generations."""
    inventory, stored = _inventory()
    renumbered = [replace(one, generation=Generation(one.generation + 1000)) for one in stored]
    assert judge_inventory(inventory, renumbered).restorable
    other = [replace(one, crc32c="other") if one.name == WEIGHTS else one for one in renumbered]
    assert not judge_inventory(inventory, other).restorable


@pytest.mark.parametrize("stored", [[], whole_cache().stored])
def test_an_empty_inventory_proves_nothing(stored: Sequence[StoredObject]) -> None:
    """An inventory without objects is no proof of completeness."""
    assert not judge_inventory(Inventory(NEWER, Generation(1), ()), stored).restorable
