"""Whatever is done to a bucket through Google's own client, its history stays a true timeline."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.buckets import Bucket, BucketSettings, Version
from sandbox.cloud.content import Content, Seeded
from tests.sandbox.storage_fixtures import RunningStorage, running_storage

MIB = 1 << 20
NAMES = ("manifest.json", "ollama/a", ".tmp/b")
VERBS = (
    *["write"] * 3,
    "delete",
    "delete generation",
    "rewrite",
    "copy",
    "restore",
    "patch",
    "versioning",
    "days pass",
    "lose bucket",
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(VERBS), st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 9)
    ),
    min_size=25,
    max_size=50,
)
BUCKET_NUMBERS = count()


@dataclass
class History:
    """One bucket that things are done to, and what every generation must hold."""

    storage: RunningStorage
    bucket: Bucket
    written: dict[int, Content] = field(default_factory=dict)
    doubled: list[int] = field(default_factory=list)

    def note(self, generation: int, content: Content) -> None:
        """Remember what a new generation holds."""
        if generation in self.written:
            self.doubled.append(generation)
        self.written[generation] = content

    def act(self, verb: str, name: str, other: str, pick: int) -> None:
        """Do one thing, if there is anything to do it to."""
        match verb:
            case "write":
                content = Seeded(str(len(self.written)), pick * MIB // 4)
                self.note(self.bucket.put(name, content).generation, content)
            case "delete":
                if self.bucket.live(name):
                    self.remote.delete_blob(name)
            case "patch":
                self._patch(name, pick)
            case "versioning":
                versioning = not self.bucket.settings.versioning
                self.bucket.change(BucketSettings(versioning=versioning))
            case "days pass":
                self.storage.clock.advance(timedelta(days=pick % 3))
            case "lose bucket":
                self.storage.buckets.delete(self.bucket.name)
                self.storage.client.restore_bucket(self.bucket.name, self.bucket.generation)
            case _:
                self._act_on_version(verb, other, pick)

    @property
    def remote(self) -> Any:
        """The bucket as Google's client sees it."""
        return self.storage.client.bucket(self.bucket.name)

    def _act_on_version(self, verb: str, other: str, pick: int) -> None:
        restoring = verb == "restore"
        self.storage.buckets.get(self.bucket.name)  # lets its lifecycle run first
        versions = self.bucket.list(versions=not restoring, soft_deleted=restoring)
        if not versions:
            return
        version = versions[pick % len(versions)]
        source = self.remote.blob(version.name, generation=version.generation)
        live = self.bucket.live(version.name if restoring else other)
        expected = live.generation if live else 0
        match verb:
            case "delete generation":
                source.delete()
            case "rewrite":
                self._rewrite(source, other, expected, version)
            case "copy":
                blob = self.remote.copy_blob(
                    source,
                    self.remote,
                    other,
                    source_generation=version.generation,
                    if_generation_match=expected,
                )
                self.note(blob.generation, version.content)
            case "restore":
                blob = self.remote.restore_blob(
                    version.name, generation=version.generation, if_generation_match=expected
                )
                self.note(blob.generation, version.content)

    def _rewrite(self, source: Any, name: str, expected: int, version: Version) -> None:
        target = self.remote.blob(name)
        token, _, _ = target.rewrite(source, if_generation_match=expected)
        while token:
            token, _, _ = target.rewrite(source, token=token, if_generation_match=expected)
        self.note(target.generation, version.content)

    def _patch(self, name: str, pick: int) -> None:
        if self.bucket.live(name):
            blob = self.remote.blob(name)
            blob.metadata = {"pick": str(pick)}
            blob.patch()


@pytest.fixture(scope="module")
def storage() -> Iterator[RunningStorage]:
    """Serve a storage whose rewrites take a call for each MiB."""
    with running_storage() as running:
        running.buckets.rewrite_limit_bytes = MIB
        yield running


def is_timeline(timeline: list[Version]) -> bool:
    """Tell whether the kept versions of a name, oldest first, follow each other in time."""
    for older, newer in pairwise(timeline):
        ended = older.time_deleted
        if ended is None or not older.time_created < ended <= newer.time_created:
            return False
    last = timeline[-1]
    return last.time_deleted is None or last.time_created < last.time_deleted


@settings(max_examples=80, deadline=None)
@given(actions=ACTIONS)
def test_every_history_is_a_true_timeline(
    storage: RunningStorage, actions: list[tuple[str, str, str, int]]
) -> None:
    """Generations never repeat, none loses a byte, and those of a name follow each other in time.

    Among the things done are rewrites in several calls, copies, restores, lifecycle runs and
    the loss and restore of the whole bucket.
    """
    bucket = storage.buckets.create(f"bucket-{next(BUCKET_NUMBERS)}")
    history = History(storage, bucket)
    for action in actions:
        history.act(*action)
    kept, soft = bucket.list(versions=True), bucket.list(soft_deleted=True)
    assert history.doubled == []
    assert not {v.generation for v in kept} & {v.generation for v in soft}
    timelines = defaultdict(list)
    for version in kept:
        timelines[version.name].append(version)
        assert version.content == history.written[version.generation]
    for version in soft:
        assert version.content == history.written[version.generation]
        assert version.crc32c == version.content.crc32c()
    for name, timeline in timelines.items():
        assert is_timeline(timeline)
        assert bucket.live(name) == (timeline[-1] if timeline[-1].is_live else None)


@settings(max_examples=15, deadline=None)
@given(
    size_bytes=st.integers(0, 3 * MIB),
    limit_bytes=st.one_of(st.none(), st.sampled_from((MIB, 2 * MIB))),
)
def test_rewritten_bytes_are_the_same_to_the_last(
    storage: RunningStorage, size_bytes: int, limit_bytes: int | None
) -> None:
    """Whatever the size and however many calls it takes, a rewrite downloads as its source does."""
    storage.buckets.rewrite_limit_bytes = limit_bytes
    content = Seeded(f"content {size_bytes}", size_bytes)
    source = storage.bucket.put("source", content)
    storage.bucket.put("source", Seeded("other", 5))
    target = storage.remote.blob("target")
    history = History(storage, storage.bucket)
    live = storage.bucket.live("target")
    old = storage.remote.blob("source", generation=source.generation)
    history._rewrite(old, "target", live.generation if live else 0, source)
    assert target.download_as_bytes() == content.read(0, size_bytes)
    storage.buckets.rewrite_limit_bytes = MIB
