"""The `chat.*` and `reactions.*` methods.

docs.slack.dev/reference/methods/chat.postMessage, .../chat.update and so on
"""

from typing import Any

from sandbox.slack.contents import read_content
from sandbox.slack.directory import BOT_ID, BOT_USER, TEAM_DOMAIN, Channel
from sandbox.slack.limits import UPDATED_TEXT
from sandbox.slack.messages import Content, Draft, Message
from sandbox.slack.pace import Tier
from sandbox.slack.shapes import message_json
from sandbox.slack.web_api import Method
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace


def find_channel(workspace: Workspace, arguments: Arguments) -> Channel:
    """Return the channel of a call, or answer `channel_not_found`."""
    channel = workspace.channel(arguments.required("channel", "channel_not_found"))
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise ApiError("channel_not_found")
    return channel


def own_message(workspace: Workspace, arguments: Arguments, refusal: str) -> Message:
    """Return a message of the app that everybody sees, or answer why not."""
    channel = find_channel(workspace, arguments)
    message = workspace.message(channel.id, arguments.required("ts", "message_not_found"))
    if message is None or message.private_to is not None:
        raise ApiError("message_not_found")
    if message.user != BOT_USER:
        raise ApiError(refusal)
    return message


def post_message(workspace: Workspace, arguments: Arguments) -> Json:
    """Post to a channel that the bot is in; a thread needs its root's ts."""
    channel = find_channel(workspace, arguments)
    require_posting(workspace, channel)
    content = read_content(workspace.files, arguments)
    if arguments.has("username") or arguments.has("icon_url") or arguments.has("icon_emoji"):
        _require_scope(workspace, "chat:write.customize")
    draft = Draft(
        channel=channel.id,
        user=BOT_USER,
        content=content,
        thread_ts=find_thread(workspace, channel, arguments),
        broadcast=arguments.flag("reply_broadcast"),
        bot_id=BOT_ID,
        username=arguments.text("username"),
        metadata=_metadata(arguments),
    )
    message = workspace.post(draft)
    shown = message_json(workspace, message)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Json:
    """Show a message to one member of the channel; its ts is of no use later."""
    channel = find_channel(workspace, arguments)
    require_posting(workspace, channel)
    user = arguments.required("user", "user_not_in_channel")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    draft = Draft(
        channel=channel.id,
        user=BOT_USER,
        content=read_content(workspace.files, arguments),
        thread_ts=find_thread(workspace, channel, arguments),
        private_to=user,
        bot_id=BOT_ID,
    )
    return {"message_ts": workspace.post(draft).ts}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """Replace a message of the app: text alone drops the blocks that were there."""
    message = own_message(workspace, arguments, "cant_update_message")
    content = _updated_content(workspace, message, arguments)
    if arguments.has("metadata"):
        message.metadata = _metadata(arguments)
    workspace.edit(message, content, mark=arguments.text("text") is not None)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(workspace, message),
    }


def _updated_content(workspace: Workspace, message: Message, arguments: Arguments) -> Content:
    text = arguments.text("text")
    if text is not None and len(text) > UPDATED_TEXT:
        raise ApiError("msg_too_long")
    content = read_content(workspace.files, arguments)
    if _has_rich_text(message.content) and content.blocks and not _has_rich_text(content):
        raise ApiError("block_mismatch")
    return content


def _has_rich_text(content: Content) -> bool:
    return any(block["type"] == "rich_text" for block in content.blocks)


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    """Delete a message of the app."""
    message = own_message(workspace, arguments, "cant_delete_message")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(workspace: Workspace, arguments: Arguments) -> Json:
    """Return the address of a message."""
    channel = find_channel(workspace, arguments)
    message = workspace.message(channel.id, arguments.required("message_ts", "message_not_found"))
    if message is None:
        raise ApiError("message_not_found")
    address = (
        f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    )
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def add_reaction(workspace: Workspace, arguments: Arguments) -> Json:
    """Add an emoji to a message, as the bot."""
    channel = find_channel(workspace, arguments)
    name = arguments.required("name", "no_reaction").strip(":")
    message = workspace.message(channel.id, arguments.required("timestamp", "no_item_specified"))
    if message is None:
        raise ApiError("message_not_found")
    if BOT_USER in message.reactions.setdefault(name, []):
        raise ApiError("already_reacted")
    message.reactions[name].append(BOT_USER)
    workspace.changes.tell()
    return {}


def require_posting(workspace: Workspace, channel: Channel) -> None:
    """Refuse an archived channel, and one that the bot is not in unless its scopes let it post."""
    if channel.is_archived:
        raise ApiError("is_archived")
    if BOT_USER in channel.members:
        return
    if channel.is_private or "chat:write.public" not in workspace.manifest.scopes:
        raise ApiError("not_in_channel")


def _require_scope(workspace: Workspace, scope: str) -> None:
    scopes = workspace.manifest.scopes
    if scope not in scopes:
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(scopes)))


def find_thread(workspace: Workspace, channel: Channel, arguments: Arguments) -> str | None:
    """Return the root's ts; a reply's own ts is not a thread."""
    ts = arguments.text("thread_ts")
    if ts is None:
        return None
    root = workspace.message(channel.id, ts)
    if root is None or root.is_reply or root.private_to is not None:
        raise ApiError("thread_not_found")
    return ts


def _metadata(arguments: Arguments) -> Json | None:
    metadata: Any = arguments.parsed("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    return metadata


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", Tier.SPECIAL, paced_by="channel"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write", Tier.FOUR),
    "chat.update": Method(update, "chat:write", Tier.THREE),
    "chat.delete": Method(delete, "chat:write", Tier.THREE),
    "chat.getPermalink": Method(permalink, None, Tier.SPECIAL),
    "reactions.add": Method(add_reaction, "reactions:write", Tier.THREE),
}
