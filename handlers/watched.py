"""Alerts that others post: in watched channels, and any message by the shortcut on it.

Each becomes a notice whose thread is that message's own; the diagnosis is told there.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt import Ack

from core.alerts.all_clear import is_over, tells_of
from core.alerts.incidents import IncidentState, Notice, Source, elsewhere, place_elsewhere
from core.alerts.intake import Intake
from core.alerts.threads import told_elsewhere
from core.call import Actor, Call, Door, Place
from core.errors import NotAllowed, OpsError
from core.policy import Role
from handlers.account import Account
from handlers.blocks.errors import card_of_error
from handlers.blocks.slack import to_slack
from handlers.chat import ChatError
from handlers.listener import Listener, Outcome

_log = logging.getLogger(__name__)

SHORTCUT = "diagnose_message"
"""The callback id of the shortcut, as in the app's manifest."""

_SAID = ("pretext", "title", "text", "fallback")
"""The fields of a message that say something, in the order in which one reads them."""

_NAME, _TEXT = 200, 2_000
_PASSED_OVER = frozenset(("message_changed", "message_deleted", "message_replied"))

Payload = dict[str, Any]
"""A raw Slack payload. It ends in this module: nothing behind it sees one."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The channels whose alerts are diagnosed, and which of the alerts there: a pattern."""

    channels: frozenset[str] = frozenset()
    pattern: str = "(?i)tabular"


@dataclass(frozen=True, slots=True)
class WatchedDoors:
    """Takes what others post for a notice."""

    listener: Listener
    intake: Intake
    account: Account
    watched: Watched

    def message(self, ack: Ack, body: Payload) -> None:
        """Take an alert of another app in a watched channel, or its all-clear; nothing else.

        Alerts of other bots mostly have the subtype `bot_message` and no user. The same event
        again, or the same message by another event, is the same notice.
        Source: docs.slack.dev/reference/events/message/bot_message
        """
        event = body["event"]
        if self._is_anothers(event):
            self._hear(event, text_of(event))
        ack()

    def _hear(self, event: Payload, text: str) -> None:
        if is_over(text):
            self._close(event["channel"], text)
        elif re.search(self.watched.pattern, text):
            self.intake.receive(_notice(event, event["channel"]))

    def _close(self, channel: str, text: str) -> None:
        """Close what an all-clear tells of; its diagnosis then offers nothing any more."""
        for known in self.intake.incidents.open():
            if not told_elsewhere(known) or place_elsewhere(known.id).channel_id != channel:
                continue
            if tells_of(text, known.notice.condition):
                self.intake.receive(replace(known.notice, state=IncidentState.CLOSED))

    def diagnose(self, ack: Ack, body: Payload) -> None:
        """Take the shortcut on a message: whoever may look may have it diagnosed, each time anew.

        Nothing is kept of it before the role is known: what has no effect is asked for again.
        """
        self.listener.pool.submit(self._diagnose_safely, body)
        ack()

    def _is_anothers(self, event: Payload) -> bool:
        """Whether it is a message of another app in a watched channel, and no reply."""
        if event["channel"] not in self.watched.channels or event.get("subtype") in _PASSED_OVER:
            return False
        bot = event.get("bot_id")
        is_root = event.get("thread_ts", event["ts"]) == event["ts"]
        return bool(bot) and bot != self.account.bot_id and is_root

    def _diagnose_safely(self, body: Payload) -> None:
        try:
            self._diagnose(body)
        except Exception:  # noqa: BLE001 - a thread's edge: the shortcut may be used again
            _log.exception("a message could not be diagnosed")

    def _diagnose(self, body: Payload) -> None:
        message, channel, user = body["message"], body["channel"]["id"], body["user"]
        place = Place(channel, thread_of(message))
        actor = Actor(
            user["id"], user.get("team_id") or body["team"]["id"], user.get("username", "")
        )
        call = Call(
            request_id=f"shortcut:{body['trigger_id']}",
            actor=actor,
            door=Door.BUTTON,
            place=place,
            words="diagnose this message",
            at=self.intake.clock(),
            response_url=body.get("response_url", ""),
        )
        try:
            self._let_in(call)
            self.intake.receive(_notice(message, channel, again=body["trigger_id"]))
            outcome = "diagnosing"
        except OpsError as exc:
            outcome = "refused" if isinstance(exc, NotAllowed) else f"error: {type(exc).__name__}"
            self._whisper(call, exc)
        self.listener.log_call(call, Outcome(outcome), 0.0)

    def _let_in(self, call: Call) -> None:
        """Raise where the person may not look, or where nothing can be told."""
        self.listener.desk.policy.require(call.actor, Role.VIEWER, "health", call.door)
        if not self.listener.chat.can_post(call.place):
            raise OpsError(
                "I cannot post in this channel.",
                "Write `/invite @cachebot` here and try again: the diagnosis goes into the thread.",
            )

    def _whisper(self, call: Call, error: OpsError) -> None:
        try:
            self.listener.chat.whisper(call, to_slack(card_of_error(error)))
        except ChatError:
            self.listener.log_call(call, Outcome("not told"), 0.0)


def thread_of(message: Payload) -> str:
    """Return the thread that a message is a reply in; its root stands in the channel.

    A message, or the container that stands for a private one.
    """
    thread = str(message.get("thread_ts", ""))
    return "" if thread in (message.get("ts"), message.get("message_ts")) else thread


def text_of(message: Payload) -> str:
    """Return all that a message says: its text, its blocks and its attachments."""
    return "\n".join(dict.fromkeys(line for line in _said(message) if line.strip()))


def _said(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _said(one)
    elif isinstance(value, dict):
        for name in _SAID:
            if isinstance(value.get(name), str):
                yield value[name]
        for one in value.values():
            if isinstance(one, dict | list):
                yield from _said(one)


def _notice(message: Payload, channel: str, again: str = "") -> Notice:
    text = text_of(message)
    first = next(iter(text.splitlines()), "a message without text")
    root = str(message.get("thread_ts", message["ts"]))
    return Notice(
        incident=elsewhere(channel, message["ts"], root, again),
        state=IncidentState.OPEN,
        policy=first[:_NAME],
        source=Source.CHANNEL,
        condition=text[:_TEXT],
    )
