"""One bucket: objects with generations, versioning, soft delete, lifecycle and access."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.cloud.bucket_settings import BucketSettings
from sandbox.cloud.content import Content
from sandbox.cloud.etags import bucket_etag
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.lifecycle import due
from sandbox.cloud.moments import Moments, microseconds
from sandbox.cloud.shelf import Shelf
from sandbox.cloud.versions import (
    ALWAYS,
    OCTET_STREAM,
    BucketNotEmpty,
    Draft,
    NoSuchBucket,
    NoSuchObject,
    PreconditionFailed,
    Preconditions,
    Version,
)

__all__ = ["Bucket", "BucketSettings"]

_DAY = timedelta(days=1)


class Bucket:
    """One bucket; every method is atomic.

    Each change takes its own microsecond, so that no two generations or deletions of a
    bucket share a time and every history is a strict timeline. While the bucket itself is
    soft-deleted (`soft_delete_time` is set), every change is refused with NoSuchBucket.
    """

    def __init__(
        self, name: str, clock: Clock, settings: BucketSettings, policy: IamPolicy | None = None
    ) -> None:
        self.name = name
        self.settings = settings
        self.policy = policy or IamPolicy()
        self.metageneration = 1
        self.denied_permissions: frozenset[str] = frozenset()
        self.soft_delete_time: datetime | None = None
        self.hard_delete_time: datetime | None = None
        self._clock = clock
        self._lock = threading.RLock()
        self._moments = Moments(clock)
        self._shelf = Shelf()
        self.time_created = self.time_updated = self.soft_delete_since = self._moments.next()
        self.generation = microseconds(self.time_created)
        self._next_lifecycle_run = self.time_created + _DAY

    @property
    def etag(self) -> str:
        """The etag of the bucket and of its IAM policy."""
        return bucket_etag(self.metageneration)

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
        with self._lock:
            preconditions.check(self._shelf.find(draft.name))
            now = self._next_moment()
            version = Version.written(draft, microseconds(now), now)
            self._shelf.add(version, self.settings)
        return version

    def get(self, name: str, generation: int | None = None) -> Version:
        """Return the live version, or that generation, live or noncurrent.

        Raises:
            NoSuchObject: there is none, or it is soft-deleted.
        """
        with self._lock:
            version = self._shelf.find(name, generation)
        if version is None:
            raise NoSuchObject(f"{self.name}/{name}")
        return version

    def live(self, name: str) -> Version | None:
        """Return the live version, or None."""
        with self._lock:
            return self._shelf.find(name)

    def get_soft_deleted(self, name: str, generation: int) -> Version:
        """Return a soft-deleted version, or raise NoSuchObject."""
        for version in self.list(name, soft_deleted=True):
            if (version.name, version.generation) == (name, generation):
                return version
        raise NoSuchObject(f"{self.name}/{name}")

    def edit(
        self,
        name: str,
        generation: int | None,
        change: Callable[[Version], Version],
        preconditions: Preconditions = ALWAYS,
    ) -> Version:
        """Change a version's metadata; its metageneration goes up, its generation stays."""
        with self._lock:
            old = self.get(name, generation)
            preconditions.check(old)
            new = replace(
                change(old),
                metageneration=old.metageneration + 1,
                time_updated=self._next_moment(),
            )
            self._shelf.exchange(old, new)
        return new

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
            now = self._next_moment()
            if generation is None:
                self._shelf.retire(name, now, self.settings)
            else:
                self._shelf.discard(version, now, self.settings)

    def restore(self, name: str, generation: int, preconditions: Preconditions = ALWAYS) -> Version:
        """Write a soft-deleted version anew as the live one; the soft-deleted one stays."""
        with self._lock:
            lost = self.get_soft_deleted(name, generation)
            return self.insert(lost.draft, preconditions)

    def move(self, name: str, new_name: str) -> Version:
        """Rename on the server: copy, then delete the old name, as gcsfuse renames a file."""
        with self._lock:
            new = self.insert(replace(self.get(name).draft, name=new_name))
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
            if soft_deleted:
                pool = self._shelf.soft_deleted(self._clock.now())
            else:
                pool = [v for v in self._shelf.kept() if versions or v.is_live]
        found = [version for version in pool if version.name.startswith(prefix)]
        return sorted(found, key=lambda version: (version.name, version.generation))

    def apply_lifecycle(self, at: datetime | None = None) -> Sequence[Version]:
        """Delete what the rules say by now (or by `at`); return the versions as they were.

        A live version becomes noncurrent where versioning is on, as a plain delete does.
        """
        with self._lock:
            now = at or self._clock.now()
            rules = self.settings.lifecycle
            doomed = [v for line in self._shelf.timelines() for v in due(rules, line, now)]
            for version in doomed:
                moment = self._next_moment(at)
                if version.is_live:
                    self._shelf.retire(version.name, moment, self.settings)
                else:
                    self._shelf.discard(version, moment, self.settings)
        return doomed

    def run_lifecycle(self) -> None:
        """Apply the rules as of each daily run that the clock has passed since the last one.

        The real service acts some time within a day; here it is every 24 hours after the
        bucket's creation, and a run that was due before the last change happens after it.
        """
        with self._lock:
            now = self._clock.now()
            while self._next_lifecycle_run <= now:
                run = max(self._next_lifecycle_run, self._moments.after_last)
                if self.soft_delete_time is None:
                    self.apply_lifecycle(run)
                self._next_lifecycle_run += _DAY

    def change(self, settings: BucketSettings) -> None:
        """Replace the settings, as a bucket patch does: the metageneration goes up."""
        self.revise(lambda _: settings)

    def revise(
        self,
        edit: Callable[[BucketSettings], BucketSettings],
        preconditions: Preconditions = ALWAYS,
    ) -> None:
        """Replace the settings by what `edit` makes of the present ones."""
        with self._lock:
            preconditions.check(self)
            settings = edit(self.settings)
            renewed = settings.soft_delete_seconds != self.settings.soft_delete_seconds
            self._touch()
            self.settings = settings
            if renewed:
                self.soft_delete_since = self.time_updated

    def set_policy(self, policy: IamPolicy, etag: str = "") -> None:
        """Replace the IAM policy; raise PreconditionFailed where `etag` is not the present one."""
        with self._lock:
            if etag and etag != self.etag:
                raise PreconditionFailed("etag", negated=False)
            self._touch()
            self.policy = policy

    def deny(self, *permissions: str) -> None:
        """Refuse from now on exactly these IAM permissions to every caller; none lifts all."""
        self.denied_permissions = frozenset(permissions)

    def allows(self, permission: str, caller: str | None) -> bool:
        """Tell whether a member of the policy may; None is an owner, bound by denials only."""
        if permission in self.denied_permissions:
            return False
        return caller is None or self.policy.grants(caller, permission)

    def leave(self, preconditions: Preconditions = ALWAYS, *, only_if_empty: bool = True) -> None:
        """Become soft-deleted, with all objects that are still here.

        Raises:
            BucketNotEmpty: live or noncurrent objects are here, and `only_if_empty` is set.
        """
        with self._lock:
            preconditions.check(self)
            kept = list(self._shelf.kept())
            if kept and only_if_empty:
                raise BucketNotEmpty(self.name)
            for version in kept:
                self._shelf.discard(version, self._next_moment(), self.settings)
            now = self._next_moment()
            retention = timedelta(seconds=self.settings.soft_delete_seconds)
            self.hard_delete_time = self._shelf.last_hard_delete_time(now + retention)
            self.soft_delete_time = now

    def come_back(self) -> None:
        """Be live again: settings and policy as they were, objects still soft-deleted."""
        with self._lock:
            self.soft_delete_time = self.hard_delete_time = None

    def _touch(self) -> None:
        self.time_updated = self._next_moment()
        self.metageneration += 1

    def _next_moment(self, at: datetime | None = None) -> datetime:
        """Take the next free moment for a change."""
        if self.soft_delete_time is not None:
            raise NoSuchBucket(self.name)
        return self._moments.next(at)
