"""Rewrites through Google's own client: a new generation with the same bytes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from google.api_core import exceptions

from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.versions import Version
from sandbox.faults import Fault, LoseReply, Refuse
from tests.sandbox.storage_fixtures import BUCKET, QUICK_RETRY, RunningStorage, running_storage

MIB = 1 << 20


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def rewrite_whole(storage: RunningStorage, name: str, generation: int, **conditions: int) -> int:
    """Rewrite a generation over its live version, as a rollback does; return the calls made."""
    source = storage.remote.blob(name, generation=generation)
    target, token, calls = storage.remote.blob(name), None, 0
    while calls == 0 or token is not None:
        token, _, _ = target.rewrite(source, token=token, **conditions)
        calls += 1
    return calls


def raw_rewrite(storage: RunningStorage, name: str, **parameters: str) -> requests.Response:
    """Rewrite an object to `copy` with bare parameters."""
    path = f"/storage/v1/b/{BUCKET}/o/{name}/rewriteTo/b/{BUCKET}/o/copy"
    return storage.http.post(storage.url + path, params=parameters, timeout=30)


def test_noncurrent_generation_becomes_live_again(storage: RunningStorage) -> None:
    """A rewrite over the live version writes a new generation with the old one's bytes and type."""
    old = storage.bucket.put("manifest.json", Literal(b"old"), content_type="application/json")
    bad = storage.bucket.put("manifest.json", Literal(b"bad"))
    rewrite_whole(storage, "manifest.json", old.generation, if_generation_match=bad.generation)
    live = storage.bucket.get("manifest.json")
    assert live.content.read(0, 99) == b"old"
    assert (live.content_type, live.metageneration) == ("application/json", 1)
    assert live.generation > bad.generation
    versions = storage.bucket.list(versions=True)
    assert [v.generation for v in versions] == [old.generation, bad.generation, live.generation]


def test_one_call_is_enough_without_a_limit(storage: RunningStorage) -> None:
    """Gigabytes within a location are rewritten in one call, and none of their bytes move."""
    old = storage.bucket.put("blob", Seeded("weights", 1_300_000_000))
    storage.bucket.delete("blob")
    target = storage.remote.blob("blob")
    source = storage.remote.blob("blob", generation=old.generation)
    token, written, size = target.rewrite(source, if_generation_match=0)
    assert (token, written, size) == (None, 1_300_000_000, 1_300_000_000)
    assert (target.crc32c, target.md5_hash) == (storage.remote.get_blob("blob").crc32c, None)
    assert storage.bucket.get("blob").crc32c == old.crc32c


def test_limit_makes_a_rewrite_take_several_calls(storage: RunningStorage) -> None:
    """Under a limit the client goes on by token, and the object changes only with the last call."""
    storage.buckets.rewrite_limit_bytes = 2 * MIB
    old = storage.bucket.put("blob", Seeded("old", 5 * MIB))
    new = storage.bucket.put("blob", Seeded("new", MIB))
    source = storage.remote.blob("blob", generation=old.generation)
    target, token = storage.remote.blob("blob"), None
    steps: list[tuple[int, int]] = []
    while not steps or token is not None:
        assert storage.bucket.get("blob") == new
        token, written, size = target.rewrite(source, token=token)
        steps.append((written, size))
    assert steps == [(2 * MIB, 5 * MIB), (4 * MIB, 5 * MIB), (5 * MIB, 5 * MIB)]
    assert storage.bucket.get("blob").content == old.content
    assert len(storage.faults.seen("storage.objects.rewrite")) == 3


def test_caller_may_limit_the_bytes_of_a_call(storage: RunningStorage) -> None:
    """The limit of a call is whole MiB, and the same in all calls of a rewrite."""
    storage.bucket.put("blob", Seeded("old", 3 * MIB))
    first = raw_rewrite(storage, "blob", maxBytesRewrittenPerCall=str(2 * MIB)).json()
    token = first.pop("rewriteToken")
    assert first == {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": str(2 * MIB),
        "objectSize": str(3 * MIB),
        "done": False,
    }
    other = {"maxBytesRewrittenPerCall": str(MIB), "rewriteToken": token}
    assert raw_rewrite(storage, "blob", **other).status_code == 400
    same = {"maxBytesRewrittenPerCall": str(2 * MIB), "rewriteToken": token}
    last = raw_rewrite(storage, "blob", **same).json()
    assert (last["done"], last["resource"]["name"]) == (True, "copy")
    for bad in ("0", str(MIB + 1), "many"):
        refused = raw_rewrite(storage, "blob", maxBytesRewrittenPerCall=bad)
        assert refused.json()["error"]["errors"][0]["reason"] == "invalidParameter"


def test_token_serves_only_its_own_rewrite(storage: RunningStorage) -> None:
    """A token with another source or none at all is a 400, one that is a week old a 410."""
    for name in ("blob", "other"):
        storage.bucket.put(name, Seeded(name, 3 * MIB))
    storage.buckets.rewrite_limit_bytes = MIB
    token = raw_rewrite(storage, "blob").json()["rewriteToken"]
    assert raw_rewrite(storage, "other", rewriteToken=token).status_code == 400
    for rubbish in ("x", "bm90IGpzb24=", token[:-8]):
        assert raw_rewrite(storage, "blob", rewriteToken=rubbish).status_code == 400
    assert raw_rewrite(storage, "blob", rewriteToken=token).status_code == 200
    storage.clock.advance(timedelta(days=8))
    assert raw_rewrite(storage, "blob", rewriteToken=token).status_code == 410


def test_rewrite_goes_on_with_the_generation_it_began_with(storage: RunningStorage) -> None:
    """A source overwritten meanwhile does not mix into the copy; one that is lost is 404."""
    begun = storage.bucket.put("blob", Seeded("begun", 3 * MIB))
    storage.buckets.rewrite_limit_bytes = 2 * MIB
    token = raw_rewrite(storage, "blob").json()["rewriteToken"]
    storage.bucket.put("blob", Seeded("later", 3 * MIB))
    assert raw_rewrite(storage, "blob", rewriteToken=token).json()["done"] is True
    assert storage.bucket.get("copy").crc32c == begun.crc32c
    storage.bucket.delete("blob", begun.generation)
    assert raw_rewrite(storage, "blob", rewriteToken=token).status_code == 404


def test_lost_source_is_not_found(storage: RunningStorage) -> None:
    """A source generation that lifecycle took is NotFound for rewrite and copy; nothing changes."""
    lost = storage.bucket.put("a", Literal(b"old"))
    live = storage.bucket.put("a", Literal(b"new"))
    storage.bucket.delete("a", lost.generation)
    with pytest.raises(exceptions.NotFound, match=f"No such object: {BUCKET}/a"):
        rewrite_whole(storage, "a", lost.generation)
    source, generation = storage.remote.blob("a"), lost.generation
    with pytest.raises(exceptions.NotFound):
        storage.remote.copy_blob(source, storage.remote, source_generation=generation)
    assert storage.bucket.list(versions=True) == [live]


@pytest.mark.parametrize("verb", ["rewrite", "copy"])
def test_preconditions_on_both_ends_guard_a_write(storage: RunningStorage, verb: str) -> None:
    """Each precondition that does not hold, on source or destination, is 412 and writes nothing."""
    source, live = (storage.bucket.put(name, Literal(b"x")).generation for name in ("a", "b"))
    before = storage.bucket.list(versions=True)

    def write(**conditions: int) -> None:
        if verb == "rewrite":
            storage.remote.blob("b").rewrite(storage.remote.blob("a"), **conditions)
        else:
            storage.remote.copy_blob(storage.remote.blob("a"), storage.remote, "b", **conditions)

    for refused in (
        {"if_generation_match": 0},
        {"if_generation_match": live + 1},
        {"if_generation_not_match": live},
        {"if_metageneration_match": 2},
        {"if_metageneration_not_match": 1},
        {"if_source_generation_match": source + 1},
        {"if_source_generation_not_match": source},
        {"if_source_metageneration_match": 2},
        {"if_source_metageneration_not_match": 1},
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            write(**refused)
    assert storage.bucket.list(versions=True) == before
    write(if_generation_match=live, if_source_generation_match=source)
    assert len(storage.bucket.list("b", versions=True)) == 2


def test_precondition_is_checked_in_every_call(storage: RunningStorage) -> None:
    """A destination that changes between two calls of a rewrite ends it with 412."""
    storage.buckets.rewrite_limit_bytes = MIB
    old = storage.bucket.put("blob", Seeded("old", 3 * MIB))
    live = storage.bucket.put("blob", Seeded("new", MIB)).generation
    source, target = (
        storage.remote.blob("blob", generation=old.generation),
        storage.remote.blob("blob"),
    )
    token, _, _ = target.rewrite(source, if_generation_match=live)
    intruder = storage.bucket.put("blob", Literal(b"intruder"))
    with pytest.raises(exceptions.PreconditionFailed):
        target.rewrite(source, token=token, if_generation_match=live)
    assert storage.bucket.get("blob") == intruder


def test_metadata_comes_from_the_source_unless_given(storage: RunningStorage) -> None:
    """A fresh destination keeps the source's metadata; a loaded one sends its own, which wins."""
    fresh = storage.remote.blob("a")
    fresh.metadata, fresh.content_type = {"from": "source"}, "text/plain"
    fresh.upload_from_string(b"x", content_type="text/plain")
    storage.remote.blob("b").upload_from_string(b"y", content_type="image/png")
    storage.remote.blob("c").rewrite(storage.remote.blob("a"))
    copied = storage.bucket.get("c")
    assert (copied.metadata, copied.content_type) == ({"from": "source"}, "text/plain")
    loaded = storage.remote.get_blob("b")
    loaded.rewrite(storage.remote.blob("a"))
    overwritten = storage.bucket.get("b")
    assert (overwritten.metadata, overwritten.content_type) == ({}, "image/png")
    assert overwritten.content == Literal(b"x")


def test_rewrite_whose_reply_is_lost_looks_like_a_conflict(storage: RunningStorage) -> None:
    """The retry of an applied rewrite fails its precondition, and it happened once."""
    old = storage.bucket.put("a", Literal(b"old"))
    live = storage.bucket.put("a", Literal(b"new")).generation
    storage.faults.add(Fault("storage.objects.rewrite", LoseReply(), times=1))
    source = storage.remote.blob("a", generation=old.generation)
    with pytest.raises(exceptions.PreconditionFailed):
        storage.remote.blob("a").rewrite(source, if_generation_match=live, retry=QUICK_RETRY)
    assert len(storage.bucket.list("a", versions=True)) == 3
    assert storage.bucket.get("a").content == old.content


def test_passing_503_is_retried_only_under_a_precondition(storage: RunningStorage) -> None:
    """The client's own rule: without ifGenerationMatch a rewrite or copy is tried once."""
    storage.bucket.put("a", Literal(b"x"))
    storage.faults.add(Fault("storage.objects.rewrite", Refuse(503), times=1))
    storage.faults.add(Fault("storage.objects.copy", Refuse(503), times=1))
    with pytest.raises(exceptions.ServiceUnavailable):
        storage.remote.blob("b").rewrite(storage.remote.blob("a"))
    with pytest.raises(exceptions.ServiceUnavailable):
        storage.remote.copy_blob(storage.remote.blob("a"), storage.remote, "b")
    storage.faults.add(Fault("storage.objects.rewrite", Refuse(503), times=2))
    storage.remote.blob("b").rewrite(
        storage.remote.blob("a"), if_generation_match=0, retry=QUICK_RETRY
    )
    assert len(storage.bucket.list("b", versions=True)) == 1


def test_rewrite_needs_rights_on_both_ends(storage: RunningStorage) -> None:
    """Reading the source, creating and, over a live object, deleting: each missing right is 403."""
    for name in ("a", "b"):
        storage.bucket.put(name, Literal(b"x"))
    for permission in ("get", "create", "delete"):
        storage.bucket.deny(f"storage.objects.{permission}")
        with pytest.raises(exceptions.Forbidden, match=f"storage.objects.{permission} access"):
            storage.remote.blob("b").rewrite(storage.remote.blob("a"))
    storage.bucket.deny("storage.objects.delete")
    storage.remote.blob("c").rewrite(storage.remote.blob("a"))
    assert storage.bucket.get("c").content == Literal(b"x")


def test_missing_bucket_on_either_end_is_not_found(storage: RunningStorage) -> None:
    """A rewrite from or to a bucket that does not exist is NotFound."""
    storage.bucket.put("a", Literal(b"x"))
    here, nowhere = storage.remote.blob("a"), storage.client.bucket("nowhere").blob("a")
    for target, source in ((here, nowhere), (nowhere, here)):
        with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
            target.rewrite(source)


def test_many_rewrites_at_once_each_happen_once(storage: RunningStorage) -> None:
    """Sixteen threads restore 200 objects of 10 MB; all are there, with one new generation each."""
    lost = [storage.bucket.put(f"o/{n:03}", Seeded(str(n), 10_000_000)) for n in range(200)]
    for version in lost:
        storage.bucket.delete(version.name)

    def restore(version: Version) -> int:
        return rewrite_whole(storage, version.name, version.generation, if_generation_match=0)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(restore, lost)) == 200
    assert [v.crc32c for v in storage.bucket.list()] == [v.crc32c for v in lost]
    assert len(storage.bucket.list(versions=True)) == 400


def test_one_of_many_rivals_wins(storage: RunningStorage) -> None:
    """Of ten who rewrite over the same generation under a precondition exactly one succeeds."""
    old = storage.bucket.put("a", Literal(b"old")).generation
    live = storage.bucket.put("a", Literal(b"new")).generation

    def restore(_: int) -> bool:
        try:
            rewrite_whole(storage, "a", old, if_generation_match=live)
        except exceptions.PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(restore, range(10))) == 1
    assert len(storage.bucket.list("a", versions=True)) == 3
