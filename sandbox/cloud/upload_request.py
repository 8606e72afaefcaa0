"""What an upload request says of the object to come: its resource, checksums and bytes.

Forms as docs.cloud.google.com/storage/docs/uploads-downloads describes them.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.cloud.content import Literal
from sandbox.cloud.object_fields import valid_name
from sandbox.cloud.storage_errors import ApiError, not_built
from sandbox.cloud.storage_resources import crc32c_text
from sandbox.cloud.versions import OCTET_STREAM, Draft

_KNOWN = {"name", "bucket", "contentType", "metadata", "crc32c", "md5Hash", "storageClass"}


@dataclass(frozen=True, slots=True)
class Announcement:
    """An object's resource as the client sends it, before or beside its bytes.

    `checksums` holds base64 values under "crc32c" and "md5".
    """

    name: str
    content_type: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)

    def draft(self, data: bytes, hash_header: str) -> Draft:
        """Return the object to write; raise a 400 where the bytes are not what was promised."""
        content = Literal(data)
        promised = dict(self.checksums) | _parse_hash_header(hash_header)
        crc32c = crc32c_text(content.crc32c())
        md5 = base64.b64encode(content.md5() or b"").decode()
        if promised.get("crc32c", crc32c) != crc32c:
            raise _mismatch("CRC32C", promised["crc32c"], crc32c)
        if promised.get("md5", md5) != md5:
            raise _mismatch("MD5 hash", promised["md5"], md5)
        return Draft(self.name, content, self.content_type, self.metadata)


def announce(resource: Mapping[str, object], name: str, content_type: str) -> Announcement:
    """Read an object resource; `name` from the URL wins, `content_type` is the fallback."""
    unknown = sorted(set(resource) - _KNOWN)
    if unknown:
        raise not_built(f"uploads that set {', '.join(unknown)}")
    texts = {key: value for key, value in resource.items() if key != "metadata"}
    if not all(isinstance(value, str) for value in texts.values()):
        raise ApiError(400, "Invalid value in the object resource.")
    if texts.get("storageClass", "STANDARD") != "STANDARD":
        raise not_built(f"the storage class {texts['storageClass']}")
    custom = resource.get("metadata", {})
    if not isinstance(custom, dict):
        raise ApiError(400, "Invalid value for: metadata is not an object.")
    name = valid_name(name or str(texts.get("name", "")))
    checksums = {"crc32c": str(texts.get("crc32c", "")), "md5": str(texts.get("md5Hash", ""))}
    return Announcement(
        name=name,
        content_type=str(texts.get("contentType") or content_type or OCTET_STREAM),
        metadata={str(key): str(value) for key, value in custom.items() if value is not None},
        checksums={kind: value for kind, value in checksums.items() if value},
    )


def split_multipart(boundary: str, body: bytes) -> tuple[bytes, str, bytes]:
    """Split a multipart/related body into the resource's JSON, the media type and the media."""
    delimiter = b"\r\n--" + boundary.encode()
    parts = (b"\r\n" + body).split(delimiter)
    if not boundary or len(parts) != 4 or not parts[3].startswith(b"--"):
        raise ApiError(400, "Malformed multipart body.")
    _, resource = _split_part(parts[1])
    content_type, media = _split_part(parts[2])
    return resource, content_type, media


def _split_part(part: bytes) -> tuple[str, bytes]:
    """Return a part's content type and body."""
    head, separator, body = part.partition(b"\r\n\r\n")
    if not separator:
        raise ApiError(400, "Malformed multipart body.")
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return value.strip(), body
    return "", body


def _parse_hash_header(header: str) -> dict[str, str]:
    """Read `X-Goog-Hash: crc32c=...,md5=...`."""
    pairs = (pair.strip().partition("=") for pair in header.split(",") if pair.strip())
    return {kind.lower(): value for kind, _, value in pairs}


def _mismatch(kind: str, promised: str, calculated: str) -> ApiError:
    message = f'Provided {kind} "{promised}" doesn\'t match calculated {kind} "{calculated}".'
    return ApiError(400, message)
