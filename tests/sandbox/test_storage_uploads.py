"""Uploads of every kind arrive whole, verified and once, through Google's own client."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from google.api_core import exceptions

from sandbox.cloud.content import Seeded
from tests.sandbox.storage_fixtures import BUCKET, RunningStorage, running_storage

UNIT = 256 * 1024
UPLOAD = f"/upload/storage/v1/b/{BUCKET}/o"


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def stored(storage: RunningStorage, name: str) -> bytes:
    """Return the live bytes of an object, from behind the API."""
    version = storage.bucket.get(name)
    return version.content.read(0, version.size_bytes)


def post(storage: RunningStorage, data: bytes, **query: str) -> requests.Response:
    """Send a bare POST to the upload path."""
    return storage.http.post(storage.url + UPLOAD, params=query, data=data, timeout=30)


def write_alone(storage: RunningStorage, query: dict[str, str], number: int) -> int:
    """Upload on a connection of our own; return the status."""
    data = str(number).encode()
    return requests.post(storage.url + UPLOAD, params=query, data=data, timeout=30).status_code


def open_session(storage: RunningStorage, name: str) -> str:
    """Start a resumable upload by hand; return its address."""
    answer = post(storage, b"", uploadType="resumable", name=name)
    assert answer.status_code == 200
    return answer.headers["Location"]


def put_chunk(
    storage: RunningStorage, address: str, content_range: str, data: bytes = b""
) -> requests.Response:
    """Send one request to a resumable session."""
    headers = {"Content-Range": content_range}
    return storage.http.put(address, data=data, headers=headers, timeout=30)


def test_string_upload_is_stored_with_its_metadata(storage: RunningStorage) -> None:
    """A multipart upload keeps bytes, type and custom metadata, and the client's CRC32C passes."""
    blob = storage.remote.blob("dir/a")
    blob.metadata = {"model": "llama3.2:1b"}
    tricky = b"--\r\n\r\n--=====\r\nbytes \x00\xff"
    blob.upload_from_string(tricky, content_type="text/plain", checksum="crc32c")
    version = storage.bucket.get("dir/a")
    assert stored(storage, "dir/a") == tricky
    assert (version.content_type, version.metadata) == ("text/plain", {"model": "llama3.2:1b"})
    assert blob.generation == version.generation
    assert storage.remote.get_blob("dir/a").metadata == {"model": "llama3.2:1b"}


def test_simple_upload_takes_the_body_as_it_is(storage: RunningStorage) -> None:
    """An uploadType=media request stores its body, empty bodies too."""
    assert post(storage, b"plain", uploadType="media", name="a").json()["size"] == "5"
    assert post(storage, b"", uploadType="media", name="empty").json()["size"] == "0"
    assert stored(storage, "a") == b"plain"
    assert stored(storage, "empty") == b""


@pytest.mark.parametrize("size", [0, 1, UNIT, UNIT + 1, 5 * UNIT, 5 * UNIT + 77])
def test_resumable_upload_joins_its_chunks(storage: RunningStorage, size: int) -> None:
    """An upload in chunks of 256 KiB stores the same bytes, known size or not."""
    data = Seeded("upload", size).read(0, size)
    for name, known in (("known", size), ("unknown", None)):
        blob = storage.remote.blob(name, chunk_size=UNIT)
        blob.upload_from_file(io.BytesIO(data), size=known, checksum="crc32c")
        assert stored(storage, name) == data
    assert len(storage.bucket.list(versions=True)) == 2


def test_resumable_upload_tells_how_far_it_came(storage: RunningStorage) -> None:
    """Status queries and incomplete chunks answer 308 with the kept range, whole units only."""
    address = open_session(storage, "a")
    nothing = put_chunk(storage, address, "bytes */*")
    assert (nothing.status_code, nothing.headers.get("Range")) == (308, None)
    chunk = put_chunk(storage, address, f"bytes 0-{UNIT + 9}/*", b"a" * (UNIT + 10))
    assert (chunk.status_code, chunk.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    status = put_chunk(storage, address, f"bytes */{UNIT + 5}")
    assert (status.status_code, status.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    last = put_chunk(storage, address, f"bytes {UNIT}-{UNIT + 4}/{UNIT + 5}", b"bbbbb")
    assert last.status_code == 200
    assert stored(storage, "a") == b"a" * UNIT + b"bbbbb"
    for again in ("bytes */*", f"bytes {UNIT}-{UNIT + 4}/{UNIT + 5}"):
        replay = put_chunk(storage, address, again, b"" if "*" in again else b"bbbbb")
        assert replay.json()["generation"] == last.json()["generation"]
    assert len(storage.bucket.list(versions=True)) == 1


def test_chunk_that_came_before_is_not_stored_twice(storage: RunningStorage) -> None:
    """A repeated or overlapping chunk adds only the bytes that are new."""
    address = open_session(storage, "a")
    put_chunk(storage, address, f"bytes 0-{UNIT - 1}/*", b"a" * UNIT)
    put_chunk(storage, address, f"bytes 0-{UNIT - 1}/*", b"a" * UNIT)
    put_chunk(storage, address, f"bytes 0-{UNIT + 1}/{UNIT + 2}", b"a" * UNIT + b"bb")
    assert stored(storage, "a") == b"a" * UNIT + b"bb"


def test_gap_between_chunks_is_refused_in_the_real_words(storage: RunningStorage) -> None:
    """Bytes past what is kept answer 503 in plain text, as the real service does."""
    address = open_session(storage, "a")
    answer = put_chunk(storage, address, "bytes 4-7/8", b"late")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "upload offset is 4 byte(s), which exceeds already uploaded size of 0" in answer.text


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-9/20", "bytes 0-3/2", "bytes 3-0/*", "0-3/4", "bytes a-b/c", "bytes 0-3"],
)
def test_wrong_content_range_is_refused(storage: RunningStorage, content_range: str) -> None:
    """A range that does not fit its four bytes is a 400, and nothing is kept."""
    address = open_session(storage, "a")
    assert put_chunk(storage, address, content_range, b"four").status_code == 400
    assert "Range" not in put_chunk(storage, address, "bytes */*").headers


def test_sessions_end_with_a_week_or_their_bucket(storage: RunningStorage) -> None:
    """An unknown or expired session, or one whose bucket is gone, is 404 and stores nothing."""
    address = open_session(storage, "a")
    assert put_chunk(storage, address + "x", "bytes */*").status_code == 404
    storage.clock.advance(timedelta(days=7, seconds=1))
    assert put_chunk(storage, address, "bytes 0-3/4", b"late").status_code == 404
    address = open_session(storage, "a")
    storage.buckets.delete(BUCKET)
    assert put_chunk(storage, address, "bytes 0-3/4", b"late").status_code == 404
    storage.buckets.create(BUCKET)
    assert put_chunk(storage, address, "bytes 0-3/4", b"late").status_code == 404
    assert storage.buckets.get(BUCKET).list() == []


def test_announced_size_must_be_kept(storage: RunningStorage) -> None:
    """A chunk whose total differs from the announced size is refused."""
    headers = {"X-Upload-Content-Length": "10"}
    query = {"uploadType": "resumable", "name": "a"}
    answer = storage.http.post(storage.url + UPLOAD, params=query, headers=headers, timeout=30)
    address = answer.headers["Location"]
    assert put_chunk(storage, address, "bytes 0-3/4", b"four").status_code == 400
    assert storage.bucket.list() == []


def test_preconditions_guard_uploads_of_every_kind(storage: RunningStorage) -> None:
    """An upload from a generation that is not the live one fails and writes nothing."""
    first = storage.remote.blob("a")
    first.upload_from_string(b"one", if_generation_match=0)
    for chunk_size in (None, UNIT):
        blob = storage.remote.blob("a", chunk_size=chunk_size)
        for condition in ({"if_generation_match": 0}, {"if_metageneration_match": 5}):
            with pytest.raises(exceptions.PreconditionFailed):
                blob.upload_from_file(io.BytesIO(b"two"), **condition)
    query = {"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"}
    assert post(storage, b"", **query).status_code == 412
    assert stored(storage, "a") == b"one"
    blob = storage.remote.blob("a", chunk_size=UNIT)
    blob.upload_from_file(io.BytesIO(b"two"), if_generation_match=first.generation)
    assert stored(storage, "a") == b"two"


def test_precondition_is_checked_again_when_the_upload_ends(storage: RunningStorage) -> None:
    """A resumable upload that another writer overtook fails at its last chunk."""
    answer = post(storage, b"", uploadType="resumable", name="a", ifGenerationMatch="0")
    storage.remote.blob("a").upload_from_string(b"faster")
    assert put_chunk(storage, answer.headers["Location"], "bytes 0-3/4", b"slow").status_code == 412
    assert stored(storage, "a") == b"faster"


@pytest.mark.parametrize(
    "promise", [{"crc32c": "AAAAAA=="}, {"md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="}]
)
def test_wrong_checksum_of_the_client_is_refused(
    storage: RunningStorage, promise: dict[str, str]
) -> None:
    """Bytes that are not what the client promised are a 400, and nothing is written."""
    blob = storage.remote.blob("a")
    for name, value in promise.items():
        blob._properties[name] = value
        blob._changes.add(name)
    with pytest.raises(exceptions.BadRequest, match="doesn't match calculated"):
        blob.upload_from_string(b"hello", checksum=None)
    resource = json.dumps(promise).encode()
    address = post(storage, resource, uploadType="resumable", name="a").headers["Location"]
    assert put_chunk(storage, address, "bytes 0-4/5", b"hello").status_code == 400
    assert storage.bucket.list() == []


def test_wrong_hash_header_is_refused(storage: RunningStorage) -> None:
    """The checksum in X-Goog-Hash is verified for simple and resumable uploads alike."""
    headers = {"X-Goog-Hash": "crc32c=AAAAAA==", "Content-Range": "bytes 0-4/5"}
    simple = storage.url + UPLOAD + "?uploadType=media&name=a"
    answer = storage.http.post(simple, data=b"hello", headers=headers, timeout=30)
    assert answer.status_code == 400
    words = 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "mnG7TA==".'
    assert answer.json()["error"]["message"] == words
    session = open_session(storage, "a")
    assert storage.http.put(session, data=b"hello", headers=headers, timeout=30).status_code == 400
    assert storage.bucket.list() == []
    headers["X-Goog-Hash"] = "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg=="
    assert storage.http.put(session, data=b"hello", headers=headers, timeout=30).status_code == 200


def test_name_in_the_address_wins_over_the_resource(storage: RunningStorage) -> None:
    """A name may stand in the URL or in the resource; where both have one, the URL's counts."""
    for query, expected in (({"name": "url"}, "url"), ({}, "resource")):
        answer = post(storage, b'{"name": "resource"}', uploadType="resumable", **query)
        address = answer.headers["Location"]
        assert put_chunk(storage, address, "bytes 0-3/4", b"four").json()["name"] == expected


def test_only_one_of_many_writers_creates_an_object(storage: RunningStorage) -> None:
    """Of uploads that all require that the object does not exist, exactly one succeeds."""
    with ThreadPoolExecutor(8) as pool:
        query = {"uploadType": "media", "name": "a", "ifGenerationMatch": "0"}
        answers = [pool.submit(write_alone, storage, query, n) for n in range(16)]
        statuses = sorted(answer.result() for answer in answers)
    assert statuses == [200] + [412] * 15
    assert len(storage.bucket.list(versions=True)) == 1


@pytest.mark.parametrize("name", ["", ".", "..", "a\nb", "ü" * 513])
def test_impossible_names_are_refused(storage: RunningStorage, name: str) -> None:
    """A name that the real service forbids is a 400."""
    assert post(storage, b"x", uploadType="media", name=name).status_code == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"no parts", b"--b\r\n\r\n{}\r\n--b--", b"--b\r\n\r\n{\r\n--b\r\n\r\nx\r\n--b--"],
)
def test_malformed_multipart_is_refused(storage: RunningStorage, body: bytes) -> None:
    """A multipart body that cannot be read is a 400."""
    answer = storage.http.post(
        storage.url + UPLOAD,
        params={"uploadType": "multipart", "name": "a"},
        data=body,
        headers={"Content-Type": 'multipart/related; boundary="b"'},
        timeout=30,
    )
    assert answer.status_code == 400
    assert storage.bucket.list() == []


@pytest.mark.parametrize("resource", ["[]", '{"name": 5}', '{"metadata": []}', "nonsense"])
def test_malformed_resource_is_refused(storage: RunningStorage, resource: str) -> None:
    """An object resource that is no object, or holds the wrong types, is a 400."""
    answer = post(storage, resource.encode(), uploadType="resumable", name="a")
    assert answer.status_code == 400


def test_unserved_settings_are_refused_aloud(storage: RunningStorage) -> None:
    """What the sandbox cannot keep is 501, never dropped in silence."""
    for resource in ('{"cacheControl": "no-cache"}', '{"storageClass": "NEARLINE"}'):
        answer = post(storage, resource.encode(), uploadType="resumable", name="a")
        assert answer.status_code == 501
    assert (
        post(storage, b"x", uploadType="media", name="a", predefinedAcl="private").status_code
        == 501
    )
    assert post(storage, b"x", uploadType="carrier pigeon", name="a").status_code == 400
    assert storage.bucket.list() == []
