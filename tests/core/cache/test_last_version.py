"""Which version is the newest that a sync has completed, told by the listing alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.last_version import last_version, missing_of
from core.cache.objects import live_by_name
from tests.core.whole_cache import (
    NEWER,
    NOW,
    Write,
    cache_after,
    manifest_text,
    stub_text,
    two_syncs,
)

Writes = list[Write]


def emptied() -> Writes:
    """Delete everything that is live."""
    names = {one.name for one in cache_after(two_syncs()).stored if one.live}
    return [Write(name, NOW + timedelta(hours=1), None) for name in sorted(names)]


BREAKAGES: dict[str, Callable[[], Writes]] = {
    "nothing": list,
    "emptied": emptied,
    "stub": lambda: [Write("manifest.json", NOW, stub_text("20251121-093000"))],
    "unfinished": lambda: [Write("manifest.json", NOW, manifest_text("20251121-093000"))],
    "half-promoted": lambda: [one for one in emptied() if one.name.startswith("sbert/")],
    "no marker": lambda: [Write(".done", NOW, None)],
}


@pytest.mark.parametrize("broken", BREAKAGES)
def test_it_is_the_last_whose_marker_was_written(broken: str) -> None:
    """Whatever broke after it; a stub and an unfinished promotion have no marker of their own."""
    whole = cache_after(two_syncs())
    wanted = {
        (one.name, one.crc32c)
        for one in live_by_name(whole.stored).values()
        if not one.name.startswith(".tmp/")
    }
    version = last_version(cache_after([*two_syncs(), *BREAKAGES[broken]()]).stored)
    assert version is not None
    assert {(one.name, one.crc32c) for one in version.objects} == wanted
    content = whole.contents[version.manifest.name, version.manifest.generation]
    assert NEWER.encode() in content
    assert [one.name for one in version.objects[-2:]] == ["manifest.json", ".done"]


def test_without_a_completed_version_there_is_none() -> None:
    """Models alone, or a manifest without a marker, prove nothing."""
    started = [one for one in two_syncs() if one.name != ".done"]
    assert last_version(cache_after(started).stored) is None
    assert last_version([]) is None


def test_only_what_is_not_live_with_its_content_is_missing() -> None:
    """The same content under another generation does; another content does not."""
    stored = cache_after(two_syncs()).stored
    version = last_version(stored)
    assert version is not None
    live = live_by_name(stored)
    assert missing_of(version.objects, live) == ()
    changed = {**live, ".done": replace(live[".done"], crc32c="AAAAAA==")}
    assert [one.name for one in missing_of(version.objects, changed)] == [".done"]
    moved = {**live, ".done": replace(live[".done"], link="../../blobs/other")}
    assert [one.name for one in missing_of(version.objects, moved)] == [".done"]
    del changed["manifest.json"]
    names = [one.name for one in missing_of(version.objects, changed)]
    assert names == ["manifest.json", ".done"]
