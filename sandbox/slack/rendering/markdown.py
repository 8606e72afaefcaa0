"""The markdown block as safe HTML: headings, emphasis, code, lists and links.

docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

import re
from html import escape

from sandbox.slack.rendering.mrkdwn import link_html

_FENCE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_INLINE = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)[*_]([^*_\n]+)[*_](?!\w)"), r"<em>\1</em>"),
    (re.compile(r"~~([^~\n]+)~~"), r"<del>\1</del>"),
)


def markdown_html(text: str) -> str:
    """Return standard Markdown, as far as bots use it, as HTML."""
    pieces = _FENCE.split(text)
    return "".join(
        f"<pre>{escape(piece)}</pre>" if index % 2 else _lines(piece)
        for index, piece in enumerate(pieces)
    )


def _lines(text: str) -> str:
    return "".join(_line(line) for line in text.split("\n") if line.strip())


def _line(line: str) -> str:
    heading = re.match(r"#{1,6} +(.*)", line)
    if heading:
        return f"<h4>{_spans(heading[1])}</h4>"
    item = re.match(r"\s*(?:[-*]|\d+\.) +(.*)", line)
    return f"<div>\u2022 {_spans(item[1])}</div>" if item else f"<div>{_spans(line)}</div>"


def _spans(text: str) -> str:
    html, last = "", 0
    for match in _LINK.finditer(text):
        html += _emphasised(text[last : match.start()]) + link_html(match[2], match[1])
        last = match.end()
    return html + _emphasised(text[last:])


def _emphasised(text: str) -> str:
    html = escape(text, quote=False)
    for pattern, replacement in _INLINE:
        html = pattern.sub(replacement, html)
    return html
