"""How long calls may take, and which are made again.

Only reads are made again. An attempt gets a few seconds and none begins after the retry
window, so that a component that hangs is told as `Unavailable` within ten seconds. The
library's own defaults are no help: 120 s for storage, none at all for jobs and executions.
"""

from collections.abc import Callable

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.cloud.storage.retry import DEFAULT_RETRY

ATTEMPT_SECONDS = 4.0
"""One attempt of a read over gRPC; a second one may begin until the window closes."""

HTTP_ATTEMPT_SECONDS = (2.0, 4.0)
"""One attempt over HTTP: to connect, and between two pieces of the answer."""

SLOW_ATTEMPT_SECONDS = 8.0
"""One attempt of a log search, which may rightly take seconds: it has the whole time to itself."""

WRITE_SECONDS = 10.0
"""A write is attempted once, so it is given longer before its outcome counts as unknown."""

HTTP_WRITE_SECONDS = (2.0, WRITE_SECONDS)
"""One write over HTTP; a copy inside Cloud Storage answers only once it is done."""

LISTING_SECONDS = 30.0
"""All pages of one listing together; each page has its own attempts."""

_transient = if_exception_type(
    api.ServiceUnavailable, api.GatewayTimeout, api.BadGateway, api.InternalServerError
)

READ_RETRY = Retry(_transient, initial=0.2, maximum=1.0, multiplier=2.0, timeout=5.0)
HTTP_READ_RETRY = DEFAULT_RETRY.with_timeout(5.0).with_delay(
    initial=0.2, maximum=1.0, multiplier=2.0
)


def slow_read_retry(before_retry: Callable[[], None]) -> Retry:
    """Return the retry of a log search, whose every attempt counts against a quota.

    The window closes 2 s before the attempt's own time is up: gRPC shortens later attempts
    to what is left of it, unless that is less than a second.
    """

    def on_error(_: Exception) -> None:
        before_retry()

    return Retry(
        _transient, initial=0.2, maximum=1.0, multiplier=2.0, timeout=6.0, on_error=on_error
    )
