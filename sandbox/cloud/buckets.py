"""All buckets of the pretend project, the live ones by name and the soft-deleted ones."""

import threading

from sandbox.clock import Clock
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.bucket_settings import DEFAULT_SOFT_DELETE_SECONDS, BucketSettings
from sandbox.cloud.iam_policy import default_policy
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule
from sandbox.cloud.versions import (
    ALWAYS,
    BucketExists,
    BucketNotEmpty,
    Draft,
    NoSuchBucket,
    NoSuchObject,
    PreconditionFailed,
    Preconditions,
    StorageRefusal,
    Version,
)

__all__ = [
    "Bucket",
    "BucketExists",
    "BucketNotEmpty",
    "BucketSettings",
    "Buckets",
    "Draft",
    "NoSuchBucket",
    "NoSuchObject",
    "PreconditionFailed",
    "Preconditions",
    "StorageRefusal",
    "Version",
]

PROJECT = "sandbox-project"


class Buckets:
    """The buckets of the project.

    `caller` is the member of IAM policies that all calls come from; None is an owner, who
    may do whatever is not denied. `denied_permissions` holds those refused on the project:
    creating, listing and restoring buckets. `rewrite_limit_bytes` cuts rewrites into calls of
    so many bytes, None lets each finish at once. `lifecycle_runs` False lets the daily
    lifecycle runs lag behind until somebody calls `apply_lifecycle`.
    """

    def __init__(self, clock: Clock) -> None:
        self.caller: str | None = None
        self.denied_permissions: frozenset[str] = frozenset()
        self.rewrite_limit_bytes: int | None = None
        self.lifecycle_runs = True
        self._clock = clock
        self._lock = threading.Lock()
        self._live: dict[str, Bucket] = {}
        self._soft_deleted: list[Bucket] = []

    def create(
        self,
        name: str,
        *,
        location: str = "EUROPE-WEST1",
        versioning: bool = True,
        lifecycle: tuple[LifecycleRule, ...] = DEFAULT_LIFECYCLE,
        soft_delete_seconds: int = DEFAULT_SOFT_DELETE_SECONDS,
    ) -> Bucket:
        """Make an empty bucket; raise BucketExists where the name is taken."""
        return self.insert(
            name, BucketSettings(location, versioning, lifecycle, soft_delete_seconds)
        )

    def insert(self, name: str, settings: BucketSettings) -> Bucket:
        """Make an empty bucket with these settings; raise BucketExists."""
        policy = default_policy(PROJECT, uniform_access=settings.uniform_access)
        bucket = Bucket(name, self._clock, settings, policy)
        with self._lock:
            if name in self._live:
                raise BucketExists(name)
            self._live[name] = bucket
        return bucket

    def get(self, name: str) -> Bucket:
        """Return a live bucket, its lifecycle up to date; raise NoSuchBucket."""
        with self._lock:
            bucket = self._live.get(name)
        if bucket is None:
            raise NoSuchBucket(name)
        if self.lifecycle_runs:
            bucket.run_lifecycle()
        return bucket

    def get_soft_deleted(self, name: str, generation: int) -> Bucket:
        """Return a soft-deleted bucket; raise NoSuchBucket."""
        for bucket in self.list(soft_deleted=True):
            if (bucket.name, bucket.generation) == (name, generation):
                return bucket
        raise NoSuchBucket(name)

    def list(self, prefix: str = "", *, soft_deleted: bool = False) -> list[Bucket]:
        """Return the live buckets, or the soft-deleted ones, by name and generation."""
        with self._lock:
            if soft_deleted:
                self._forget_expired()
            pool = self._soft_deleted if soft_deleted else self._live.values()
            found = [bucket for bucket in pool if bucket.name.startswith(prefix)]
        return sorted(found, key=lambda bucket: (bucket.name, bucket.generation))

    def delete(self, name: str) -> None:
        """Remove a bucket with all that it holds, objects first, as `rm --recursive` does."""
        self._remove(name, ALWAYS, only_if_empty=False)

    def remove(self, name: str, preconditions: Preconditions = ALWAYS) -> None:
        """Remove an empty bucket, as the API does; raise BucketNotEmpty for another."""
        self._remove(name, preconditions, only_if_empty=True)

    def restore(self, name: str, generation: int) -> Bucket:
        """Make a soft-deleted bucket live again; its objects stay soft-deleted.

        Raises:
            BucketExists: a live bucket has the name.
            NoSuchBucket: no such generation is soft-deleted, or no longer.
        """
        with self._lock:
            if name in self._live:
                raise BucketExists(name)
            self._forget_expired()
            for bucket in self._soft_deleted:
                if (bucket.name, bucket.generation) == (name, generation):
                    break
            else:
                raise NoSuchBucket(name)
            self._soft_deleted.remove(bucket)
            bucket.come_back()
            self._live[name] = bucket
        return bucket

    def forget(self, name: str) -> None:
        """Let every soft-deleted bucket of a name vanish, as after its retention."""
        with self._lock:
            self._soft_deleted = [one for one in self._soft_deleted if one.name != name]

    def deny(self, *permissions: str) -> None:
        """Refuse from now on exactly these permissions on the project; none lifts all."""
        self.denied_permissions = frozenset(permissions)

    def apply_lifecycle(self) -> None:
        """Apply every bucket's lifecycle rules at the clock's present time."""
        for bucket in self.list():
            bucket.apply_lifecycle()

    def _remove(self, name: str, preconditions: Preconditions, *, only_if_empty: bool) -> None:
        bucket = self.get(name)
        with self._lock:
            if self._live.get(name) is not bucket:
                raise NoSuchBucket(name)
            bucket.leave(preconditions, only_if_empty=only_if_empty)
            del self._live[name]
            if bucket.settings.soft_delete_seconds:
                self._soft_deleted.append(bucket)

    def _forget_expired(self) -> None:
        now = self._clock.now()
        self._soft_deleted = [
            bucket
            for bucket in self._soft_deleted
            if bucket.hard_delete_time is None or now < bucket.hard_delete_time
        ]
