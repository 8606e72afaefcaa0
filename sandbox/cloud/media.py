"""Downloads: an object's bytes, whole or a range of them.

Headers as docs.cloud.google.com/storage/docs/json_api/v1/objects/get and
.../storage/docs/xml-api/reference-headers describe them.
"""

import base64
import re
from email.utils import format_datetime

from flask import Response

from sandbox.cloud.content import stream
from sandbox.cloud.etags import object_etag
from sandbox.cloud.storage_resources import crc32c_text
from sandbox.cloud.versions import Version

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def media_response(version: Version, range_header: str) -> Response:
    """Return the bytes, streamed; 206 for a range, 416 for one that lies past the end."""
    size = version.size_bytes
    wanted = _parse_range(range_header, size)
    start, end = wanted or (0, size)
    if wanted and start >= end:
        message = "The requested range cannot be satisfied."
        response = Response(message, 416, content_type="text/html; charset=UTF-8")
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    response = Response(
        stream(version.content, start, end),
        206 if wanted else 200,
        content_type=version.content_type,
        direct_passthrough=True,
    )
    if wanted:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.headers["Content-Length"] = str(end - start)
    response.headers.extend(_description(version))
    return response


def _parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return [start, end); None for no range or one that cannot be read, as HTTP asks."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _description(version: Version) -> dict[str, str]:
    hashes = [f"crc32c={crc32c_text(version.crc32c)}"]
    if version.md5 is not None:
        hashes.append(f"md5={base64.b64encode(version.md5).decode()}")
    return {
        "X-Goog-Generation": str(version.generation),
        "X-Goog-Metageneration": str(version.metageneration),
        "X-Goog-Hash": ",".join(hashes),
        "X-Goog-Storage-Class": "STANDARD",
        "X-Goog-Stored-Content-Encoding": "identity",
        "X-Goog-Stored-Content-Length": str(version.size_bytes),
        "ETag": object_etag(version.generation, version.metageneration),
        "Last-Modified": format_datetime(version.time_created, usegmt=True),
        "Content-Disposition": "attachment",
    }
