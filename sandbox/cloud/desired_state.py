"""What a caller wants a resource to be, laid over what it is: whole, or by a mask.

Messages are handled raw, so that fields unknown to this version of the library survive:
those inside what the caller sends are kept as sent, byte for byte.
"""

import re
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]  # no stubs

from sandbox.cloud.run_state import Resource, copy
from sandbox.cloud.status import StatusError

# A raw protobuf message; the library publishes no types for it.
Message = Any


def raw(resource: Resource) -> Message:
    """Return the protobuf message that a proto-plus message wraps."""
    return type(resource).pb(resource)


def same(one: Resource, other: Resource) -> bool:
    """Tell whether two messages are equal to the last byte, unknown fields included."""
    return bool(_bytes(one) == _bytes(other))


def replaced(current: Resource, wanted: Resource, output_only: Sequence[str]) -> Resource:
    """Return `wanted`, with the fields that only the system writes as they are now."""
    new = copy(wanted)
    for name in output_only:
        raw(new).ClearField(name)
    FieldMask(paths=output_only).MergeMessage(raw(current), raw(new))
    return new


def masked(current: Resource, wanted: Resource, paths: Sequence[str]) -> Resource:
    """Return `current` with the fields of a mask as they are in `wanted`, unset ones cleared.

    Raises:
        StatusError: INVALID_ARGUMENT for a path that is no field.
    """
    mask = FieldMask(paths=[_snake(path) for path in paths])
    descriptor = raw(current).DESCRIPTOR
    if not mask.IsValidForDescriptor(descriptor):
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"update_mask: {', '.join(paths)!r} is no list of fields of {descriptor.name}.",
        )
    new = copy(current)
    mask.MergeMessage(
        raw(wanted), raw(new), replace_message_field=True, replace_repeated_field=True
    )
    return new


def _bytes(resource: Resource) -> bytes:
    return bytes(raw(resource).SerializeToString(deterministic=True))


def _snake(path: str) -> str:
    """Return a path in the form of field names; JSON's form is what REST clients send."""
    return re.sub(r"[A-Z]", lambda found: "_" + found.group().lower(), path)
