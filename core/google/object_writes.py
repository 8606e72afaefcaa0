"""Writing objects of the bucket: each write bound to the version that it replaces, asked once.

With `if_generation_match` a write is applied only where the live object is still the one that
was looked at, so it can never bury what somebody else wrote. The library would repeat such
calls by itself; a repetition after a lost reply is answered 412 and reads like a conflict, so
here each is asked once, and the caller looks before it tries again.
Source: cloud.google.com/storage/docs/request-preconditions
"""

from typing import Any

from google.cloud import storage

from core.cache.objects import Generation, StoredObject
from core.google.errors import Asked, asking
from core.google.patience import HTTP_WRITE_SECONDS, WRITE_SECONDS

_ONCE: dict[str, Any] = {"timeout": HTTP_WRITE_SECONDS, "retry": None}
_LONGEST_REWRITE = 1000
_OVERWRITE = "storage.objects.create and storage.objects.delete"
"""Overwriting a live object takes both (cloud.google.com/storage/docs/access-control/iam-json)."""

_ABSENT = "It was deleted meanwhile."
_FORGOTTEN = "Soft-deleted versions are kept for some days only: `/cache sync` fetches the models."
_GONE = "Lifecycle rules delete old versions: `/cache versions` lists those that are left."


class ObjectWrites:
    """Writes to one bucket through google-cloud-storage. Safe to share between threads."""

    def __init__(self, client: storage.Client, bucket: str) -> None:
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def restore_object(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a noncurrent version live again by a copy inside Cloud Storage.

        The destination is a fresh object: a loaded one would send its own metadata along and
        lose the source's. The copy of a large object may take several calls.
        Source: cloud.google.com/storage/docs/json_api/v1/objects/rewrite
        """
        asked = self._asked("restore", source.name, _OVERWRITE, absent=_GONE)
        destination = self._bucket.blob(source.name)
        version = self._bucket.blob(source.name, generation=source.generation)
        token: str | None = None
        with asking(asked):
            for _ in range(_LONGEST_REWRITE):
                token, _done, _total = destination.rewrite(
                    version, token=token, if_generation_match=_match(onto), **_ONCE
                )
                if token is None:
                    return

    def restore_deleted(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a soft-deleted version live again, as a new generation; it stays listed itself.

        Source: cloud.google.com/storage/docs/use-soft-deleted-objects
        """
        asked = self._asked(
            "restore", source.name, f"storage.objects.restore, {_OVERWRITE}", absent=_FORGOTTEN
        )
        with asking(asked):
            self._bucket.restore_blob(
                source.name,
                generation=int(source.generation),
                if_generation_match=_match(onto),
                timeout=(2.0, WRITE_SECONDS),
                retry=None,
            )

    def write_object(self, name: str, content: bytes, onto: Generation | None) -> None:
        """Write a small object in full."""
        with asking(self._asked("write", name, _OVERWRITE)):
            self._bucket.blob(name).upload_from_string(
                content,
                content_type="application/octet-stream",
                if_generation_match=_match(onto),
                **_ONCE,
            )

    def retire_object(self, name: str, generation: Generation) -> None:
        """Delete the live object, which a versioned bucket keeps as a noncurrent version."""
        with asking(self._asked("delete", name, "storage.objects.delete", absent=_ABSENT)):
            self._bucket.blob(name).delete(if_generation_match=int(generation), **_ONCE)

    def _asked(self, verb: str, name: str, rights: str, absent: str = "") -> Asked:
        return Asked(
            verb,
            f"object {name} in the bucket {self._name}",
            f"{rights} on the bucket",
            write=True,
            absent=absent or "Check whether somebody deleted the bucket.",
        )


def _match(onto: Generation | None) -> int:
    """Return the generation that must be live; 0 stands for none at all."""
    return 0 if onto is None else int(onto)
