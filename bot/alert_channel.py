"""The alert channel: whether the bot may post there, so that no alert waits unnoticed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.call import Place
from handlers.chat import Chat

_log = logging.getLogger(__name__)

LOOK = timedelta(minutes=1)
"""How often it is looked; somebody may have archived the channel, or invited the bot."""


@dataclass(slots=True)
class AlertChannel:
    """Watches the channel `channel_id`; empty where no alerts are told."""

    chat: Chat
    channel_id: str
    _closed: bool = False

    def look(self) -> None:
        """Ask Slack whether the bot may post there; each change is logged once."""
        closed = bool(self.channel_id) and not self.chat.can_post(Place(self.channel_id))
        if closed and not self._closed:
            _log.error("%s", _problem(self.channel_id))
        if self._closed and not closed:
            _log.info("the alert channel %s takes messages again", self.channel_id)
        self._closed = closed

    def problems(self) -> Sequence[str]:
        """Say what keeps alerts from being told."""
        return [_problem(self.channel_id)] if self._closed else []


def _problem(channel_id: str) -> str:
    return (
        f"Alerts wait: I cannot post in the alert channel {channel_id}. Write /invite @cachebot "
        "there, or set CACHEBOT_ALERT_CHANNEL to a channel that is not archived."
    )
