"""Rich text blocks as safe HTML."""

from html import escape

from sandbox.slack.rendering.emoji import emoji, with_emoji
from sandbox.slack.rendering.mrkdwn import link_html
from sandbox.slack.rendering.names import Names
from sandbox.slack.wire import Json

_TAGS = {"bold": "strong", "italic": "em", "strike": "del", "underline": "u", "code": "code"}


def rich_text_html(block: Json, names: Names) -> str:
    """Return the parts of a rich text block, one after the other."""
    return "".join(_part(part, names) for part in block["elements"])


def _part(part: Json, names: Names) -> str:
    match part["type"]:
        case "rich_text_preformatted":
            text = "".join(_leaf_text(leaf) for leaf in part["elements"])
            return f"<pre>{escape(text, quote=False)}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{_leaves(part, names)}</blockquote>"
        case "rich_text_list":
            tag = "ol" if part["style"] == "ordered" else "ul"
            items = "".join(f"<li>{_leaves(each, names)}</li>" for each in part["elements"])
            return f'<{tag} class="indent-{part.get("indent", 0)}">{items}</{tag}>'
        case _:
            return f"<div>{_leaves(part, names)}</div>"


def _leaves(part: Json, names: Names) -> str:
    return "".join(_leaf(leaf, names) for leaf in part["elements"])


def _leaf(leaf: Json, names: Names) -> str:
    html = _leaf_html(leaf, names)
    for name, tag in _TAGS.items():
        if leaf.get("style", {}).get(name, False):
            html = f"<{tag}>{html}</{tag}>"
    return html


def _leaf_html(leaf: Json, names: Names) -> str:
    live: str | None = None
    match leaf["type"]:
        case "link":
            return link_html(leaf["url"], leaf.get("text") or leaf["url"])
        case "emoji":
            return escape(emoji(leaf["name"]))
        case "user":
            live = names.user(leaf["user_id"])
        case "usergroup":
            live = names.group(leaf["usergroup_id"])
        case "broadcast":
            live = f"@{leaf['range']}"
        case "channel":
            return f'<span class="mention">{escape(names.channel(leaf["channel_id"]))}</span>'
    if live is not None:
        return f'<span class="mention live">{escape(live)}</span>'
    return with_emoji(escape(_leaf_text(leaf), quote=False)).replace("\n", "<br>")


def _leaf_text(leaf: Json) -> str:
    return str(
        leaf.get("text") or leaf.get("fallback") or leaf.get("url") or leaf.get("value") or ""
    )
