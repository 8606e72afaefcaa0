"""`/cache size`."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache.objects import total_bytes
from core.errors import NotFound, PermissionDenied
from core.inspection.size import Folder, folder_of, measure_folders, report_size
from core.parallel import Known, Unknown
from tests.core.whole_cache import NOW, Write, cache_after, stored_by, two_syncs, whole_cache

_names = st.sampled_from(["ollama/a", "sbert/b", ".tmp/c", "manifest.json", ".tmpx", "ollama"])


def test_live_and_noncurrent_count_against_the_capacity() -> None:
    """The replaced embeddings of the first sync count; soft-deleted bytes are told apart."""
    reader = whole_cache()
    dropped = [one for one in reader.stored if not one.live]
    report = report_size(replace(reader, dropped=dropped), 10**10, NOW)
    assert report.live_bytes == total_bytes(one for one in reader.stored if one.live)
    assert report.counted_bytes == total_bytes(reader.stored)
    assert report.share == report.counted_bytes / 10**10
    assert isinstance(report.soft_deleted_bytes, Known)
    assert report.soft_deleted_bytes.value == total_bytes(dropped)


@given(st.lists(st.tuples(_names, st.none() | st.integers(0, 10**10))))
def test_folders_share_out_every_byte(history: list[tuple[str, int | None]]) -> None:
    """Each version is in exactly one folder, live or noncurrent, and every folder is listed."""
    stored, _ = stored_by(
        Write(name, NOW + timedelta(minutes=minute), size)
        for minute, (name, size) in enumerate(history)
    )
    folders = measure_folders(stored)
    assert [folder.folder for folder in folders] == list(Folder)
    assert sum(one.live_bytes + one.noncurrent_bytes for one in folders) == total_bytes(stored)
    assert sum(one.live_objects for one in folders) == sum(one.live for one in stored)
    assert sum(one.noncurrent_objects for one in folders) == sum(not one.live for one in stored)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("ollama/blobs/sha256-00", Folder.OLLAMA),
        ("sbert/", Folder.SBERT),
        (".tmp/sbert-20251121/x", Folder.TEMPORARY),
        ("tmp/x", Folder.OTHER),
        ("manifest.json", Folder.OTHER),
        ("other", Folder.OTHER),
    ],
)
def test_folders_are_told_by_prefix(name: str, folder: Folder) -> None:
    """An object belongs to the folder that its name starts with."""
    assert folder_of(name) is folder


def test_the_oldest_leftover_is_a_file_of_any_version() -> None:
    """A replaced leftover counts by its own age; the folder's placeholder does not."""
    writes = [
        Write(".tmp/", NOW - timedelta(days=90), b""),
        Write(".tmp/sbert-1/weights", NOW - timedelta(days=9), 5),
        Write(".tmp/sbert-1/weights", NOW - timedelta(days=1), None),
        Write(".tmp/manifest-2.json", NOW - timedelta(days=2), 5),
    ]
    report = report_size(cache_after([*two_syncs(), *writes]), 10**10, NOW)
    assert report.oldest_temporary == timedelta(days=9)
    assert report_size(whole_cache(), 10**10, NOW).oldest_temporary is None


def test_unknown_soft_deleted_bytes_leave_the_rest() -> None:
    """Where soft-deleted versions may not be listed, the reason stands in their place."""
    reader = replace(whole_cache(), errors={"soft_deleted": PermissionDenied("Not allowed.")})
    report = report_size(reader, 10**10, NOW)
    assert isinstance(report.soft_deleted_bytes, Unknown)
    assert report.soft_deleted_bytes.reason == "Not allowed."
    assert report.live_bytes > 3 * 10**9


def test_a_missing_bucket_has_no_size() -> None:
    """Without a bucket there is nothing to report, not even zero bytes."""
    with pytest.raises(NotFound):
        report_size(replace(whole_cache(), settings=None), 10**10, NOW)
