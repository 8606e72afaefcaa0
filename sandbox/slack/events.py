"""Turns what happens to messages into the events that the app has subscribed to.

docs.slack.dev/reference/events/message, .../app_mention
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.directory import BOT_USER, Channel
from sandbox.slack.messages import Message
from sandbox.slack.payloads import event_payload
from sandbox.slack.shapes import message_json
from sandbox.slack.wire import Json
from sandbox.slack.workspace import TYPED_COMMAND, Change, Workspace


@dataclass(frozen=True, slots=True)
class Events:
    """Listens to the workspace and hands payloads to `deliver`."""

    workspace: Workspace
    deliver: Callable[[Json], object]

    def hear(self, change: Change, message: Message) -> None:
        """Send what the app is subscribed to, for channels that the bot is in."""
        channel = self.workspace.channels[message.channel]
        if message.private_to is not None or message.subtype == TYPED_COMMAND:
            return
        if BOT_USER not in channel.members:
            return
        if _subscription(channel) in self.workspace.manifest.events:
            self.send(self._message_event(change, message, channel))
        if change is Change.POSTED and self._mentions_bot(message, channel):
            self.send(self._mention_event(message))

    def send(self, event: Json) -> object:
        """Deliver one event in its envelope."""
        return self.deliver(event_payload(event, self.workspace.clock.now().timestamp()))

    def _mentions_bot(self, message: Message, channel: Channel) -> bool:
        mentioned = f"<@{BOT_USER}>" in message.text and message.user != BOT_USER
        return mentioned and channel.im is None and "app_mention" in self.workspace.manifest.events

    def _message_event(self, change: Change, message: Message, channel: Channel) -> Json:
        where = {
            "channel": message.channel,
            "channel_type": _subscription(channel).removeprefix("message.").removesuffix("s"),
            "event_ts": message.ts if change is Change.POSTED else self.workspace.new_ts(),
        }
        shown = message_json(self.workspace, message)
        if change is Change.POSTED:
            sent = {} if message.bot_id else {"client_msg_id": secrets.token_hex(16)}
            return {**shown, **sent, **where}
        moment = {"ts": where["event_ts"], "hidden": True}
        if change is Change.DELETED:
            return {
                "type": "message",
                "subtype": "message_deleted",
                "deleted_ts": message.ts,
                "previous_message": _before(shown, message),
                **where,
                **moment,
            }
        return {
            "type": "message",
            "subtype": "message_changed",
            "message": shown,
            "previous_message": _before(shown, message),
            **where,
            **moment,
        }

    def _mention_event(self, message: Message) -> Json:
        shown = message_json(self.workspace, message)
        kept = ("user", "text", "ts", "team", "blocks", "thread_ts", "parent_user_id", "bot_id")
        return {
            "type": "app_mention",
            **{name: shown[name] for name in kept if name in shown},
            "channel": message.channel,
            "event_ts": message.ts,
        }


def _before(shown: Json, message: Message) -> Json:
    previous = message.revisions[-2].content
    if previous is None:
        return shown
    return shown | {"text": previous.text, "blocks": list(previous.blocks)}


def _subscription(channel: Channel) -> str:
    """Return the event name that covers messages of this kind of channel."""
    if channel.im is not None:
        return "message.im"
    return "message.groups" if channel.is_private else "message.channels"
