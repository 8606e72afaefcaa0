"""Properties of taking stock: a version made by anybody's sync gets its list, once it is whole."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.desk import Desk
from core.errors import Unavailable
from core.executions import ExecutionState
from core.stocktaking import take_stock
from core.store.database import open_database
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import Watch, desk_on
from tests.core.whole_cache import (
    FOLDER,
    NEWER,
    NOW,
    OLDER,
    WEIGHTS,
    Write,
    cache_after,
    execution,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)


def desk_at(folder: Path, reader: MemoryReader) -> Desk:
    """Make a desk that looks at this cache."""
    database = open_database(f"sqlite:///{folder / 'bot.sqlite'}")
    return desk_on(database, refusing(reader), None, Watch())


def test_a_version_that_somebody_else_made_is_listed_once(tmp_path: Path) -> None:
    """With every object of it; the second look costs one read."""
    desk = desk_at(tmp_path, whole_cache())
    take_stock(desk)
    kept = desk.records.inventories.all()
    assert set(kept) == {NEWER}
    assert {one.name for one in kept[NEWER].items} == {one.name for one in two_syncs()} - {".done"}
    asked = desk.cloud.asked.qsize()  # type: ignore[attr-defined]  # the memory reader's own
    take_stock(desk)
    assert desk.cloud.asked.qsize() == asked + 1  # type: ignore[attr-defined]  # see above


def test_without_a_sync_job_stock_is_taken_all_the_same(tmp_path: Path) -> None:
    """Nothing can be writing then."""
    desk = desk_at(tmp_path, replace(whole_cache(), sync_job=None))
    take_stock(desk)
    assert set(desk.records.inventories.all()) == {NEWER}


def broken() -> list[MemoryReader]:
    """Return caches that are not a version, each in one point."""
    stub = Write("manifest.json", NOW, stub_text("20251121-090000"))
    promoted = Write(f"{FOLDER}README.md", NOW + timedelta(minutes=1), b"newer than the manifest")
    running = execution("ccccc", NOW, ExecutionState.RUNNING)
    return [
        without(whole_cache(), WEIGHTS),
        cache_after([*two_syncs(), stub]),
        cache_after([*two_syncs(), promoted]),
        replace(whole_cache(), runs=[running]),
        without(whole_cache(), "manifest.json"),
        replace(whole_cache(), errors={"objects": Unavailable("No answer.")}),
        replace(whole_cache(), settings=None),
    ]


@pytest.mark.parametrize("number", range(len(broken())))
def test_what_is_not_a_whole_version_is_not_listed(tmp_path: Path, number: int) -> None:
    """A list of a mix would later restore that mix; what cannot be read is looked at again."""
    desk = desk_at(tmp_path, broken()[number])
    take_stock(desk)
    assert desk.records.inventories.all() == {}
    assert not desk.records.inventories.has(OLDER)
