"""The pretend workspace's things as the JSON that Slack's API gives of them."""

from typing import Any

from sandbox.slack.directory import APP_ID, BOT_ID, BOT_USER, TEAM_ID, Channel, User, UserGroup
from sandbox.slack.messages import Message, View
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """Return a message as history, events and interactions carry it."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM_ID,
    }
    optional: dict[str, Any] = {
        "subtype": message.subtype,
        "bot_id": message.bot_id,
        "app_id": APP_ID if message.user == BOT_USER else None,
        "username": message.username,
        "blocks": list(message.blocks),
        "attachments": list(message.content.attachments),
        "files": [
            workspace.files.json(workspace.files.find(each)) for each in message.content.files
        ],
        "thread_ts": message.thread_ts,
        "metadata": message.metadata if metadata else None,
    }
    shown.update({name: value for name, value in optional.items() if value})
    if message.subtype == "bot_message":
        del shown["user"]
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]
    return shown | _thread_json(workspace, message)


def _thread_json(workspace: Workspace, message: Message) -> Json:
    """Return what a root says of its thread, and a reply of its root."""
    if message.thread_ts is not None and message.is_reply:
        root = workspace.message(message.channel, message.thread_ts)
        return {"parent_user_id": root.user} if root else {}
    replies = workspace.replies(message)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
    }


def channel_json(channel: Channel) -> Json:
    """Return a conversation as conversations.info gives it."""
    if channel.im is not None:
        return {"id": channel.id, "is_im": True, "user": channel.im, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": BOT_USER in channel.members,
        "num_members": len(channel.members),
    }


def user_json(user: User) -> Json:
    """Return a person as users.info gives them."""
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.handle,
        "real_name": user.name,
        "deleted": False,
        "is_bot": user.bot_id is not None,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {"real_name": user.name, "display_name": user.handle, "team": TEAM_ID},
    }


def group_json(group: UserGroup) -> Json:
    """Return a user group as usergroups.list gives it."""
    return {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "user_count": len(group.users),
        "date_delete": 0,
    }


def view_json(view: View, state: Json) -> Json:
    """Return a view as views.* and interactions carry it; `state` holds what was typed."""
    payload = view.payload
    texts = {name: payload.get(name) for name in ("title", "submit", "close")}
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "type": payload["type"],
        "blocks": view.blocks,
        **texts,
        "callback_id": payload.get("callback_id", ""),
        "external_id": payload.get("external_id", ""),
        "private_metadata": payload.get("private_metadata", ""),
        "clear_on_close": payload.get("clear_on_close", False),
        "notify_on_close": payload.get("notify_on_close", False),
        "hash": view.hash,
        "state": {"values": state},
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
