"""What one person sees at a moment, as the JSON that the page's script shows."""

from sandbox.slack.directory import BOT_USER, Channel
from sandbox.slack.messages import Message, View
from sandbox.slack.rendering.names import Names
from sandbox.slack.rendering.screens import message_html, view_html, view_texts
from sandbox.slack.wire import Arguments, Json
from sandbox.slack.workspace import Workspace

_SHOWN = 200  # the newest messages of a channel


def page_state(workspace: Workspace, asked: Arguments) -> Json:
    """Return everything on the screen of the person `as`, in `channel` and `thread`."""
    version = workspace.changes.version
    asked_for = asked.text("as")
    me = asked_for if asked_for in workspace.users else "U0OLGA"
    channels = _channels(workspace, me)
    channel = workspace.channels.get(asked.text("channel") or "") or channels[0]
    seen = [each for each in workspace.everything() if each.private_to in (None, me)]
    here = [each for each in seen if each.channel == channel.id]
    thread = asked.text("thread")
    replies = [each for each in here if _in_thread(workspace, each, thread)]
    modal, home = workspace.views.top(me), workspace.views.home(me)
    names = Names.of(workspace)
    return {
        "version": version,
        "me": me,
        "channel": channel.id,
        "people": _people(workspace),
        "channels": [_channel(each, me, seen) for each in channels],
        "messages": [_message(workspace, each) for each in here if _in_channel(each)][-_SHOWN:],
        "thread": [_message(workspace, each, thread) for each in replies],
        "modal": None if modal is None else _modal(modal, names),
        "home": _home(home, names) if channel.im else None,
        "commands": _commands(workspace),
        "shortcuts": dict(workspace.manifest.shortcuts),
        "app": workspace.manifest.name,
    }


def _channels(workspace: Workspace, me: str) -> list[Channel]:
    direct = workspace.direct(workspace.users[me])
    public = [
        each for each in workspace.channels.values() if each.im is None and me in each.members
    ]
    return [*public, direct]


def _channel(channel: Channel, me: str, seen: list[Message]) -> Json:
    stamps = [each.ts for each in seen if each.channel == channel.id and each.user != me]
    return {
        "id": channel.id,
        "name": channel.name,
        "is_direct": channel.im is not None,
        "has_bot": BOT_USER in channel.members,
        "latest": max(stamps, default=""),
    }


def _people(workspace: Workspace) -> list[Json]:
    return [
        {"id": user.id, "name": user.name, "note": user.note}
        for user in workspace.users.values()
        if user.bot_id is None
    ]


def _in_channel(message: Message) -> bool:
    return not message.is_reply or message.broadcast


def _in_thread(workspace: Workspace, message: Message, thread: str | None) -> bool:
    """Tell whether a thread shows a message: an app's private word only if it has begun.

    docs.slack.dev/reference/methods/chat.postEphemeral
    """
    if thread is None or thread not in (message.ts, message.thread_ts):
        return False
    root = workspace.message(message.channel, thread)
    alone = message.private_to is not None and message.bot_id is not None and message.is_reply
    return not alone or (root is not None and bool(workspace.replies(root)))


def _message(workspace: Workspace, message: Message, thread: str | None = None) -> Json:
    html = message_html(workspace, message, in_thread=thread is not None)
    revision = len(message.revisions) - 1
    shown: Json = {"ts": message.ts, "html": html, "revision": revision}
    return {**shown, "private": message.private_to is not None}


def _modal(view: View, names: Names) -> Json:
    shown = {"id": view.id, "hash": view.hash, "errors": view.errors}
    return {**shown, **view_texts(view), "html": view_html(view, names)}


def _home(view: View | None, names: Names) -> Json:
    if view is None:
        return {"id": "", "html": "<p>The app has not published its Home tab yet.</p>"}
    return {"id": view.id, "html": view_html(view, names)}


def _commands(workspace: Workspace) -> list[Json]:
    return [
        {
            "command": each.command,
            "description": each.description,
            "hint": each.usage_hint,
            "words": list(each.words),
        }
        for each in workspace.manifest.commands
    ]
