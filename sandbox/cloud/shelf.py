"""The versions that a bucket holds: one timeline for each name, and the soft-deleted ones apart."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.cloud.bucket_settings import BucketSettings
from sandbox.cloud.versions import Version


class Shelf:
    """All versions of a bucket's objects; not thread-safe, its bucket holds the lock.

    A version leaves its timeline for the soft-deleted ones, never the other way: restoring
    writes a new one (docs.cloud.google.com/storage/docs/json_api/v1/objects/restore).
    """

    def __init__(self) -> None:
        self._timelines: dict[str, list[Version]] = {}  # oldest first; the last may be live
        self._soft_deleted: list[Version] = []

    def timelines(self) -> list[Sequence[Version]]:
        """Return the kept versions of each name, oldest first."""
        return list(self._timelines.values())

    def kept(self) -> Iterator[Version]:
        """Yield all live and noncurrent versions."""
        for timeline in self._timelines.values():
            yield from timeline

    def soft_deleted(self, now: datetime) -> list[Version]:
        """Return the soft-deleted versions whose retention lasts; forget the others."""
        self._soft_deleted = [v for v in self._soft_deleted if _is_retained(v, now)]
        return list(self._soft_deleted)

    def find(self, name: str, generation: int | None = None) -> Version | None:
        """Return the live version of a name, or that generation, live or noncurrent; or None."""
        timeline = self._timelines.get(name, [])
        if generation is None:
            return timeline[-1] if timeline and timeline[-1].is_live else None
        return next((version for version in timeline if version.generation == generation), None)

    def add(self, version: Version, settings: BucketSettings) -> None:
        """Put a new live version in the place of the old one."""
        self.retire(version.name, version.time_created, settings)
        self._timelines.setdefault(version.name, []).append(version)

    def exchange(self, old: Version, new: Version) -> None:
        """Replace a version by itself with other metadata."""
        timeline = self._timelines[old.name]
        timeline[timeline.index(old)] = new

    def retire(self, name: str, now: datetime, settings: BucketSettings) -> None:
        """Take the live version, if any, out of service: noncurrent where versioning is on."""
        live = self.find(name)
        if live is None:
            return
        if settings.versioning:
            self._timelines[name][-1] = replace(live, time_deleted=now)
        else:
            self.discard(live, now, settings)

    def discard(self, version: Version, now: datetime, settings: BucketSettings) -> None:
        """Let a version leave its timeline: soft-deleted for the retention, or gone."""
        timeline = self._timelines[version.name]
        timeline.remove(version)
        if not timeline:
            del self._timelines[version.name]
        retention = timedelta(seconds=settings.soft_delete_seconds)
        if retention:
            soft = replace(version, soft_delete_time=now, hard_delete_time=now + retention)
            self._soft_deleted.append(soft)

    def last_hard_delete_time(self, at_least: datetime) -> datetime:
        """Return when the last of the soft-deleted versions vanishes."""
        ends = (version.hard_delete_time for version in self._soft_deleted)
        return max((at_least, *(end for end in ends if end is not None)))


def _is_retained(version: Version, now: datetime) -> bool:
    return version.hard_delete_time is None or now < version.hard_delete_time
