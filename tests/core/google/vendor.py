"""Google's exceptions for tests: their libraries leave the constructors untyped."""

from collections.abc import Callable
from typing import Any

import grpc
from google.api_core import exceptions as api


def raised(kind: Callable[..., Exception], *args: Any, **named: Any) -> Exception:
    """Return an exception of one of the vendors' classes."""
    return kind(*args, **named)


def answered(status: int | grpc.StatusCode, message: str) -> Exception:
    """Return what the libraries make of an HTTP or gRPC status."""
    make: Callable[..., Exception] = (
        api.from_http_status if isinstance(status, int) else api.from_grpc_status
    )
    return make(status, message)
