"""A bucket as a container sees it: a folder, with a file system's errors.

A folder is an empty object whose name ends with a slash; renaming or removing one touches every
object in it, one by one (github.com/GoogleCloudPlatform/gcsfuse/blob/master/docs/semantics.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.content import Content, Literal
from sandbox.cloud.versions import Draft, NoSuchBucket, NoSuchObject

_NO_METADATA: Mapping[str, str] = {}


class MountError(Exception):
    """A file operation failed; the text is what the program prints."""


@dataclass(frozen=True, slots=True)
class Mount:
    """The bucket at /models, mounted by `account`; every method raises MountError.

    Without an account it is an owner who mounts, bound by denials only.
    """

    buckets: Buckets
    name: str
    account: str = ""

    def exists(self) -> bool:
        """Tell whether there is a bucket to mount."""
        try:
            self.buckets.get(self.name)
        except NoSuchBucket:
            return False
        return True

    def paths(self, prefix: str) -> list[str]:
        """Return the live names that start with `prefix`."""
        return [v.name for v in self._bucket("list", prefix).list(prefix)]

    def read(self, path: str) -> Content:
        """Return a file's content."""
        try:
            return self._bucket("get", path).get(path).content
        except NoSuchObject as error:
            raise MountError(f"cannot open '/models/{path}': No such file or directory") from error

    def write(
        self, path: str, content: Content | bytes, metadata: Mapping[str, str] = _NO_METADATA
    ) -> None:
        """Create or overwrite a file, and the folders that it is in."""
        bucket = self._bucket("create", path)
        parts = path.split("/")
        for depth in range(1, len(parts)):
            _make_folder(bucket, "/".join(parts[:depth]) + "/")
        body = Literal(content) if isinstance(content, bytes) else content
        bucket.insert(Draft(path, body, metadata=metadata))

    def make_folder(self, path: str) -> None:
        """Create a folder, `path` ending with its slash."""
        _make_folder(self._bucket("create", path), path)

    def link(self, path: str, target: str) -> None:
        """Create a symbolic link: to gcsfuse an empty object that names its target."""
        self.write(path, b"", {"gcsfuse_symlink_target": target})

    def rename(self, path: str, new_path: str) -> None:
        """Move one file; a name that is gone by now is an error."""
        self._bucket("delete", path)
        try:
            self._bucket("create", new_path).move(path, new_path)
        except NoSuchObject as error:
            raise MountError(f"cannot stat '/models/{path}': No such file or directory") from error

    def remove(self, path: str) -> None:
        """Delete a file, as `rm -f` does: one that is not there is no error."""
        try:
            self._bucket("delete", path).delete(path)
        except NoSuchObject:
            return

    def _bucket(self, verb: str, path: str) -> Bucket:
        try:
            bucket = self.buckets.get(self.name)
        except NoSuchBucket as error:
            raise MountError(f"'/models/{path}': Input/output error") from error
        permission = f"storage.objects.{verb}"
        member = f"serviceAccount:{self.account}" if self.account else None
        if not bucket.allows(permission, member):
            raise MountError(
                f"'/models/{path}': Permission denied: googleapi: Error 403: "
                f"{self.account or 'Caller'} does not have {permission} access to the Google "
                f"Cloud Storage object. Permission '{permission}' denied on resource (or it may "
                "not exist)., forbidden"
            )
        return bucket


def _make_folder(bucket: Bucket, path: str) -> None:
    try:
        bucket.get(path)
    except NoSuchObject:
        bucket.insert(Draft(path, Literal(b"")))
