"""`/cache versions`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.inventory import take_inventory
from core.cache.objects import live_by_name
from core.errors import NotFound, Unavailable
from core.inspection.versions import VersionRow, report_versions
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    CONFIG_BLOB,
    FOLDER,
    MODEL_MANIFEST,
    NEWER,
    NOW,
    OLDER,
    SNAPSHOT,
    WEIGHTS,
    Write,
    blob_writes,
    cache_after,
    manifest_text,
    stub_text,
    sync_writes,
    two_syncs,
    whole_cache,
)


def _older(reader: MemoryReader) -> VersionRow:
    return next(row for row in report_versions(reader, {}).rows if row.version == OLDER)


def _without_first(name: str) -> MemoryReader:
    """Return the cache without the oldest version of that object, as lifecycle leaves it."""
    reader = whole_cache()
    first = min((one for one in reader.stored if one.name == name), key=lambda one: one.created_at)
    return replace(reader, stored=[one for one in reader.stored if one != first])


def test_generations_come_newest_first() -> None:
    """Each generation is listed by age; the live one is the current one; both can be restored."""
    report = report_versions(whole_cache(), {})
    assert [(row.version, row.current) for row in report.rows] == [(NEWER, True), (OLDER, False)]
    assert [row.restorability.restorable for row in report.rows] == [True, True]
    assert report.total == 2


def test_generation_numbers_do_not_order() -> None:
    """Age is told by creation: with the numbers turned round the order is the same."""
    reader = whole_cache()
    turned = {one.generation: 1000 - one.generation for one in reader.stored}
    stored = [replace(one, generation=type(one.generation)(turned[one.generation]))
              for one in reader.stored]  # fmt: skip
    contents = {
        (name, 1000 - generation): text for (name, generation), text in reader.contents.items()
    }
    report = report_versions(replace(reader, stored=stored, contents=contents), {})
    assert [row.version for row in report.rows] == [NEWER, OLDER]


@pytest.mark.parametrize(
    "lost", [MODEL_MANIFEST, f"{FOLDER}refs/main", WEIGHTS, f"{SNAPSHOT}config.json"]
)
def test_a_version_with_a_lost_file_cannot_be_restored(lost: str) -> None:
    """Where lifecycle took one file of that time, the reason says what is wrong."""
    row = _older(_without_first(lost))
    assert not row.restorability.restorable
    assert row.restorability.why.startswith("At its time: ")


def test_a_file_that_the_check_does_not_know_is_missed_too() -> None:
    """A file of the same model revision that exists only later had been there before."""
    extra = f"{SNAPSHOT}1_Pooling/config.json"
    both = [
        Write(extra, write.at, b"") for write in two_syncs() if write.name == f"{FOLDER}refs/main"
    ]
    reader = cache_after([*two_syncs(), *both])
    assert _older(reader).restorability.restorable
    first = min(one.created_at for one in reader.stored if one.name == extra)
    left = [one for one in reader.stored if (one.name, one.created_at) != (extra, first)]
    row = _older(replace(reader, stored=left))
    assert not row.restorability.restorable
    assert extra in row.restorability.why


def test_files_of_another_revision_are_not_missed() -> None:
    """What a later revision of the model brought does not count against the earlier one."""
    writes = [
        *blob_writes(NOW - timedelta(days=2)),
        *sync_writes(OLDER, NOW - timedelta(days=1)),
        *sync_writes(NEWER, NOW, revision="f" * 40),
    ]
    assert _older(cache_after(writes)).restorability.restorable


def test_a_stub_is_never_restorable() -> None:
    """Neither complete models nor an inventory under its version make a stub a target."""
    writes = [*two_syncs(), Write("manifest.json", NOW, stub_text("20251121-093000"))]
    reader = cache_after(writes)
    live = live_by_name(reader.stored)
    inventory = take_inventory("20251121-093000", live["manifest.json"].generation, live.values())
    row = report_versions(reader, {inventory.version: inventory}).rows[0]
    assert row.stub
    assert row.current
    assert not row.restorability.restorable


def test_an_inventory_decides_where_there_is_one() -> None:
    """A saved inventory proves completeness, or that something is gone."""
    reader = whole_cache()
    live = live_by_name(reader.stored)
    inventory = take_inventory(NEWER, live["manifest.json"].generation, live.values())
    row = report_versions(reader, {NEWER: inventory}).rows[0]
    assert row.inventory
    assert row.restorability.why == f"Its inventory of {len(inventory.items)} objects is complete."
    left = [one for one in reader.stored if one.name != CONFIG_BLOB]
    row = report_versions(replace(reader, stored=left), {NEWER: inventory}).rows[0]
    assert not row.restorability.restorable
    assert CONFIG_BLOB in row.restorability.why


def test_only_the_newest_are_read() -> None:
    """Older generations are counted, but neither read nor shown."""
    writes = [
        Write("manifest.json", NOW + timedelta(days=day), manifest_text(f"v{day}"))
        for day in range(15)
    ]
    reader = cache_after(writes)
    report = report_versions(reader, {})
    assert [row.version for row in report.rows] == [f"v{day}" for day in range(14, 4, -1)]
    assert report.total == 15
    assert reader.questions().count("read manifest.json") == 10


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotFound("gone"), "This generation is gone."),
        (Unavailable("The cloud is away."), "It could not be read: The cloud is away."),
    ],
)
def test_a_generation_that_cannot_be_read_cannot_be_restored(error: Exception, why: str) -> None:
    """What is not known to be complete is not offered."""
    reader = replace(whole_cache(), errors={"read manifest.json": error})
    for row in report_versions(reader, {}).rows:
        assert (row.version, row.manifest) == ("", None)
        assert not row.restorability.restorable
        assert row.restorability.why == why


def test_an_unreadable_generation_says_so() -> None:
    """A generation that holds no manifest is listed with that reason."""
    reader = cache_after([*two_syncs(), Write("manifest.json", NOW, b"not json")])
    row = report_versions(reader, {}).rows[0]
    assert row.restorability.why == "manifest.json is not valid JSON."


def test_shared_facts_are_read_once() -> None:
    """Two generations with the same model files at their time share one read of them."""
    repeated = Write("manifest.json", NOW, manifest_text("20251121-093000"))
    reader = cache_after([*two_syncs(), repeated])
    assert all(row.restorability.restorable for row in report_versions(reader, {}).rows)
    assert reader.questions().count(f"read {MODEL_MANIFEST}") == 2
