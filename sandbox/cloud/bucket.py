"""One bucket: objects with generations, versioning, soft delete and lifecycle."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock
from sandbox.cloud.content import Content
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule, due
from sandbox.cloud.versions import (
    ALWAYS,
    OCTET_STREAM,
    Draft,
    NoSuchObject,
    Preconditions,
    Version,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """What an administrator sets on a bucket."""

    location: str = "EUROPE-WEST1"
    versioning: bool = True
    lifecycle: tuple[LifecycleRule, ...] = DEFAULT_LIFECYCLE
    soft_delete_seconds: int = 604800


class Bucket:
    """One bucket; every method is atomic.

    Each change takes its own microsecond, so that no two generations or deletions of a
    bucket share a time and every history is a strict timeline.
    """

    def __init__(self, name: str, clock: Clock, settings: BucketSettings) -> None:
        self.name = name
        self.settings = settings
        self.metageneration = 1
        self.denied_permissions: frozenset[str] = frozenset()
        self._clock = clock
        self._lock = threading.RLock()
        self._last_microsecond = 0
        self._timelines: dict[str, list[Version]] = {}  # oldest first; the last may be live
        self._soft_deleted: list[Version] = []
        self.generation = self._next_microsecond()
        self.time_created = self.time_updated = _moment(self.generation)

    def put(
        self,
        name: str,
        content: Content,
        *,
        content_type: str = OCTET_STREAM,
        if_generation_match: int | None = None,
    ) -> Version:
        """Write an object; raise PreconditionFailed where the live generation is another."""
        preconditions = Preconditions(generation_match=if_generation_match)
        return self.insert(Draft(name, content, content_type), preconditions)

    def insert(self, draft: Draft, preconditions: Preconditions = ALWAYS) -> Version:
        """Write an object as the new live version of its name."""
        crc32c, md5 = draft.content.crc32c(), draft.content.md5()
        with self._lock:
            preconditions.check(self.live(draft.name))
            generation = self._next_microsecond()
            version = Version(
                name=draft.name,
                generation=generation,
                content=draft.content,
                content_type=draft.content_type,
                crc32c=crc32c,
                md5=md5,
                time_created=_moment(generation),
                metadata=dict(draft.metadata),
            )
            self._retire(draft.name, version.time_created)
            self._timelines.setdefault(draft.name, []).append(version)
        return version

    def get(self, name: str, generation: int | None = None) -> Version:
        """Return the live version, or that generation, live or noncurrent.

        Raises:
            NoSuchObject: there is none, or it is soft-deleted.
        """
        with self._lock:
            if generation is None:
                version = self.live(name)
            else:
                kept = self._timelines.get(name, [])
                version = next((v for v in kept if v.generation == generation), None)
        if version is None:
            raise NoSuchObject(f"{self.name}/{name}")
        return version

    def live(self, name: str) -> Version | None:
        """Return the live version, or None."""
        with self._lock:
            timeline = self._timelines.get(name)
            return timeline[-1] if timeline and timeline[-1].is_live else None

    def get_soft_deleted(self, name: str, generation: int) -> Version:
        """Return a soft-deleted version, or raise NoSuchObject."""
        for version in self.list(name, soft_deleted=True):
            if (version.name, version.generation) == (name, generation):
                return version
        raise NoSuchObject(f"{self.name}/{name}")

    def delete(
        self, name: str, generation: int | None = None, if_generation_match: int | None = None
    ) -> None:
        """Delete the live version (noncurrent where versioning is on), or one generation for good.

        Raises:
            NoSuchObject: there is none.
            PreconditionFailed: the object's generation is another.
        """
        self.remove(name, generation, Preconditions(generation_match=if_generation_match))

    def remove(
        self, name: str, generation: int | None = None, preconditions: Preconditions = ALWAYS
    ) -> None:
        """Delete as `delete` does, under any preconditions."""
        with self._lock:
            version = self.get(name, generation)
            preconditions.check(version)
            now = _moment(self._next_microsecond())
            if generation is None:
                self._retire(name, now)
            else:
                self._discard(version, now)

    def move(self, name: str, new_name: str) -> Version:
        """Rename on the server: copy, then delete the old name, as gcsfuse renames a file."""
        with self._lock:
            old = self.get(name)
            new = self.insert(Draft(new_name, old.content, old.content_type, old.metadata))
            self.delete(name)
        return new

    def list(
        self, prefix: str = "", *, versions: bool = False, soft_deleted: bool = False
    ) -> list[Version]:
        """Return live versions, all kept `versions`, or the `soft_deleted` ones.

        Sorted by name, then generation.
        """
        if versions and soft_deleted:
            raise ValueError("versions and soft_deleted exclude each other")
        with self._lock:
            found = [v for v in self._pool(versions, soft_deleted) if v.name.startswith(prefix)]
        return sorted(found, key=lambda version: (version.name, version.generation))

    def apply_lifecycle(self) -> Sequence[Version]:
        """Delete what the rules say by now; return the versions as they were before.

        A live version becomes noncurrent where versioning is on, as a plain delete does; the
        real service acts within a day, the sandbox whenever this is called.
        """
        with self._lock:
            now = self._clock.now()
            rules = self.settings.lifecycle
            doomed = [v for line in self._timelines.values() for v in due(rules, line, now)]
            for version in doomed:
                at = _moment(self._next_microsecond())
                if version.is_live:
                    self._retire(version.name, at)
                else:
                    self._discard(version, at)
        return doomed

    def change(self, settings: BucketSettings) -> None:
        """Replace the settings, as a bucket patch does: the metageneration goes up."""
        with self._lock:
            self.settings = settings
            self.metageneration += 1
            self.time_updated = _moment(self._next_microsecond())

    def deny(self, *permissions: str) -> None:
        """Refuse from now on exactly these IAM permissions to every caller; none lifts all."""
        self.denied_permissions = frozenset(permissions)

    def _pool(self, versions: bool, soft_deleted: bool) -> Iterator[Version]:
        if soft_deleted:
            now = self._clock.now()
            self._soft_deleted = [v for v in self._soft_deleted if _is_retained(v, now)]
            yield from self._soft_deleted
            return
        for timeline in self._timelines.values():
            yield from (v for v in timeline if versions or v.is_live)

    def _retire(self, name: str, now: datetime) -> None:
        """Take the live version, if any, out of service."""
        live = self.live(name)
        if live is None:
            return
        if self.settings.versioning:
            self._timelines[name][-1] = replace(live, time_deleted=now)
        else:
            self._discard(live, now)

    def _discard(self, version: Version, now: datetime) -> None:
        """Let a version leave the bucket: soft-deleted for the retention, or gone."""
        timeline = self._timelines[version.name]
        timeline.remove(version)
        if not timeline:
            del self._timelines[version.name]
        retention = timedelta(seconds=self.settings.soft_delete_seconds)
        if retention:
            soft = replace(version, soft_delete_time=now, hard_delete_time=now + retention)
            self._soft_deleted.append(soft)

    def _next_microsecond(self) -> int:
        present = (self._clock.now() - _EPOCH) // _MICROSECOND
        self._last_microsecond = max(self._last_microsecond + 1, present)
        return self._last_microsecond


def _moment(microsecond: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microsecond)


def _is_retained(version: Version, now: datetime) -> bool:
    return version.hard_delete_time is None or now < version.hard_delete_time
