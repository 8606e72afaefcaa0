"""Text objects as safe HTML."""

from html import escape

from sandbox.slack.rendering.emoji import with_emoji
from sandbox.slack.rendering.mrkdwn import mrkdwn_html
from sandbox.slack.rendering.names import Names
from sandbox.slack.wire import Json


def plain_html(text: Json | str | None) -> str:
    """Return a plain text (an object or a bare string), escaped, with its emoji."""
    if text is None:
        return ""
    return with_emoji(escape(text if isinstance(text, str) else text["text"]))


def text_html(text: Json | None, names: Names) -> str:
    """Return a text object; a mrkdwn one is auto-parsed unless it says `verbatim`."""
    if text is None:
        return ""
    if text["type"] == "plain_text":
        return plain_html(text).replace("\n", "<br>")
    verbatim = text.get("verbatim", False)
    return mrkdwn_html(text["text"], names, auto_parse=not verbatim, links=not verbatim)
