"""Deleting one version of one object, named by its generation and never by its name alone."""

from google.cloud import storage

from core.cache.objects import Generation
from core.errors import NotFound
from core.google.errors import Asked, asking
from core.google.patience import HTTP_ATTEMPT_SECONDS, HTTP_READ_RETRY


class Deletion:
    """Deletes versions from one bucket. Safe to share between threads."""

    def __init__(self, client: storage.Client, bucket: str) -> None:
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def delete_generation(self, name: str, generation: Generation, *, live: bool) -> None:
        """Delete exactly this version; one that is gone already stays gone.

        With a generation in the request the deletion is permanent (subject to soft delete) and
        reaches no other version. One that is to be the live version carries a precondition too,
        by which Cloud Storage may refuse where a newer one has taken its place; a noncurrent
        version takes none, as it would be compared with the live one. Named so, a deletion may
        be repeated without harm: it is made again on transient errors, like a read.
        Source: cloud.google.com/storage/docs/json_api/v1/objects/delete

        Raises:
            Conflict: it is no longer the live version; nothing was deleted.
            PermissionDenied: the bot's account lacks storage.objects.delete.
            Unavailable: no clear answer; ask again.
        """
        asked = Asked(
            "delete",
            f"version from the bucket {self._name}",
            "storage.objects.delete on the bucket",
            write=True,
        )
        blob = self._bucket.blob(name, generation=generation)
        try:
            with asking(asked):
                blob.delete(
                    if_generation_match=generation if live else None,
                    timeout=HTTP_ATTEMPT_SECONDS,
                    retry=HTTP_READ_RETRY,
                )
        except NotFound:
            return  # by a request whose reply was lost, by lifecycle or by somebody else
