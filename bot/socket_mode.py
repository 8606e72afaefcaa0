"""Socket Mode, connected as soon as Slack lets us and again whenever it was cut.

The client of slack_sdk connects again by itself once it has been connected; a first try that
fails it gives up. A bot that starts while Slack is down still has operations to go on with.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError, SlackClientError

_log = logging.getLogger(__name__)


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
        """Take no more requests."""
        self.handler.close()

    def _connected(self) -> bool:
        return bool(self.handler.client.is_connected())

    def _failed(self, why: str) -> None:
        self._why = why
        _log.warning("Socket Mode could not be connected: %s", why)
