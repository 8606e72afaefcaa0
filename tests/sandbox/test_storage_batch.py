"""Batches through Google's own client: many calls in one request, each with its own answer."""

from collections.abc import Iterator

import pytest
import requests
from google.api_core import exceptions

from sandbox.cloud.content import Literal
from sandbox.faults import Fault, LoseReply, Refuse
from tests.sandbox.storage_fixtures import BUCKET, RunningStorage, running_storage

PATH = f"/storage/v1/b/{BUCKET}/o"


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve a bucket with three objects."""
    with running_storage() as running:
        for name in ("a", "b", "c/ü d"):
            running.bucket.put(name, Literal(name.encode()))
        yield running


def delete_all(storage: RunningStorage, generations: dict[str, int | None]) -> None:
    """Delete names in one batch, each under its ifGenerationMatch, and raise what goes wrong."""
    with storage.client.batch(raise_exception=True):
        for name, generation in generations.items():
            storage.remote.delete_blob(name, if_generation_match=generation)


def send(storage: RunningStorage, *calls: str, kind: str = "multipart/mixed") -> requests.Response:
    """Send a batch of bare calls, each given as its request line."""
    parts = [
        f"--x\r\nContent-Type: application/http\r\nContent-ID: <{n}>\r\n\r\n{call} HTTP/1.1\r\n\r\n"
        for n, call in enumerate(calls)
    ]
    return storage.http.post(
        f"{storage.url}/batch/storage/v1",
        data=("\r\n".join(parts) + "\r\n--x--").encode(),
        headers={"Content-Type": f"{kind}; boundary=x"},
        timeout=30,
    )


def test_batch_deletes_all_in_one_request(storage: RunningStorage) -> None:
    """Deletes of live versions and of one generation are applied, one request, many calls."""
    old = storage.bucket.put("a", Literal(b"1"))
    with storage.client.batch() as batch:
        storage.remote.blob("a", generation=old.generation).delete()
        storage.remote.blob("b").delete()
        storage.remote.delete_blob("c/ü d")
    assert storage.bucket.list() == []
    assert [response.status_code for response in batch._responses] == [204, 204, 204]
    assert len(storage.faults.seen("storage.batch")) == 1
    details = [call.detail for call in storage.faults.seen("storage.objects.delete")]
    assert details == [f"{BUCKET}/{name}" for name in ("a", "b", "c/ü d")]


def test_last_failure_is_raised_after_all_calls_ran(storage: RunningStorage) -> None:
    """With raise_exception the other calls of the batch have been applied all the same."""
    with pytest.raises(exceptions.PreconditionFailed, match="did not hold"):
        delete_all(storage, {"a": None, "missing": None, "b": 1, "c/ü d": None})
    assert [version.name for version in storage.bucket.list()] == ["b"]


def test_each_call_has_its_own_status(storage: RunningStorage) -> None:
    """Without raise_exception every answer can be looked at: status, headers and error JSON."""
    live = storage.bucket.get("a").generation
    with storage.client.batch(raise_exception=False) as batch:
        storage.remote.delete_blob("missing")
        storage.remote.delete_blob("a", if_generation_match=live + 1)
        storage.remote.delete_blob("a", if_generation_match=live)
        storage.remote.blob("b").reload()
    answers = batch._responses
    assert [answer.status_code for answer in answers] == [404, 412, 204, 200]
    assert answers[1].json()["error"]["errors"][0]["reason"] == "conditionNotMet"
    assert answers[3].json()["name"] == "b"
    assert answers[3].headers["Content-Type"] == "application/json; charset=UTF-8"


def test_batched_changes_fill_their_objects(storage: RunningStorage) -> None:
    """Patches with bodies go through a batch, and the client's objects get the new state."""
    blobs = [storage.remote.blob(name) for name in ("a", "c/ü d")]
    with storage.client.batch():
        for blob in blobs:
            blob.metadata = {"note": "é\r\n"}
            blob.patch()
    assert [blob.metageneration for blob in blobs] == [2, 2]
    assert storage.bucket.get("c/ü d").metadata == {"note": "é\r\n"}


def test_delete_blobs_keeps_to_generations_only_if_told(storage: RunningStorage) -> None:
    """With preserve_generation just the listed version goes; without it, the live one does."""
    old = storage.bucket.get("a").generation
    live = storage.bucket.put("a", Literal(b"new")).generation
    blobs = [storage.remote.blob("a", generation=old)]
    storage.remote.delete_blobs(blobs, preserve_generation=True)
    assert [v.generation for v in storage.bucket.list("a", versions=True)] == [live]
    storage.remote.delete_blobs([storage.remote.blob("a", generation=live + 1)])
    assert storage.bucket.live("a") is None


def test_delete_blobs_guards_each_object(storage: RunningStorage) -> None:
    """Preconditions go with their objects, and missing objects to on_error."""
    generations = [version.generation for version in storage.bucket.list()]
    missing: list[str] = []
    names = ["a", "b", "gone"]
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.delete_blobs(names, if_generation_match=[generations[0], 1, 1])
    storage.remote.delete_blobs(["gone", "b"], on_error=missing.append)
    assert missing == ["gone"]
    assert [version.name for version in storage.bucket.list()] == ["c/ü d"]


def test_faults_hit_single_calls_of_a_batch(storage: RunningStorage) -> None:
    """A refusal of one call is its part's answer, and the client never retries a batch."""
    storage.faults.add(Fault("storage.objects.delete", Refuse(503), times=1, after=1))
    with storage.client.batch(raise_exception=False) as batch:
        for name in ("a", "b", "c/ü d"):
            storage.remote.delete_blob(name)
    assert [answer.status_code for answer in batch._responses] == [204, 503, 204]
    assert batch._responses[1].headers["Retry-After"] == "1"
    storage.faults.add(Fault("storage.batch", Refuse(503), times=1))
    with pytest.raises(exceptions.ServiceUnavailable):
        delete_all(storage, {"b": None})
    assert [version.name for version in storage.bucket.list()] == ["b"]
    assert len(storage.faults.seen("storage.batch")) == 2


@pytest.mark.parametrize("method", ["storage.batch", "storage.objects.delete"])
def test_lost_reply_loses_the_answer_of_all_calls(storage: RunningStorage, method: str) -> None:
    """Whichever reply is lost, the connection drops and all calls have been applied."""
    storage.faults.add(Fault(method, LoseReply(), times=1))
    with pytest.raises(requests.exceptions.ConnectionError):
        delete_all(storage, dict.fromkeys(("a", "b", "c/ü d")))
    assert storage.bucket.list() == []


def test_batch_holds_at_most_a_hundred_calls(storage: RunningStorage) -> None:
    """A hundred calls pass, one more is refused as a whole; so is a body of 10 MB."""
    assert send(storage, *[f"GET {PATH}/a"] * 100).status_code == 200
    refused = send(storage, *[f"DELETE {PATH}/a"] * 101)
    assert refused.status_code == 400
    assert "limit is 100" in refused.json()["error"]["message"]
    assert send(storage, f"GET {PATH}/{'x' * 10_000_000}").status_code == 413
    assert storage.bucket.live("a") is not None


def test_answers_name_the_calls_that_they_belong_to(storage: RunningStorage) -> None:
    """Each part of the answer repeats its call's Content-ID, in the order of the calls."""
    text = send(storage, f"DELETE {PATH}/a", f"GET {PATH}/missing?fields=name").text
    ids = [line for line in text.splitlines() if line.startswith("Content-ID")]
    assert ids == ["Content-ID: <response-0>", "Content-ID: <response-1>"]
    lines = [line for line in text.splitlines() if line.startswith("HTTP/1.1")]
    assert lines == ["HTTP/1.1 204 No Content", "HTTP/1.1 404 Not Found"]


@pytest.mark.parametrize(
    "call",
    [
        f"GET {PATH}/a?alt=media",
        f"GET /download{PATH}/a",
        f"POST /upload{PATH}?uploadType=media&name=z",
        "POST /batch/storage/v1",
        "GET /elsewhere",
    ],
)
def test_what_cannot_be_batched_is_refused_alone(storage: RunningStorage, call: str) -> None:
    """Uploads, downloads and batches in a batch answer 400 for themselves, others go on."""
    text = send(storage, call, f"DELETE {PATH}/b").text
    lines = [line for line in text.splitlines() if line.startswith("HTTP/1.1")]
    assert lines == ["HTTP/1.1 400 Bad Request", "HTTP/1.1 204 No Content"]
    assert [version.name for version in storage.bucket.list()] == ["a", "c/ü d"]


def test_malformed_batches_are_refused(storage: RunningStorage) -> None:
    """What is no multipart/mixed of application/http parts with request lines is a 400."""
    url = f"{storage.url}/batch/storage/v1"
    headers = {"Content-Type": "multipart/mixed; boundary=x"}
    assert send(storage, f"DELETE {PATH}/a", kind="multipart/related").status_code == 400
    for body in (
        b"",
        b"rubbish",
        b"--x\r\nContent-Type: text/plain\r\n\r\nDELETE /\r\n--x--",
        b"--x\r\nContent-Type: application/http\r\n\r\nrubbish\r\n--x--",
        b"--x\r\nContent-Type: application/http\r\n\r\n\xff\xfe\r\n--x--",
    ):
        answer = storage.http.post(url, data=body, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)
    assert len(storage.bucket.list()) == 3
