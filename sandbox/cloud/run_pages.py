"""The pages of Cloud Run's list methods: no documented order, so by uid, which says nothing."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import grpc

from sandbox.cloud.run_state import Resource
from sandbox.cloud.status import StatusError

_PAGE_SIZE = 100


def page(resources: Sequence[Resource], request: Any) -> tuple[list[Resource], str]:
    """Return the page that a list request asks for, and the token of the next, if any."""
    size = _page_size(request.page_size)
    after = _read_token(request.page_token)
    found = sorted(resources, key=lambda resource: str(resource.uid))
    rest = [resource for resource in found if resource.uid > after]
    token = _token(rest[size - 1].uid) if len(rest) > size else ""
    return rest[:size], token


def _page_size(asked: int) -> int:
    if asked < 0:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"page_size must not be negative: {asked}"
        )
    return min(asked, _PAGE_SIZE) or _PAGE_SIZE


def _token(uid: str) -> str:
    return base64.urlsafe_b64encode(uid.encode()).decode()


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"Invalid page token '{token}'."
        ) from error
