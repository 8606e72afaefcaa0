"""Page tokens of list methods: opaque to clients, good only for the request they came from."""

import base64
import hashlib
import json

import grpc

from sandbox.cloud.status import StatusError


def make_token(request: tuple[str, ...], position: list[int | str]) -> str:
    """Return the token that continues `request`, its other arguments, at `position`."""
    body = json.dumps([_fingerprint(request), position]).encode()
    return base64.urlsafe_b64encode(body).decode()


def read_token(token: str, request: tuple[str, ...]) -> list[int | str]:
    """Return the position that `make_token` was given.

    Raises:
        StatusError: INVALID_ARGUMENT for text that is no token, or another request's token.
    """
    try:
        fingerprint, position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError) as exc:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, "The page_token could not be parsed."
        ) from exc
    if fingerprint != _fingerprint(request):
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "page_token doesn't match arguments from the request",
        )
    return list(position)


def _fingerprint(request: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()[:16]
