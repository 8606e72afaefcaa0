"""Etags as Cloud Storage builds them: a small protobuf message of version numbers, in base64."""

import base64


def object_etag(generation: int, metageneration: int) -> str:
    """Return an object's etag: it changes with the content and with the metadata."""
    return _encoded(_varint_field(1, generation) + _varint_field(2, metageneration))


def bucket_etag(metageneration: int) -> str:
    """Return the etag of a bucket, and of its IAM policy, which is part of its metadata."""
    return _encoded(_varint_field(1, metageneration))


def _varint_field(number: int, value: int) -> bytes:
    encoded = bytearray([number << 3])
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _encoded(message: bytes) -> str:
    return base64.b64encode(message).decode()
