"""The `conversations.*` methods: what channels there are and what was said in them.

docs.slack.dev/reference/methods/conversations.history
"""

from typing import TypeVar

from sandbox.slack.directory import BOT_USER, Channel
from sandbox.slack.messages import Message
from sandbox.slack.methods.chat import find_channel
from sandbox.slack.pace import Tier
from sandbox.slack.shapes import channel_json, message_json
from sandbox.slack.web_api import Method
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace

Item = TypeVar("Item")

_DEFAULT_LIMIT = 100
_MAX_LIMIT = 999


def info(workspace: Workspace, arguments: Arguments) -> Json:
    """Return one conversation."""
    return {"channel": channel_json(find_channel(workspace, arguments))}


def listing(workspace: Workspace, arguments: Arguments) -> Json:
    """Return the channels of the asked types, in pages."""
    types = (arguments.text("types") or "public_channel").split(",")
    channels = [each for each in workspace.channels.values() if _type_of(each) in types]
    page, cursor = _page([channel_json(each) for each in channels], arguments)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def history(workspace: Workspace, arguments: Arguments) -> Json:
    """Return the messages of a channel, newest first, without the replies in threads."""
    channel = _joined(workspace, arguments)
    shown = [
        message
        for message in workspace.messages(channel.id)
        if (not message.is_reply or message.broadcast) and _in_range(message, arguments)
    ]
    return _messages_page(workspace, shown[::-1], arguments)


def replies(workspace: Workspace, arguments: Arguments) -> Json:
    """Return a message and its thread, oldest first."""
    channel = _joined(workspace, arguments)
    asked = workspace.message(channel.id, arguments.required("ts", "thread_not_found"))
    if asked is None or asked.private_to is not None:
        raise ApiError("thread_not_found")
    answers = [each for each in workspace.replies(asked) if _in_range(each, arguments)]
    return _messages_page(workspace, [asked, *answers], arguments)


def open_direct(workspace: Workspace, arguments: Arguments) -> Json:
    """Return the direct messages with one person."""
    user = workspace.users.get(arguments.required("users", "users_list_not_supplied"))
    if user is None:
        raise ApiError("user_not_found")
    return {"channel": {"id": workspace.direct(user).id}}


def _joined(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = find_channel(workspace, arguments)
    if BOT_USER not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _messages_page(workspace: Workspace, shown: list[Message], arguments: Arguments) -> Json:
    page, cursor = _page(shown, arguments)
    metadata = arguments.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_json(workspace, each, metadata=metadata) for each in page],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _in_range(message: Message, arguments: Arguments) -> bool:
    """Tell whether a message lies between `oldest` and `latest`; the ends count if `inclusive`."""
    ts = float(message.ts)
    oldest, latest = _moment(arguments, "oldest"), _moment(arguments, "latest")
    if arguments.flag("inclusive"):
        return (oldest is None or ts >= oldest) and (latest is None or ts <= latest)
    return (oldest is None or ts > oldest) and (latest is None or ts < latest)


def _moment(arguments: Arguments, name: str) -> float | None:
    value = arguments.text(name)
    if value is None or value == "0":
        return None
    try:
        return float(value)
    except ValueError as error:
        raise ApiError(f"invalid_ts_{name}") from error


def _page(items: list[Item], arguments: Arguments) -> tuple[list[Item], str]:
    limit = max(1, min(_MAX_LIMIT, arguments.whole("limit", _DEFAULT_LIMIT)))
    cursor = arguments.text("cursor") or "0"
    if not cursor.isdecimal():
        raise ApiError("invalid_cursor")
    start = int(cursor)
    more = start + limit < len(items)
    return items[start : start + limit], str(start + limit) if more else ""


def _type_of(channel: Channel) -> str:
    if channel.im is not None:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


METHODS = {
    "conversations.info": Method(info, "channels:read", Tier.THREE),
    "conversations.list": Method(listing, "channels:read", Tier.TWO),
    "conversations.history": Method(history, "channels:history", Tier.THREE),
    "conversations.replies": Method(replies, "channels:history", Tier.THREE),
    "conversations.open": Method(open_direct, "im:write", Tier.THREE),
}
