"""Listings page, group and select as the real ones do, through Google's own client."""

from collections.abc import Iterator

import pytest
from google.api_core import exceptions

from sandbox.cloud.content import Literal, Seeded
from tests.sandbox.storage_fixtures import BUCKET, RunningStorage, running_storage

FIELDS = "items(name,generation,size,crc32c,timeCreated,timeDeleted),nextPageToken,prefixes"


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def put(storage: RunningStorage, *names: str) -> None:
    """Write small objects."""
    for name in names:
        storage.bucket.put(name, Literal(name.encode()))


def test_pages_join_to_the_whole_listing(storage: RunningStorage) -> None:
    """Whatever the page size, the pages give each object once, in the order of names."""
    put(storage, *(f"dir/{number:03}" for number in range(25)), "other")
    expected = [version.name for version in storage.bucket.list()]
    for size in (1, 2, 7, 25, 26, 27):
        before = len(storage.faults.seen("storage.objects.list"))
        blobs = list(storage.client.list_blobs(BUCKET, page_size=size, fields=FIELDS))
        assert [blob.name for blob in blobs] == expected
        assert len(storage.faults.seen("storage.objects.list")) - before == -(-26 // size)


def test_page_holds_at_most_a_thousand_items_and_prefixes(storage: RunningStorage) -> None:
    """A page is cut at 1000 entries, prefixes counted, even where more are asked for."""
    put(storage, *(f"a{number:04}/x" for number in range(600)), *(f"b{n:04}" for n in range(600)))
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o", maxResults="5000", delimiter="/").json()
    assert (len(answer["prefixes"]), len(answer["items"])) == (600, 400)
    iterator = storage.client.list_blobs(BUCKET, delimiter="/")
    assert len(list(iterator)) == 600
    assert len(iterator.prefixes) == 600


def test_listing_without_a_token_field_ends_after_a_page(storage: RunningStorage) -> None:
    """Fields that leave nextPageToken out stop the client after one page, as with Google."""
    put(storage, "a", "b", "c")
    blobs = storage.client.list_blobs(BUCKET, page_size=2, fields="items(name)")
    assert [blob.name for blob in blobs] == ["a", "b"]


def test_fields_give_exactly_what_they_name(storage: RunningStorage) -> None:
    """A partial response holds the named fields where they exist, and nothing else."""
    put(storage, "a", "dir/b")
    path = f"/storage/v1/b/{BUCKET}/o"
    answer = storage.get(path, fields="items(name,timeDeleted),nextPageToken,prefixes").json()
    assert answer == {"items": [{"name": "a"}, {"name": "dir/b"}]}
    answer = storage.get(path, fields="prefixes,items/name", delimiter="/").json()
    assert answer == {"prefixes": ["dir/"], "items": [{"name": "a"}]}
    answer = storage.get(path, fields="items/name,items(size)", delimiter="/").json()
    assert answer == {"items": [{"name": "a", "size": "1"}]}
    answer = storage.get(path, fields="items/name,items,items/size", delimiter="/").json()
    assert answer["items"] == storage.get(path, delimiter="/").json()["items"]
    assert storage.get(path, fields="kind").json() == {"kind": "storage#objects"}
    bucket = storage.get(f"/storage/v1/b/{BUCKET}", fields="name,versioning/enabled").json()
    assert bucket == {"name": BUCKET, "versioning": {"enabled": True}}


@pytest.mark.parametrize(
    "fields",
    ["items(name", "items)", "items(nme)", "item", ",", "items//name", "items()", "na me", "a;b"],
)
def test_wrong_fields_are_refused(storage: RunningStorage, fields: str) -> None:
    """Fields that are malformed or unknown are a 400, never quietly everything or nothing."""
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o", fields=fields)
    assert answer.status_code == 400
    assert "Invalid field selection" in answer.json()["error"]["message"]


def test_delimiter_folds_names_into_prefixes(storage: RunningStorage) -> None:
    """Names with a delimiter after the prefix become prefixes, each once, others stay items."""
    put(storage, "a", "dir/", "dir/b", "dir/sub/c", "dir/sub/d", "dir2/e", "z")
    iterator = storage.client.list_blobs(BUCKET, delimiter="/", page_size=1)
    assert [blob.name for blob in iterator] == ["a", "z"]
    assert iterator.prefixes == {"dir/", "dir2/"}
    iterator = storage.client.list_blobs(BUCKET, delimiter="/", prefix="dir/")
    assert [blob.name for blob in iterator] == ["dir/", "dir/b"]
    assert iterator.prefixes == {"dir/sub/"}


def test_versions_show_the_whole_past(storage: RunningStorage) -> None:
    """With versions, noncurrent ones appear oldest first, told apart by their deletion time."""
    put(storage, "a", "a", "a", "b", "gone/c")
    storage.bucket.delete("gone/c")
    blobs = list(storage.client.list_blobs(BUCKET, versions=True, page_size=2, fields=FIELDS))
    expected = [(v.name, v.generation) for v in storage.bucket.list(versions=True)]
    assert [(blob.name, blob.generation) for blob in blobs] == expected
    assert [blob.time_deleted is None for blob in blobs] == [False, False, True, True, False]
    iterator = storage.client.list_blobs(BUCKET, versions=True, delimiter="/")
    assert len(list(iterator)) == 4
    assert iterator.prefixes == {"gone/"}
    assert [blob.name for blob in storage.client.list_blobs(BUCKET)] == ["a", "b"]


def test_both_spellings_of_true_are_read(storage: RunningStorage) -> None:
    """Python's client sends True, others true; anything else is a 400."""
    put(storage, "a", "a")
    path = f"/storage/v1/b/{BUCKET}/o"
    for spelling in ("True", "true"):
        assert len(storage.get(path, versions=spelling).json()["items"]) == 2
    assert len(storage.get(path, versions="false").json()["items"]) == 1
    assert storage.get(path, versions="yes").status_code == 400


def test_soft_deleted_versions_are_listed_apart(storage: RunningStorage) -> None:
    """Soft-deleted versions appear only when asked for, and not together with versions."""
    put(storage, "a", "a")
    old = storage.bucket.list(versions=True)[0]
    storage.bucket.delete("a", old.generation)
    (soft,) = storage.client.list_blobs(BUCKET, soft_deleted=True, fields="items,nextPageToken")
    assert (soft.name, soft.generation) == ("a", old.generation)
    assert len(list(storage.client.list_blobs(BUCKET, versions=True))) == 1
    both = storage.get(f"/storage/v1/b/{BUCKET}/o", versions="true", softDeleted="true")
    assert both.status_code == 400


def test_prefix_and_offsets_select_names(storage: RunningStorage) -> None:
    """A prefix and a half-open range of names select together."""
    put(storage, "a", "b/1", "b/2", "b/3", "c")
    blobs = storage.client.list_blobs(BUCKET, prefix="b/")
    assert [blob.name for blob in blobs] == ["b/1", "b/2", "b/3"]
    blobs = storage.client.list_blobs(BUCKET, start_offset="b/2", end_offset="c")
    assert [blob.name for blob in blobs] == ["b/2", "b/3"]


def test_token_holds_its_place_while_objects_change(storage: RunningStorage) -> None:
    """Objects that come and go between pages neither repeat nor hide the untouched ones."""
    put(storage, "a", "c", "e", "g")
    pages = storage.client.list_blobs(BUCKET, page_size=2).pages
    assert [blob.name for blob in next(pages)] == ["a", "c"]
    storage.bucket.delete("c")
    put(storage, "b", "d")
    assert [blob.name for blob in next(pages)] == ["d", "e"]
    assert [blob.name for blob in next(pages)] == ["g"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("maxResults", "0"), ("maxResults", "-1"), ("maxResults", "x"), ("pageToken", "???")],
)
def test_wrong_listing_parameters_are_refused(
    storage: RunningStorage, name: str, value: str
) -> None:
    """A parameter that cannot be read is a 400 that names it."""
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o", **{name: value})
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["location"] == name


def test_empty_listing_has_no_items(storage: RunningStorage) -> None:
    """An empty bucket answers only its kind, as the real one does."""
    assert storage.get(f"/storage/v1/b/{BUCKET}/o").json() == {"kind": "storage#objects"}
    assert list(storage.client.list_blobs(BUCKET)) == []


def test_large_listings_are_quick(storage: RunningStorage) -> None:
    """Three thousand virtual gigabyte objects list in a few requests and come out whole."""
    for number in range(3000):
        storage.bucket.put(f"blobs/{number:05}", Seeded(f"{number % 3}", 10**9))
    blobs = list(storage.client.list_blobs(BUCKET, page_size=1000, fields=FIELDS))
    assert len(blobs) == 3000
    assert sum(blob.size for blob in blobs) == 3000 * 10**9
    assert len(storage.faults.seen("storage.objects.list")) == 3
    with pytest.raises(exceptions.NotFound):
        list(storage.client.list_blobs("other"))
