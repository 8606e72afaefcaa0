"""Properties of what a cleanup takes: never what a kept version needs, in whatever history."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cache.inventory import Inventory, take_inventory
from core.cache.objects import Generation, StoredObject, live_by_name
from core.cache.restorable import objects_at
from core.errors import Unavailable
from core.inspection.versions import VersionRow, report_versions
from core.snapshot import Snapshot
from core.waste import Kept, Rule, leftovers, superseded, what_is_kept
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    FOLDER,
    NEWER,
    NOW,
    OLDER,
    REVISION,
    WEIGHTS,
    Write,
    blob_writes,
    cache_after,
    stub_text,
    sync_writes,
    two_syncs,
    whole_cache,
)

DAY = timedelta(days=1)
OTHER_REVISION = "f" * 40
EXTRA = f"{FOLDER}snapshots/{REVISION}/1_Pooling/config.json"
EVENTS = (
    "sync",
    "other sync",
    "sync",
    "extra file",
    "lost extra",
    "stub",
    "leftover",
    "lost sbert",
)


@dataclass(frozen=True)
class History:
    """A cache with a past: what it holds, and the inventories that were saved on the way."""

    reader: MemoryReader
    inventories: dict[str, Inventory]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Live through a month of syncs, stubs, leftovers and losses, some versions lost since."""
    writes = blob_writes(NOW - 31 * DAY)
    saved: list[tuple[str, int]] = []
    for number, event in enumerate(draw(st.lists(st.sampled_from(EVENTS), max_size=9))):
        at = NOW - 30 * DAY + number * 3 * DAY
        writes += _happens(event, at)
        if "sync" in event and draw(st.booleans()):
            saved.append((f"{at:%Y%m%d-%H%M%S}", len(writes)))
    inventories = {version: _inventory(version, writes[:until]) for version, until in saved}
    reader = cache_after(writes)
    noncurrent = [one for one in reader.stored if not one.live]
    lost = draw(st.lists(st.sampled_from(noncurrent), max_size=3)) if noncurrent else []
    left = tuple(one for one in reader.stored if one not in lost)
    return History(replace(reader, stored=left), inventories)


def _happens(event: str, at: datetime) -> list[Write]:
    version = f"{at:%Y%m%d-%H%M%S}"
    temporary = f".tmp/sbert-{version}/x"
    match event:
        case "stub":
            return [Write("manifest.json", at, stub_text(version))]
        case "leftover":
            return [Write(temporary, at, 7)]
        case "extra file":
            return [Write(EXTRA, at, b"{}")]
        case "lost extra":
            return [Write(EXTRA, at, None)]
        case "lost sbert":
            return [Write(WEIGHTS, at, None)]
        case _:
            revision = REVISION if event == "sync" else OTHER_REVISION
            moved = at - timedelta(minutes=2)
            downloads = [Write(temporary, moved - timedelta(minutes=2), 7)]
            return [*downloads, Write(temporary, moved, None), *_sync(version, at, revision)]


def _sync(version: str, at: datetime, revision: str = REVISION) -> list[Write]:
    """Return what a sync writes, with weights of their own for each revision."""
    weights = 2_000_000_000 + (revision == REVISION)
    writes = sync_writes(version, at, revision)
    return [replace(one, content=weights) if one.name == WEIGHTS else one for one in writes]


def _inventory(version: str, writes: list[Write]) -> Inventory:
    # Generations are counted as in the whole history: a prefix of it counts the same.
    live = live_by_name(cache_after(writes).stored)
    return take_inventory(version, live["manifest.json"].generation, live.values())


def waste_of(history: History, days: int, kept: int) -> tuple[list[StoredObject], Kept]:
    """Choose what a cleanup would take."""
    cutoff = NOW - days * DAY
    found = what_is_kept(Snapshot(history.reader), Rule(kept, cutoff, history.inventories))
    objects = history.reader.stored
    return superseded(objects, cutoff, found.needed) + leftovers(objects, cutoff), found


def rows_of(history: History, gone: list[StoredObject]) -> dict[Generation, VersionRow]:
    """Judge every version as it stands without what is gone."""
    left = tuple(one for one in history.reader.stored if one not in gone)
    reader = replace(history.reader, stored=left)
    rows = report_versions(reader, history.inventories, limit=50).rows
    return {row.generation: row for row in rows}


def newest_restorable(history: History, kept: int) -> list[VersionRow]:
    """Return, apart from the rule under test, the newest versions that can be restored."""
    rows = [row for row in rows_of(history, []).values() if row.restorability.restorable]
    names = list(dict.fromkeys(row.version for row in rows))[:kept]
    return [next(row for row in rows if row.version == name) for name in names]


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(0, 32), st.integers(1, 4))
def test_neither_live_objects_of_the_cache_nor_young_ones_are_taken(
    history: History, days: int, kept: int
) -> None:
    """Outside `.tmp/` only noncurrent versions go, and everywhere only old ones."""
    for one in waste_of(history, days, kept)[0]:
        assert one.name.startswith(".tmp/") or not one.live
        assert one.created_at < NOW - days * DAY


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(0, 32), st.integers(1, 4), st.data())
def test_what_a_kept_version_needs_is_never_taken(
    history: History, days: int, kept: int, data: st.DataObject
) -> None:
    """After a cleanup, broken off anywhere, each kept version is whole, to the same objects."""
    doomed, found = waste_of(history, days, kept)
    gone = doomed[: data.draw(st.integers(0, len(doomed)))]
    after = rows_of(history, gone)
    left = [one for one in history.reader.stored if one not in gone]
    wanted = newest_restorable(history, kept)
    assert found.newest == [row.version for row in wanted]
    for row in wanted:
        assert after[row.generation].restorability == row.restorability
        if not row.inventory:
            before = objects_at(history.reader.stored, row.written_at)
            assert objects_at(left, row.written_at) == before


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(0, 32), st.integers(1, 4), st.data())
def test_no_version_seems_whole_that_was_not(
    history: History, days: int, kept: int, data: st.DataObject
) -> None:
    """Deleting never hides that a file of some version is gone, nor makes half of one pass."""
    doomed, found = waste_of(history, days, kept)
    gone = doomed[: data.draw(st.integers(0, len(doomed)))]
    manifests = [one for one in doomed if one.name == "manifest.json"]
    before, after = rows_of(history, []), rows_of(history, gone)
    for generation, row in after.items():
        if row.restorability.restorable:
            assert before[generation].restorability.restorable
            if row.version not in (*found.newest, *found.young) and len(gone) >= len(manifests):
                assert not any(one in gone for one in objects_at(
                    history.reader.stored, row.written_at
                ).values())  # fmt: skip


def test_a_version_rolled_back_to_counts_once() -> None:
    """Its second manifest is no second version; both of its generations are kept."""
    writes = [*two_syncs(), *sync_writes(OLDER, NOW - timedelta(hours=1))]
    history = History(cache_after(writes), {})
    found = waste_of(history, 0, 2)[1]
    assert found.newest == [OLDER, NEWER]


def test_an_inventory_keeps_what_it_lists() -> None:
    """The weights of a revision that only an inventoried version has stay, and free nothing."""
    first, second = NOW - 20 * DAY, NOW - 10 * DAY
    writes = [*blob_writes(first - DAY), *_sync(OLDER, first, OTHER_REVISION)]
    inventory = _inventory(OLDER, writes)
    history = History(cache_after([*writes, *_sync(NEWER, second)]), {OLDER: inventory})
    assert waste_of(history, 5, 2)[0] == []
    assert WEIGHTS in [one.name for one in waste_of(history, 5, 1)[0]]


def test_a_young_version_keeps_what_it_needs_however_old() -> None:
    """It is beyond the newest, but the age asked for spares it, and so all of its objects."""
    at = NOW - 4 * DAY
    writes = [
        *blob_writes(NOW - 20 * DAY),
        Write(EXTRA, NOW - 19 * DAY, b"{}"),
        *_sync(OLDER, at),
        Write(EXTRA, NOW - 2 * DAY, None),
        *_sync(NEWER, NOW - DAY, OTHER_REVISION),
    ]
    doomed, found = waste_of(History(cache_after(writes), {}), 7, 1)
    assert (found.newest, found.young, doomed) == ([NEWER], [OLDER], [])


def test_the_sign_that_a_file_is_lost_is_kept() -> None:
    """Without it a young version that has lost a file would pass for a whole one."""
    writes = [
        *blob_writes(NOW - 20 * DAY),
        Write(EXTRA, NOW - 19 * DAY, b"{}"),
        Write(EXTRA, NOW - 18 * DAY, b"{ }"),
        *_sync(OLDER, NOW - 4 * DAY),
        Write(EXTRA, NOW - 2 * DAY, None),
    ]
    reader = cache_after(writes)
    replaced = NOW - 18 * DAY
    lost = next(one for one in reader.stored if (one.name, one.created_at) == (EXTRA, replaced))
    history = History(replace(reader, stored=[one for one in reader.stored if one != lost]), {})
    assert not newest_restorable(history, 3)
    doomed, _ = waste_of(history, 7, 3)
    assert EXTRA not in [one.name for one in doomed]
    assert not any(row.restorability.restorable for row in rows_of(history, doomed).values())


def test_a_version_that_cannot_be_read_ends_it() -> None:
    """What it needs is not known, so nothing is known to be waste."""
    reader = replace(whole_cache(), errors={"read manifest.json": Unavailable("Away.")})
    with pytest.raises(Unavailable):
        what_is_kept(Snapshot(reader), Rule(3, NOW, {}))


def test_a_folder_with_something_young_in_it_stays() -> None:
    """A mounted bucket keeps folders as objects of their own, and needs them."""
    old, young = NOW - 9 * DAY, NOW - DAY
    writes = [
        Write(".tmp/", old, b""),
        Write(".tmp/busy/", old, b""),
        Write(".tmp/busy/new", young, 5),
        Write(".tmp/busy/old", old, 5),
        Write(".tmp/dead/", old, b""),
        Write(".tmp/dead/old", old, 5),
    ]
    names = [one.name for one in leftovers(cache_after(writes).stored, NOW - 7 * DAY)]
    assert names == [".tmp/busy/old", ".tmp/dead/", ".tmp/dead/old"]
