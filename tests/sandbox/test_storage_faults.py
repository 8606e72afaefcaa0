"""Errors and injected trouble reach Google's own client as the real service's do."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from google.api_core import exceptions

from sandbox.cloud.content import Literal
from sandbox.faults import Fault, Hang, LoseReply, Refuse
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage

UNIT = 256 * 1024


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def test_errors_have_googles_form(storage: RunningStorage) -> None:
    """An error is JSON with code, message and a list of message, domain and reason."""
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o/missing")
    message = f"No such object: {BUCKET}/missing"
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.json() == {
        "error": {
            "code": 404,
            "message": message,
            "errors": [{"message": message, "domain": "global", "reason": "notFound"}],
        }
    }
    storage.bucket.put("a", Literal(b"one"))
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o/a", ifGenerationMatch="1")
    (entry,) = answer.json()["error"]["errors"]
    assert (entry["reason"], entry["location"]) == ("conditionNotMet", "If-Match")


def test_download_errors_are_bare_text(storage: RunningStorage) -> None:
    """Where media was asked for, an error is its message alone."""
    answer = storage.get(f"/download/storage/v1/b/{BUCKET}/o/missing", alt="media")
    assert (answer.status_code, answer.text) == (404, f"No such object: {BUCKET}/missing")


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, exceptions.BadRequest),
        (403, exceptions.Forbidden),
        (404, exceptions.NotFound),
        (409, exceptions.Conflict),
        (412, exceptions.PreconditionFailed),
        (429, exceptions.TooManyRequests),
        (500, exceptions.InternalServerError),
        (503, exceptions.ServiceUnavailable),
    ],
)
def test_injected_refusals_are_googles_errors(
    storage: RunningStorage, status: int, raised: type[Exception]
) -> None:
    """A refusal reaches the client as the exception class of its status, and changes nothing."""
    storage.faults.add(Fault("storage.objects.*", Refuse(status, "as ordered")))
    blob = storage.remote.blob("a")
    for call in (
        lambda: blob.upload_from_string(b"x", retry=None),
        lambda: blob.reload(retry=None),
        lambda: blob.download_as_bytes(retry=None),
        lambda: blob.delete(retry=None),
        lambda: list(storage.client.list_blobs(BUCKET, retry=None)),
    ):
        with pytest.raises(raised, match="as ordered"):
            call()
    assert storage.bucket.list(versions=True) == []


def test_refused_credentials_are_challenged(storage: RunningStorage) -> None:
    """A 401 says how to authenticate, which makes the client's transport refresh its token."""
    storage.faults.add(Fault("storage.buckets.get", Refuse(401, "Invalid Credentials")))
    answer = storage.get(f"/storage/v1/b/{BUCKET}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"


def test_refusals_for_load_say_when_to_come_back(storage: RunningStorage) -> None:
    """The statuses 429 and 503 carry Retry-After, and 429 Google's usageLimits domain."""
    for status, domain in ((429, "usageLimits"), (503, "global")):
        storage.faults.clear()
        refuse = Refuse(status, retry_after_seconds=7)
        storage.faults.add(Fault("storage.buckets.get", refuse))
        answer = storage.get(f"/storage/v1/b/{BUCKET}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
        assert answer.json()["error"]["errors"][0]["domain"] == domain


def test_client_retries_a_passing_503(storage: RunningStorage) -> None:
    """Reads, uploads and deletes survive two 503s by the client's own retries."""
    calls: list[tuple[str, Any]] = [
        ("insert", lambda: storage.remote.blob("a").upload_from_string(b"x", retry=QUICK_RETRY)),
        ("get", lambda: storage.remote.blob("a").reload(retry=QUICK_RETRY)),
        ("get.media", lambda: storage.remote.blob("a").download_as_bytes(retry=QUICK_RETRY)),
        ("list", lambda: list(storage.client.list_blobs(BUCKET, retry=QUICK_RETRY))),
        ("delete", lambda: storage.remote.blob("a").delete(retry=QUICK_RETRY)),
    ]
    for name, call in calls:
        method = f"storage.objects.{name}"
        storage.faults.add(Fault(method, Refuse(503), times=2))
        call()
        assert len(storage.faults.seen(method)) == 3
    assert len(storage.bucket.list(versions=True)) == 1


def test_upload_whose_reply_is_lost_is_there_once(storage: RunningStorage) -> None:
    """The retry after a lost reply fails its precondition, and the object exists once."""
    storage.faults.add(Fault("storage.objects.insert", LoseReply(), times=1))
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.blob("a").upload_from_string(b"x", if_generation_match=0, retry=QUICK_RETRY)
    assert len(storage.faults.seen("storage.objects.insert")) == 2
    (version,) = storage.bucket.list(versions=True)
    assert storage.remote.get_blob("a").generation == version.generation


def test_upload_without_precondition_is_there_twice(storage: RunningStorage) -> None:
    """Without a precondition the same trouble writes a second generation, as it really would."""
    storage.faults.add(Fault("storage.objects.insert", LoseReply(), times=1))
    storage.remote.blob("a").upload_from_string(b"x", retry=QUICK_RETRY)
    assert len(storage.bucket.list("a", versions=True)) == 2


@pytest.mark.parametrize("method", ["insert.start", "insert.chunk", "insert"])
def test_resumable_upload_survives_a_lost_reply_anywhere(
    storage: RunningStorage, method: str
) -> None:
    """Whichever reply of a resumable upload is lost, the object is whole and there once."""
    storage.faults.add(Fault(f"storage.objects.{method}", LoseReply(), times=1))
    data = bytes(range(256)) * 1024 * 3
    blob = storage.remote.blob("a", chunk_size=UNIT)
    blob.upload_from_file(io.BytesIO(data), if_generation_match=0, retry=QUICK_RETRY)
    (version,) = storage.bucket.list(versions=True)
    assert version.content.read(0, version.size_bytes) == data


def test_delete_whose_reply_is_lost_happens_once(storage: RunningStorage) -> None:
    """The retry of an applied delete is NotFound, and one noncurrent version remains."""
    storage.bucket.put("a", Literal(b"x"))
    storage.faults.add(Fault("storage.objects.delete", LoseReply(), times=1))
    with pytest.raises(exceptions.NotFound):
        storage.remote.blob("a").delete(retry=QUICK_RETRY)
    assert len(storage.bucket.list(versions=True)) == 1


def test_lost_reply_looks_like_a_dropped_connection(storage: RunningStorage) -> None:
    """A caller who does not retry sees the connection break, not an answer."""
    storage.faults.add(Fault("storage.buckets.get", LoseReply()))
    with pytest.raises(requests.exceptions.ConnectionError):
        storage.get(f"/storage/v1/b/{BUCKET}")


def test_hanging_call_ends_when_the_faults_are_cleared(storage: RunningStorage) -> None:
    """A hanging call times out for its caller while other calls go on."""
    storage.faults.add(Fault("storage.objects.list", Hang()))
    with pytest.raises(requests.exceptions.Timeout):
        list(storage.client.list_blobs(BUCKET, timeout=0.2, retry=None))
    assert storage.remote.exists()
    received, ended = threading.Event(), threading.Event()
    storage.faults.watch(lambda _method, _phase: received.set())

    def wait() -> None:
        with pytest.raises(exceptions.ServiceUnavailable):
            list(storage.client.list_blobs(BUCKET, timeout=60, retry=None))
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert received.wait(30)
    storage.faults.clear()
    waiting.join(30)
    assert ended.is_set()


def test_every_call_is_recorded_by_its_method(storage: RunningStorage) -> None:
    """Each call is seen under the API's method id with what it was about."""
    storage.remote.reload()
    storage.remote.test_iam_permissions(["storage.objects.get"])
    blob = storage.remote.blob("dir/a")
    blob.upload_from_string(b"x")
    blob.reload()
    blob.download_as_bytes()
    list(storage.remote.list_blobs(prefix="dir/"))
    blob.delete()
    recorded = [(call.method, call.detail) for call in storage.faults.seen("*")]
    assert recorded == [
        ("storage.buckets.get", BUCKET),
        ("storage.buckets.testIamPermissions", BUCKET),
        ("storage.objects.insert", f"{BUCKET}/dir/a"),
        ("storage.objects.get", f"{BUCKET}/dir/a"),
        ("storage.objects.get.media", f"{BUCKET}/dir/a"),
        ("storage.objects.list", f"{BUCKET}/dir/"),
        ("storage.objects.delete", f"{BUCKET}/dir/a"),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/storage/v1"),
        ("GET", "/storage/v1/b/"),
        ("GET", f"/storage/v1/b/{BUCKET}/acl"),
        ("POST", f"/storage/v1/b/{BUCKET}/lockRetentionPolicy"),
        ("POST", f"/storage/v1/b/{BUCKET}/o"),
        ("PUT", f"/storage/v1/b/{BUCKET}/o/a"),
        ("GET", f"/storage/v1/b/{BUCKET}/o/a/b"),
        ("GET", f"/storage/v1/b/{BUCKET}/o/a/iam"),
        ("POST", f"/storage/v1/b/{BUCKET}/o/a/compose"),
        ("POST", f"/storage/v1/b/{BUCKET}/o/a/moveTo/o/b"),
        ("POST", f"/storage/v1/b/{BUCKET}/o/bulkRestore"),
        ("GET", "/batch/storage/v1"),
        ("GET", f"/upload/storage/v1/b/{BUCKET}/o"),
    ],
)
def test_what_is_not_served_says_so(storage: RunningStorage, method: str, path: str) -> None:
    """A call that the sandbox does not have answers 501 in Google's form, and changes nothing."""
    storage.bucket.put("a", Literal(b"x"))
    answer = storage.http.request(method, storage.url + path, timeout=30)
    assert answer.status_code == 501
    assert answer.json()["error"]["errors"][0]["reason"] == "notImplemented"
    assert len(storage.bucket.list(versions=True)) == 1


@pytest.mark.parametrize("parameter", ["matchGlob", "filter", "includeFoldersAsPrefixes"])
def test_unserved_parameters_are_never_ignored(storage: RunningStorage, parameter: str) -> None:
    """A parameter that would change the answer, but is not served, is a 501 that names it."""
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o", **{parameter: "x"})
    assert answer.status_code == 501
    assert parameter in answer.json()["error"]["message"]


@pytest.mark.parametrize("generation", ["latest", "-5", "1.0", "٣"])
def test_generation_must_be_a_number(storage: RunningStorage, generation: str) -> None:
    """A generation that is no number is a 400, not a crash and not the live version."""
    storage.bucket.put("a", Literal(b"x"))
    answer = storage.get(f"/storage/v1/b/{BUCKET}/o/a", generation=generation)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "invalidParameter"
