"""Messages, modals and Home tabs as safe HTML for the page."""

import re
from html import escape

from sandbox.slack.directory import BOT_USER
from sandbox.slack.messages import Content, Message, View
from sandbox.slack.rendering.blocks import blocks_html, file_html
from sandbox.slack.rendering.emoji import emoji
from sandbox.slack.rendering.mrkdwn import mrkdwn_html
from sandbox.slack.rendering.names import Names
from sandbox.slack.rendering.texts import plain_html, text_html
from sandbox.slack.transcript import author
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace

_HEX = re.compile(r"#?[0-9a-fA-F]{6}")
_NAMED = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}


def message_html(workspace: Workspace, message: Message, *, in_thread: bool) -> str:
    """Return a message with its author, time and thread line."""
    names = Names.of(workspace)
    name = author(workspace, message)
    app = '<span class="badge">APP</span>' if message.bot_id else ""
    when = message.posted_at.isoformat(timespec="seconds")
    private = '<div class="private">Only visible to you</div>' if message.private_to else ""
    edited = '<span class="edited">(edited)</span>' if message.edited else ""
    return (
        f'<div class="avatar {_tone(message)}" aria-hidden="true">{escape(name[:1].upper())}</div>'
        f'<div class="said">{private}<div class="who"><b>{escape(name)}</b>{app}'
        f'<time datetime="{when}">{message.posted_at:%H:%M}</time></div>'
        f"{content_html(message.content, names)}{_files(workspace, message)}{edited}"
        f"{_reactions(message)}"
        f"{'' if in_thread else _thread_line(workspace, message)}</div>{_menu(workspace, message)}"
    )


def content_html(content: Content, names: Names) -> str:
    """Return blocks, or the top-level text where there are none, then attachments."""
    if content.blocks:
        body = blocks_html(content.blocks, names)
    else:
        text = mrkdwn_html(content.text, names, auto_parse=content.link_names)
        body = f'<div class="text">{text}</div>' if content.text else ""
    return body + "".join(_attachment(each, names) for each in content.attachments)


def view_html(view: View, names: Names) -> str:
    """Return the blocks of a modal or a Home tab."""
    return blocks_html(view.blocks, names)


def view_texts(view: View) -> dict[str, str]:
    """Return the words around a modal: title, submit and close."""
    payload = view.payload
    has_input = any(block["type"] == "input" for block in view.blocks)
    return {
        "title": view.title,
        "submit": payload.get("submit", {}).get("text", "Submit" if has_input else ""),
        "close": payload.get("close", {}).get("text", "Close"),
    }


def _tone(message: Message) -> str:
    """Return a class that colours the avatar, the same for the same author."""
    if message.user == BOT_USER:
        return "bot"
    return f"tone-{sum(map(ord, message.user + (message.username or ''))) % 5}"


def _reactions(message: Message) -> str:
    shown = "".join(
        f'<span class="reaction">{escape(emoji(name))} {len(users)}</span>'
        for name, users in message.reactions.items()
    )
    return f"<div>{shown}</div>" if shown else ""


def _thread_line(workspace: Workspace, message: Message) -> str:
    count = 0 if message.private_to else len(workspace.replies(message))
    label = f"{count} {'reply' if count == 1 else 'replies'}" if count else "Reply in thread"
    kind = "replies" if count else "replies none"
    if message.private_to:
        return ""
    return f'<button type="button" class="{kind}" data-thread="{message.ts}">{label}</button>'


def _menu(workspace: Workspace, message: Message) -> str:
    """Return the menu of a message with the app's shortcuts; a private one has none."""
    shortcuts = workspace.manifest.shortcuts
    if message.private_to or not shortcuts:
        return ""
    rows = "".join(
        f'<button type="button" data-shortcut="{escape(callback_id)}">{escape(name)}</button>'
        for callback_id, name in shortcuts.items()
    )
    summary = '<summary aria-label="More actions" title="More actions">&#8943;</summary>'
    return f'<details class="menu">{summary}<div>{rows}</div></details>'


def _files(workspace: Workspace, message: Message) -> str:
    files = [workspace.files.find(each) for each in message.content.files]
    return "".join(
        f'<div class="block image">{file_html(each.id, each.alt_text)}'
        f"<small>{plain_html(each.title or each.name)}</small></div>"
        for each in files
    )


def _attachment(attachment: Json, names: Names) -> str:
    colour = attachment.get("color", "")
    colour = _NAMED.get(colour, colour if _HEX.fullmatch(colour) else "#8d8d8d")
    colour = "#" + colour.removeprefix("#")
    bar = f'<svg class="bar"><rect width="100%" height="100%" fill="{colour}"/></svg>'
    inner = plain_html(attachment.get("title"))
    inner = f"<b>{inner}</b>" if inner else ""
    if "text" in attachment:
        text = {"type": "mrkdwn", "text": attachment["text"]}
        inner += f"<div>{text_html(text, names)}</div>"
    inner += blocks_html(attachment.get("blocks", []), names)
    return f'<div class="attachment">{bar}<div>{inner}</div></div>'
