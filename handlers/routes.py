"""What Slack may send, each kind to one function: the table of contents of what comes in.

Every function does the same three things: it makes a `Call`, has it kept, and acknowledges.
Bolt runs them in the thread that the request came in by and tells Slack when they have
ended, so that whatever is acknowledged is kept.
Source: docs.slack.dev/interactivity/handling-user-interaction (3 seconds)
"""

import logging
import re
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, BoltResponse

from core.call import Actor, Call, Door, Place
from core.context import Clock
from handlers.blocks.modal import CALLBACK, WORD
from handlers.blocks.proposal import ASK_FOR_WORD
from handlers.listener import Listener
from handlers.modals import Modals
from handlers.watched import SHORTCUT, WatchedDoors, thread_of

_log = logging.getLogger(__name__)
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")

Payload = dict[str, Any]
"""A raw Slack payload. It ends in this module: nothing behind it sees one."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors that calls come in by."""

    listener: Listener
    modals: Modals
    clock: Clock

    def slash(self, ack: Ack, body: Payload) -> None:
        """Take `/cache ...`.

        Source: docs.slack.dev/interactivity/implementing-slash-commands
        """
        call = Call(
            request_id=f"slash:{body['trigger_id']}",
            actor=Actor(body["user_id"], body.get("team_id", ""), body.get("user_name", "")),
            door=Door.SLASH,
            place=Place(body["channel_id"]),
            words=typed(body.get("text", "")),
            at=self.clock(),
            response_url=body.get("response_url", ""),
        )
        self.listener.receive(call)
        ack()

    def mention(self, ack: Ack, body: Payload) -> None:
        """Take `@cachebot ...`, the way to ask in a thread; the answer goes where it was asked."""
        event = body["event"]
        call = Call(
            request_id=f"event:{body['event_id']}",
            actor=Actor(event.get("user", ""), body.get("team_id", "")),
            door=Door.MENTION,
            place=Place(event["channel"], event.get("thread_ts", "")),
            words=mentioned(event.get("text", "")),
            at=self.clock(),
        )
        self.listener.receive(call)
        ack()

    def click(self, ack: Ack, body: Payload) -> None:
        """Take a button: its value is a command, and takes the whole road of one."""
        self.listener.receive(self._clicked(body))
        ack()

    def ask(self, ack: Ack, body: Payload) -> None:
        """Take a button that opens a modal: its value is the command that the modal completes."""
        self.modals.open(self._clicked(body), body["trigger_id"])
        ack()

    def submit(self, ack: Ack, body: Payload) -> None:
        """Take a word typed into a modal; a problem with it is shown there.

        A modal that stays open, as its acknowledgement was lost, is the same request again.
        Source: docs.slack.dev/reference/interaction-payloads/view-interactions-payload
        """
        view = body["view"]
        call = Call(
            request_id=f"modal:{view['id']}",
            actor=_who(body),
            door=Door.BUTTON,
            place=Place(body["user"]["id"]),
            words=view["private_metadata"],
            at=self.clock(),
        )
        word = view["state"]["values"][WORD][WORD].get("value") or ""
        if problem := self.modals.take(call, word.strip()):
            ack(response_action="errors", errors={WORD: problem})
        else:
            ack()

    def _clicked(self, body: Payload) -> Call:
        action, user = body["actions"][0], body["user"]
        message = body.get("message") or {}
        shown = {**body.get("container", {}), **message}
        channel = (body.get("channel") or {}).get("id") or user["id"]
        return Call(
            request_id=f"click:{user['id']}:{action['action_ts']}:{message.get('ts', '')}",
            actor=_who(body),
            door=Door.BUTTON,
            place=Place(channel, thread_of(shown)),
            words=action.get("value", ""),
            at=self.clock(),
            response_url=body.get("response_url", ""),
        )


def register(app: App, doors: Doors, watched: WatchedDoors, slash_command: str) -> None:
    """List every kind of request with its door."""
    app.command(slash_command)(doors.slash)
    app.event("app_mention")(doors.mention)
    app.action(re.compile("^say-"))(doors.click)
    app.action(ASK_FOR_WORD)(doors.ask)
    app.view(CALLBACK)(doors.submit)
    app.event("message")(watched.message)
    app.shortcut(SHORTCUT)(watched.diagnose)
    app.event("app_home_opened")(pass_over)
    app.error(failed)


def pass_over(ack: Ack) -> None:
    """Acknowledge what the bot is subscribed to and has nothing to say about."""
    ack()


def failed(error: Exception, body: Payload) -> BoltResponse:
    """Answer a request that could not be kept: the person must know that nothing happens."""
    _log.error("a request could not be taken: %s", body.get("type", "slash"), exc_info=error)
    said = "I could not take this in, so nothing was done. Please try again in a moment."
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": said})
    if body.get("type") == "view_submission":
        errors = dict.fromkeys(body["view"]["state"]["values"], said)
        return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
    return BoltResponse(status=500, body="")


def _who(body: Payload) -> Actor:
    """Return who clicked or submitted."""
    user = body["user"]
    team_id = user.get("team_id") or (body.get("team") or {}).get("id", "")
    return Actor(user["id"], team_id, user.get("username", ""))


def mentioned(text: str) -> str:
    """Return what follows the mention, without what people write around it out of habit."""
    words = typed(_MENTION.sub(" ", text, count=1)).strip().lstrip(":,").strip()
    return words.removeprefix("/cache").strip()


def typed(text: str) -> str:
    """Undo Slack's escaping of the three characters that it escapes.

    A NUL, which PostgreSQL cannot store, becomes another control character: the parser refuses
    them alike. Source: docs.slack.dev/messaging/formatting-message-text
    """
    for escaped, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\0", "\1")):
        text = text.replace(escaped, letter)
    return text
