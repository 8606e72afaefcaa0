"""Tests of the bucket's adapter against the pretend Cloud Storage."""

import itertools
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.objects import Generation, LifecycleRule
from core.errors import NotFound, PermissionDenied, Unavailable
from core.google.connections import Connections
from core.google.google_cloud import GoogleCloud
from core.google.storage import Storage, delete_rules
from core.rights import Resource, rights_on
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.disasters import delete_bucket
from sandbox.cloud.lifecycle import LifecycleRule as PretendRule
from sandbox.faults import Fault, LoseReply, Phase, Refuse
from tests.core.google.conftest import deployment_of, endpoints_of

_PATIENCE_SECONDS = 30


def test_the_settings_are_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Versioning, soft delete and the delete rules decide what can be restored."""
    settings = cloud.bucket()
    assert settings.name == pretend.project.bucket_name
    assert settings.location == "EUROPE-WEST1"
    assert settings.versioning
    assert settings.soft_delete == timedelta(days=7)
    assert settings.lifecycle == (
        LifecycleRule(newer_versions=3),
        LifecycleRule(age=timedelta(days=7), prefixes=(".tmp/", "tmp/")),
    )


def test_settings_that_are_off_read_as_off(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A bucket without any safety net is told as such."""
    bucket = pretend.project.bucket
    bucket.change(replace(bucket.settings, versioning=False, lifecycle=(), soft_delete_seconds=0))
    settings = cloud.bucket()
    assert not settings.versioning
    assert settings.lifecycle == ()
    assert settings.soft_delete is None


def test_the_last_rules_of_a_bucket_are_kept_apart(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Each rule deletes by itself."""
    bucket = pretend.project.bucket
    rules = (PretendRule(num_newer_versions=5), PretendRule(age_days=1))
    bucket.change(replace(bucket.settings, lifecycle=rules))
    assert cloud.bucket().lifecycle == (
        LifecycleRule(newer_versions=5),
        LifecycleRule(age=timedelta(days=1)),
    )


def test_the_permissions_that_are_held_are_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """All are there by default; what is taken away is found."""
    wanted = [right.permission for right in rights_on(Resource.BUCKET)]
    assert list(cloud.held_permissions(Resource.BUCKET, wanted)) == wanted
    pretend.project.bucket.deny("storage.objects.list")
    left = [one for one in wanted if one != "storage.objects.list"]
    assert list(cloud.held_permissions(Resource.BUCKET, wanted)) == left
    pretend.project.bucket.deny(*wanted)
    assert list(cloud.held_permissions(Resource.BUCKET, wanted)) == []


def test_every_version_of_every_object_is_listed(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Overwritten and deleted objects stay as noncurrent versions."""
    bucket = pretend.project.bucket
    first = bucket.put(".done", Literal(b"1\n"))
    second = bucket.put(".done", Literal(b"20\n"))
    bucket.put("ollama/blobs/sha256-1", Seeded("blob", 1_300_000_000))
    bucket.delete("ollama/blobs/sha256-1")
    listed = {(one.name, one.generation): one for one in cloud.objects()}
    assert len(listed) == 3
    assert not listed[".done", Generation(first.generation)].live
    live = listed[".done", Generation(second.generation)]
    assert live.live
    assert live.size_bytes == 3
    assert abs(live.created_at - second.time_created) < timedelta(milliseconds=1)
    (gone,) = [one for one in listed.values() if one.name.startswith("ollama/")]
    assert gone.size_bytes == 1_300_000_000
    assert gone.deleted_at is not None
    assert gone.crc32c


def test_a_listing_goes_on_after_a_thousand_objects(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The API gives at most 1,000 a page, and no page is dropped."""
    for number in range(2005):
        pretend.project.bucket.put(f"sbert/{number:04}", Literal(b"x"))
    assert len({one.name for one in cloud.objects()}) == 2005
    assert len(pretend.faults.seen("storage.objects.list")) == 3


def test_soft_deleted_versions_are_listed_by_themselves(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """What lifecycle or a cleanup took can still be had for some days."""
    bucket = pretend.project.bucket
    kept = bucket.put("kept", Literal(b"x"))
    lost = bucket.put("lost", Literal(b"four"))
    bucket.delete("lost", lost.generation)
    (found,) = cloud.soft_deleted()
    assert (found.name, found.generation, found.size_bytes) == ("lost", lost.generation, 4)
    assert found.deleted_at is not None
    assert [one.generation for one in cloud.objects()] == [kept.generation]


def test_a_missing_bucket_comes_with_the_way_back(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Whoever asks for its settings or its objects is offered the recovery."""
    delete_bucket(pretend.project)
    for question in (cloud.bucket, cloud.objects):
        with pytest.raises(NotFound) as caught:
            question()
        assert caught.value.offers == ("recover",)
        assert "/cache recover" in caught.value.hint


def test_reads_are_made_again_when_the_service_is_busy(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Two bad answers in a row cost a moment, not the report."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    for method in ("storage.objects.list", "storage.buckets.get", "storage.objects.get.media"):
        pretend.faults.add(Fault(method, Refuse(503), times=2))
    assert len(cloud.objects()) == 1
    assert cloud.bucket().versioning
    assert cloud.read(".done")[0] == b"1\n"
    assert len(pretend.faults.seen("storage.objects.list")) == 3


def test_reads_are_made_again_when_the_connection_breaks(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A connection that was closed while idle looks the same."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    pretend.faults.add(Fault("storage.objects.*", LoseReply(), times=2))
    assert cloud.read(".done")[0] == b"1\n"
    assert len(cloud.objects()) == 1


def test_a_refusal_is_not_asked_again(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A missing permission does not come with time, and is named."""
    pretend.project.bucket.deny("storage.objects.list")
    with pytest.raises(PermissionDenied) as caught:
        cloud.objects()
    assert caught.value.hint == ("Grant the bot's account storage.objects.list on the bucket.")
    assert len(pretend.faults.seen("storage.objects.list")) == 1


def test_a_listing_without_end_is_given_up(pretend: PretendCloud) -> None:
    """Each page is quick, but a report cannot wait for all of them."""
    for number in range(1001):
        pretend.project.bucket.put(f"sbert/{number:04}", Literal(b"x"))
    connections = Connections.open(deployment_of(pretend).project, endpoints_of(pretend))
    hours = itertools.count(step=3600)
    adapter = Storage(connections.storage, pretend.project.bucket_name, lambda: next(hours))
    with pytest.raises(Unavailable, match="took longer than 30 s"):
        adapter.objects()
    assert len(pretend.faults.seen("storage.objects.list")) == 1
    pretend.project.bucket.delete("sbert/1000", pretend.project.bucket.get("sbert/1000").generation)
    assert len(adapter.objects()) == 1000, "what was late and is complete is not thrown away"
    adapter.close()
    connections.close()


def _rule(action: str, **condition: object) -> dict[str, object]:
    return {"action": {"type": action}, "condition": condition}


def test_only_delete_rules_that_can_be_told_in_full_are_told() -> None:
    """A rule with a further condition deletes less than it would seem without it."""
    rules = [
        _rule("SetStorageClass", age=30),
        _rule("Delete", numNewerVersions=3, isLive=False),
        _rule("Delete", numNewerVersions=3, matchesStorageClass=["NEARLINE"]),
        _rule("Delete", age=1, isLive=True),
        _rule("Delete", age=0, matchesPrefix=["tmp/"]),
    ]
    assert list(delete_rules(rules)) == [
        LifecycleRule(newer_versions=3),
        LifecycleRule(age=timedelta(), prefixes=("tmp/",)),
    ]


def test_sixteen_threads_keep_their_connections(
    cloud: GoogleCloud, pretend: PretendCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection pool holds as many as the bot has threads: none is thrown away."""
    pretend.project.bucket.put(".done", Literal(b"1\n"))
    together = threading.Barrier(16, timeout=_PATIENCE_SECONDS)

    def meet(method: str, phase: Phase) -> None:
        if (method, phase) == ("storage.objects.list", Phase.BEFORE):
            together.wait()

    pretend.faults.watch(meet)
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(16) as pool:
        listings = list(pool.map(lambda _: len(cloud.objects()), range(16)))
    assert listings == [1] * 16
    assert "Connection pool is full" not in caplog.text
