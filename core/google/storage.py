"""The bucket: its settings, its objects in every version, and small objects in full."""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

from google.cloud import storage

from core.cache.objects import BucketSettings, Generation, LifecycleRule, StoredObject
from core.errors import NotFound, Rejected, Unavailable
from core.google.errors import Asked, asking
from core.google.patience import HTTP_ATTEMPT_SECONDS, HTTP_READ_RETRY, LISTING_SECONDS
from core.google.times import moment, moment_of

LARGEST_READ_BYTES = 2**20

_PAGE_SIZE = 1000
# Without nextPageToken the library takes the first page for the whole listing.
_FIELDS = "items(name,generation,size,crc32c,timeCreated,timeDeleted,metadata),nextPageToken"
_SOFT_DELETED_FIELDS = (
    "items(name,generation,size,crc32c,timeCreated,timeDeleted,softDeleteTime,metadata),"
    "nextPageToken"
)
_LINK = "gcsfuse_symlink_target"
_READING: dict[str, Any] = {"timeout": HTTP_ATTEMPT_SECONDS, "retry": HTTP_READ_RETRY}
_RULE_CONDITIONS = {"numNewerVersions", "age", "matchesPrefix"}
_TRIES = 3
_NEVER_WRITTEN = "The cache may never have been synced: `/cache sync` writes it."
_VERSION_GONE = "Lifecycle rules delete old versions: `/cache versions` lists those that are left."

_BUCKET_GONE = (
    "`/cache recover` looks whether it was deleted and can be restored, and asks first. Do not "
    "create one by hand, which would rule that out."
)


class Storage:
    """Reads one bucket through google-cloud-storage. Safe to share between threads."""

    def __init__(
        self, client: storage.Client, bucket: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._name = bucket
        self._bucket = client.bucket(bucket)
        self._clock = clock
        self._beside = ThreadPoolExecutor(max_workers=32, thread_name_prefix="bucket")

    def close(self) -> None:
        """Let the threads that read beside the callers end; nobody waits for them."""
        self._beside.shutdown(wait=False, cancel_futures=True)

    def bucket(self) -> BucketSettings:
        """Read the bucket's settings. Raises NotFound where there is no bucket."""
        with asking(self._asked("read the settings of", "storage.buckets.get")):
            found = self._client.get_bucket(self._name, **_READING)
        kept_seconds = found.soft_delete_policy.retention_duration_seconds
        return BucketSettings(
            name=self._name,
            location=str(found.location),
            versioning=bool(found.versioning_enabled),
            lifecycle=tuple(delete_rules(raw_rules(found))),
            soft_delete=timedelta(seconds=int(kept_seconds)) if kept_seconds else None,
            generation=int(found.generation or 0),
            metageneration=int(found.metageneration or 0),
            uniform_access=bool(found.iam_configuration.uniform_bucket_level_access_enabled),
        )

    def held_permissions(self, wanted: Sequence[str]) -> Sequence[str]:
        """Return those of the permissions that the bot's account has; asking needs none.

        Source: cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions
        """
        with asking(self._asked("check the permissions on", "a role on the bucket")):
            granted = self._bucket.test_iam_permissions(list(wanted), **_READING)
        return tuple(permission for permission in wanted if permission in granted)

    def objects(self) -> Sequence[StoredObject]:
        """List every version of every object, live and noncurrent."""
        return self._listed(versions=True, fields=_FIELDS)

    def soft_deleted(self) -> Sequence[StoredObject]:
        """List the soft-deleted versions."""
        return self._listed(soft_deleted=True, fields=_SOFT_DELETED_FIELDS)

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Download a small object with the version that was read.

        The answer to a download says which generation it is, but not when that was created.
        So both are asked at once, and the metadata once more by generation where the object
        was replaced between the two.

        Raises:
            NotFound: there is no such object, or no such version.
            Rejected: it is larger than 1 MiB.
        """
        asked = Asked(
            "read",
            f"object {name} in the bucket {self._name}",
            "storage.objects.get",
            absent=_NEVER_WRITTEN if generation is None else _VERSION_GONE,
        )
        for _ in range(_TRIES):
            with asking(asked):
                metadata = self._beside.submit(self._metadata, name, generation)
                try:
                    content, generation_read = self._download(name, generation)
                finally:
                    wait([metadata])  # nothing goes on behind the caller's back
                stored = metadata.result()
            if stored.generation == generation_read:
                return content, stored
            kept = self._metadata_if_kept(asked, name, generation_read)
            if kept is not None:
                return content, kept
        raise Unavailable(
            f"The {asked.subject} was replaced each time it was read.", "Try again in a minute."
        )

    def _listed(self, **options: Any) -> list[StoredObject]:
        ends = self._clock() + LISTING_SECONDS
        found: list[StoredObject] = []
        with asking(self._asked("list the objects of", "storage.objects.list")):
            listing = self._client.list_blobs(
                self._bucket, page_size=_PAGE_SIZE, **options, **_READING
            )
            for page in listing.pages:
                found += [_stored(blob) for blob in page]
                if listing.next_page_token and self._clock() > ends:
                    raise Unavailable(
                        f"Listing the bucket {self._name} took longer than "
                        f"{LISTING_SECONDS:.0f} s.",
                        "It holds very many objects, or Cloud Storage is slow at present.",
                    )
        return found

    def _metadata(self, name: str, generation: int | None) -> StoredObject:
        blob = self._bucket.blob(name, generation=generation)
        blob.reload(**_READING)
        return _stored(blob)

    def _metadata_if_kept(self, asked: Asked, name: str, generation: int) -> StoredObject | None:
        try:
            with asking(asked):
                return self._metadata(name, generation)
        except NotFound:
            return None  # a bucket without versioning keeps no version that was replaced

    def _download(self, name: str, generation: int | None) -> tuple[bytes, int]:
        """Download in one request, checked against the checksum that came with it."""
        blob = self._bucket.blob(name, generation=generation)
        content = _Capped(name)
        blob.download_to_file(content, **_READING)
        return content.getvalue(), int(blob.generation)

    def _asked(self, verb: str, permission: str) -> Asked:
        return Asked(
            verb,
            f"bucket {self._name}",
            f"{permission} on the bucket",
            absent=_BUCKET_GONE,
            offers=("recover",),
        )


class _Capped(io.BytesIO):
    """A buffer that breaks a download off once it turns out too large."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def write(self, chunk: Any) -> int:
        if self.tell() + len(chunk) > LARGEST_READ_BYTES:
            raise Rejected(
                f"The object {self._name} is larger than 1 MiB.",
                "The bot reads only small files in full, such as manifest.json and .done.",
            )
        return super().write(chunk)


def _stored(blob: storage.Blob) -> StoredObject:
    deleted = blob.time_deleted or getattr(blob, "soft_delete_time", None)
    return StoredObject(
        name=str(blob.name),
        generation=Generation(int(blob.generation)),
        size_bytes=int(blob.size),
        crc32c=str(blob.crc32c or ""),
        created_at=moment_of(blob.time_created),
        deleted_at=moment(deleted),
        link=str((blob.metadata or {}).get(_LINK, "")),
    )


def raw_rules(found: storage.Bucket) -> list[dict[str, Any]]:
    """Return all lifecycle rules as Cloud Storage has told them.

    `lifecycle_rules` leaves out those whose action the library does not know, and what is
    written back without them deletes them.
    """
    lifecycle = found._properties.get("lifecycle") or {}  # noqa: SLF001 - nothing public has it
    return [dict(rule) for rule in lifecycle.get("rule", ())]


def delete_rules(rules: Any) -> Iterator[LifecycleRule]:
    """Yield the rules that `LifecycleRule` can tell in full.

    A rule with any further condition deletes less than it would seem without it, so it is
    left out. ANY is no condition, and versions that have newer ones are never live.
    """
    for rule in rules:
        condition = dict(rule.get("condition") or {})
        if condition.get("isLive") is False and "numNewerVersions" in condition:
            del condition["isLive"]
        if rule["action"]["type"] != "Delete" or set(condition) - _RULE_CONDITIONS:
            continue
        age_days = condition.get("age")
        yield LifecycleRule(
            newer_versions=condition.get("numNewerVersions"),
            age=None if age_days is None else timedelta(days=int(age_days)),
            prefixes=tuple(condition.get("matchesPrefix") or ()),
        )
