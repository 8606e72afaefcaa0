"""All buckets of the pretend project, by name."""

import threading

from sandbox.clock import Clock
from sandbox.cloud.bucket import Bucket, BucketSettings
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule
from sandbox.cloud.versions import (
    BucketExists,
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


class Buckets:
    """All live buckets of the project, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def create(
        self,
        name: str,
        *,
        location: str = "EUROPE-WEST1",
        versioning: bool = True,
        lifecycle: tuple[LifecycleRule, ...] = DEFAULT_LIFECYCLE,
        soft_delete_seconds: int = 604800,
    ) -> Bucket:
        """Make an empty bucket; raise BucketExists where the name is taken."""
        settings = BucketSettings(location, versioning, lifecycle, soft_delete_seconds)
        bucket = Bucket(name, self._clock, settings)
        with self._lock:
            if name in self._buckets:
                raise BucketExists(name)
            self._buckets[name] = bucket
        return bucket

    def get(self, name: str) -> Bucket:
        """Return a live bucket; raise NoSuchBucket."""
        with self._lock:
            bucket = self._buckets.get(name)
        if bucket is None:
            raise NoSuchBucket(name)
        return bucket

    def delete(self, name: str) -> None:
        """Remove a bucket with all that it holds (a disaster, not the API's delete)."""
        with self._lock:
            if self._buckets.pop(name, None) is None:
                raise NoSuchBucket(name)

    def apply_lifecycle(self) -> None:
        """Apply every bucket's lifecycle rules at the clock's present time."""
        with self._lock:
            buckets = list(self._buckets.values())
        for bucket in buckets:
            bucket.apply_lifecycle()
