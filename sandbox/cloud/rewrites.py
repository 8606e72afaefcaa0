"""Rewrites that take several calls: how far one has come is written in its token.

Rules as docs.cloud.google.com/storage/docs/json_api/v1/objects/rewrite gives them, but for one:
the real service limits the bytes of a call only across locations or storage classes.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from sandbox.cloud.storage_errors import ApiError, bad_parameter

UNIT_BYTES = 1 << 20
_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Route:
    """What all calls of one rewrite must have in common.

    `source_generation` and `limit_bytes`, the most of one call, are as the caller gave them.
    """

    source_bucket: str
    source_name: str
    bucket: str
    name: str
    source_generation: int | None = None
    limit_bytes: int | None = None

    @property
    def fingerprint(self) -> str:
        """A text that no other route has."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rewrite has come: bytes done of one generation of the source."""

    source_generation: int
    done_bytes: int
    started: datetime

    def advanced(self, size_bytes: int, limit_bytes: int | None) -> "Progress":
        """Return the progress after one call more."""
        done = size_bytes if limit_bytes is None else min(size_bytes, self.done_bytes + limit_bytes)
        return Progress(self.source_generation, done, self.started)


def token(route: Route, progress: Progress) -> str:
    """Return the token that continues a rewrite."""
    state = [
        route.fingerprint,
        progress.source_generation,
        progress.done_bytes,
        progress.started.isoformat(),
    ]
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def read_token(text: str, route: Route, now: datetime) -> Progress:
    """Return how far the rewrite of a token has come.

    Raises:
        ApiError: 400 for a token of another rewrite, 410 for one that is a week old.
    """
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        fingerprint, generation, done_bytes, started = json.loads(raw)
        progress = Progress(int(generation), int(done_bytes), datetime.fromisoformat(started))
    except (binascii.Error, ValueError, TypeError) as error:
        raise bad_parameter("rewriteToken", text) from error
    if fingerprint != route.fingerprint:
        raise bad_parameter("rewriteToken", text)
    if now - progress.started > _LIFETIME:
        raise ApiError(410, "The rewrite token has expired.")
    return progress


def limit_of(asked_bytes: int | None) -> int | None:
    """Return `maxBytesRewrittenPerCall`; raise a 400 unless it is whole MiB."""
    if asked_bytes is not None and (asked_bytes == 0 or asked_bytes % UNIT_BYTES):
        raise bad_parameter("maxBytesRewrittenPerCall", str(asked_bytes))
    return asked_bytes
