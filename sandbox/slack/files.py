"""Uploaded files: reserved, received, shared, and of unknown type until they are processed.

docs.slack.dev/messaging/working-with-files
"""

import mimetypes
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.slack.changes import Changes
from sandbox.slack.directory import BOT_USER, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.wire import ApiError, Json

_SHOWABLE = frozenset({"image/png", "image/jpeg", "image/gif"})


@dataclass(slots=True)
class File:
    """A file; `shared_at` is None until files.completeUploadExternal."""

    id: str
    name: str
    length_bytes: int
    token: str
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    shared_at: datetime | None = None

    @property
    def mimetype(self) -> str:
        """Return the type that the name tells."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Files:
    """The files of the workspace; `processing` is how long Slack takes to look at a new one."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self.processing = timedelta(seconds=1)
        self._clock = clock
        self._changes = changes
        self._files: dict[str, File] = {}

    def reserve(self, name: str, length_bytes: int, alt_text: str) -> File:
        """Make room for a file that is about to be sent."""
        file_id = "F" + secrets.token_hex(5).upper()
        file = File(file_id, name, length_bytes, secrets.token_urlsafe(12), alt_text)
        with self._changes.lock:
            self._files[file_id] = file
        return file

    def receive(self, token: str, content: bytes) -> bool:
        """Take the bytes of a reserved file; False where the token or the length is wrong."""
        with self._changes.lock:
            for file in self._files.values():
                if file.token == token and file.length_bytes == len(content):
                    file.content = content
                    return True
        return False

    def share(self, file_id: str, title: str) -> File:
        """Make a received file visible; from now on it is processed.

        Raises:
            ApiError: `file_not_found` where it was never sent.
        """
        file = self.find(file_id)
        if file.content is None:
            raise ApiError("file_not_found")
        file.title, file.shared_at = title, self._clock.now()
        self._changes.tell()
        return file

    def find(self, file_id: str) -> File:
        """Return a file, or answer `file_not_found`."""
        with self._changes.lock:
            file = self._files.get(file_id)
        if file is None:
            raise ApiError("file_not_found")
        return file

    def is_processed(self, file: File) -> bool:
        """Tell whether Slack knows the file's type by now."""
        return file.shared_at is not None and (
            self._clock.now() - file.shared_at >= self.processing
        )

    def refuse_unready(self, blocks: list[Json]) -> None:
        """Refuse blocks that show a file which is unknown, no picture, or still processed.

        Raises:
            ApiError: `invalid_blocks` with "invalid slack file".
        """
        for pointer, image in _images(blocks, "/blocks"):
            reference = image["slack_file"]
            named = reference.get("id") or reference.get("url", "")
            known = [file for file in list(self._files.values()) if file.id in named]
            ready = [each for each in known if self.is_processed(each)]
            if not any(each.mimetype in _SHOWABLE for each in ready):
                where = f"[json-pointer:{pointer}/slack_file]"
                raise ApiError("invalid_blocks", [f"invalid slack file {where}"])

    def json(self, file: File) -> Json:
        """Return a file as files.info gives it; its type is empty while it is processed."""
        processed = self.is_processed(file)
        address = f"https://files.slack.com/files-pri/{TEAM_ID}-{file.id}/{file.name}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title or file.name,
            "mimetype": file.mimetype if processed else "",
            "filetype": file.name.rpartition(".")[2] if processed else "",
            "size": file.length_bytes,
            "alt_txt": file.alt_text,
            "user": BOT_USER,
            "url_private": address,
            "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{BOT_USER}/{file.id}/{file.name}",
        }


def _images(value: object, pointer: str) -> list[tuple[str, Json]]:
    """Return every image by slack_file in some blocks, with its JSON pointer."""
    if isinstance(value, list):
        parts = [(f"{pointer}/{index}", each) for index, each in enumerate(value)]
    elif isinstance(value, dict):
        if value.get("type") == "image" and "slack_file" in value:
            return [(pointer, value)]
        parts = [(f"{pointer}/{name}", each) for name, each in value.items()]
    else:
        return []
    return [found for where, each in parts for found in _images(each, where)]
