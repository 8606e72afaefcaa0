"""Resumable uploads: sessions that gather an object's bytes over several requests.

Rules as docs.cloud.google.com/storage/docs/resumable-uploads and
.../performing-resumable-uploads describe them.
"""

import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.storage_errors import ApiError
from sandbox.cloud.upload_request import Announcement
from sandbox.cloud.versions import Preconditions, Version

CHUNK_UNIT_BYTES = 256 * 1024
_LIFETIME = timedelta(days=7)
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One request to a session: bytes from `start`, or a status query where `data` is None.

    `total_bytes` is the object's whole size, None where the client does not know it yet.
    """

    start: int
    data: bytes | None
    total_bytes: int | None
    hash_header: str = ""

    @property
    def end(self) -> int:
        """The position after the chunk's last byte."""
        return self.start + len(self.data or b"")


@dataclass(slots=True)
class Session:
    """One upload in progress, or finished as `version`."""

    bucket: Bucket
    announcement: Announcement
    preconditions: Preconditions
    started: datetime
    total_bytes: int | None = None
    received: bytearray = field(default_factory=bytearray)
    version: Version | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_completed_by(self, chunk: Chunk) -> bool:
        """Tell whether the object exists once this chunk is taken."""
        end = len(self.received) if chunk.data is None else chunk.end
        return self.version is not None or chunk.total_bytes == end

    def receive(self, chunk: Chunk) -> Version | int:
        """Take a chunk; return the finished object, or how many bytes are kept so far.

        Bytes that are already here are skipped, and any request after the end gets the
        finished object again: that is how a client survives lost replies.
        """
        with self.lock:
            if self.version is None and chunk.data is not None:
                self._append(chunk, chunk.data)
            complete = chunk.total_bytes == len(self.received)
            if self.version is None and complete:
                draft = self.announcement.draft(bytes(self.received), chunk.hash_header)
                self.version = self.bucket.insert(draft, self.preconditions)
                self.received.clear()
            return len(self.received) if self.version is None else self.version

    def _append(self, chunk: Chunk, data: bytes) -> None:
        persisted = len(self.received)
        if chunk.start > persisted:
            raise _gap(chunk.start, persisted)
        if self.total_bytes is not None and chunk.total_bytes not in {None, self.total_bytes}:
            raise ApiError(400, "Invalid request. The total size differs from the announced one.")
        self.received += data[persisted - chunk.start :]
        if chunk.end != chunk.total_bytes:
            del self.received[len(self.received) // CHUNK_UNIT_BYTES * CHUNK_UNIT_BYTES :]


class Sessions:
    """All resumable uploads, by the id in their session address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def start(
        self,
        bucket: Bucket,
        announcement: Announcement,
        preconditions: Preconditions,
        total_bytes: int | None,
    ) -> str:
        """Open a session and return its id."""
        upload_id = secrets.token_urlsafe(24)
        session = Session(bucket, announcement, preconditions, self._clock.now(), total_bytes)
        with self._lock:
            self._sessions[upload_id] = session
        return upload_id

    def get(self, upload_id: str, bucket: Bucket) -> Session:
        """Return a session; raise a 404 where it is unknown, a week old or its bucket is gone."""
        with self._lock:
            session = self._sessions.get(upload_id)
        expired = session is not None and self._clock.now() - session.started > _LIFETIME
        if session is None or expired or session.bucket is not bucket:
            raise ApiError(404, f"No such upload session: {upload_id}")
        return session


def parse_chunk(content_range: str, body: bytes, hash_header: str) -> Chunk:
    """Read one request to a session; without Content-Range the body is the whole object."""
    if not content_range:
        return Chunk(0, body, len(body), hash_header)
    match = _CONTENT_RANGE.fullmatch(content_range.strip())
    if match is None:
        raise ApiError(400, f"Invalid Content-Range header: {content_range}")
    first, last, total = match.groups()
    total_bytes = None if total == "*" else int(total)
    if first is None:
        return Chunk(0, None, total_bytes, hash_header)
    start, expected = int(first), int(last) + 1 - int(first)
    if total_bytes is not None and int(last) >= total_bytes:
        raise ApiError(400, f"Invalid Content-Range header: {content_range}")
    if len(body) != expected:
        raise ApiError(
            400,
            f"Invalid request. There were {len(body)} byte(s) in the request body. There should "
            f"have been {expected} byte(s) according to the Content-Range header.",
        )
    return Chunk(start, body, total_bytes, hash_header)


def _gap(offset: int, persisted: int) -> ApiError:
    """Refuse bytes past a gap; the two spaces and the plain text are the service's own."""
    error = ApiError(
        503,
        "Invalid request.  According to the Content-Range header, the upload offset is "
        f"{offset} byte(s), which exceeds already uploaded size of {persisted} byte(s).",
    )
    error.plain = True
    return error
