"""Socket Mode, connected as soon as Slack lets us and again whenever it was cut.

The client of slack_sdk connects again by itself once it has been connected; a first try that
fails it gives up. A bot that starts while Slack is down still has operations to go on with.
Source: slack_sdk 3.47, socket_mode/builtin
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

_log = logging.getLogger(__name__)

PING_SECONDS = 2
"""The client does not see that a socket was cut: it reads on, without a pause, until five pings
have failed or for four times this span none was answered. By its default of 10 s the bot is
deaf for a minute and keeps a processor busy."""

BUFFER_BYTES = 2**16
"""More than any request of Slack's. By its default of 1,024 the client has been seen to take the
first part of a longer request for the whole of it, which is then lost."""


@dataclass(slots=True)
class SocketMode:
    """The socket that Slack's requests come by."""

    handler: SocketModeHandler
    _why: str = ""

    def stay_connected(self) -> None:
        """Connect unless connected; never raises for what Slack answers."""
        if self._connected():
            return
        try:
            self.handler.client.connect_to_new_endpoint()
        except SlackApiError as exc:
            self._failed(f"Slack says {exc.response.get('error')}")
        except (SlackClientError, OSError, HTTPException) as exc:
            self._failed(str(exc))
        else:
            self._why = ""

    def problems(self) -> Sequence[str]:
        """Say why no request can come in; empty where one can."""
        if self._connected():
            return []
        return [f"Socket Mode is not connected: {self._why or 'it is being set up'}."]

    def close(self) -> None:
        """Take no more requests.

        What comes in this very moment can no longer be acknowledged, and Slack delivers events
        again. The client logs that as errors with their tracebacks; they are none.
        """
        for logger in (self.handler.client.logger, self.handler.app.logger):
            logger.setLevel(logging.CRITICAL)
        self.handler.close()

    def _connected(self) -> bool:
        return bool(self.handler.client.is_connected())

    def _failed(self, why: str) -> None:
        self._why = why
        _log.warning("Socket Mode could not be connected: %s", why)


def socket_mode(bolt: App, app_token: str, client: WebClient, threads: int) -> SocketMode:
    """Make the socket, not connected yet; `threads` requests are taken in at once."""
    handler = SocketModeHandler(
        bolt, app_token, web_client=client, concurrency=threads, ping_interval=PING_SECONDS
    )
    handler.client.receive_buffer_size = BUFFER_BYTES
    return SocketMode(handler)
