"""Slack's mrkdwn as safe HTML: everything is escaped first, only http(s) becomes a link.

Also tells which mentions in a text are live, so that a mistake is seen (and can be tested for).
docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

from sandbox.slack.rendering.emoji import with_emoji
from sandbox.slack.rendering.names import Names

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_CONTROL = re.compile(r"<([^<>\n]+)>")
_URL = re.compile(r"https?://[^\s<>\ue000]+[^\s<>\ue000.,;:!?)]")
_BROADCAST = re.compile(r"(?<![\w@])@(here|channel|everyone)\b")
_HASH = re.compile(r"(?<![\w#&])#([\w-]+)")
_EMPHASIS = tuple(
    (re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]+)(?<=\S){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "del"))
)
_KEPT = re.compile("\ue000([0-9]+)\ue001")
_DATE_TOKENS = {
    "{date_num}": "%Y-%m-%d",
    "{date}": "%B %d, %Y",
    "{date_short}": "%b %d, %Y",
    "{date_long}": "%A, %B %d, %Y",
    "{date_pretty}": "%B %d, %Y",
    "{date_short_pretty}": "%b %d, %Y",
    "{date_long_pretty}": "%A, %B %d, %Y",
    "{time}": "%H:%M UTC",
    "{time_secs}": "%H:%M:%S UTC",
}
_PERMALINK = re.compile(r"https://sandbox\.slack\.com(/archives/[\w/]+)(\?\S*)?")


@dataclass(slots=True)
class _Kept:
    """Finished pieces of HTML, standing in the text as placeholders."""

    pieces: list[str] = field(default_factory=list)

    def put(self, html: str) -> str:
        self.pieces.append(html)
        return f"\ue000{len(self.pieces) - 1}\ue001"

    def back(self, text: str) -> str:
        return _KEPT.sub(lambda match: self.back(self.pieces[int(match[1])]), text)


def mrkdwn_html(text: str, names: Names, *, auto_parse: bool, links: bool = True) -> str:
    """Return a mrkdwn text as HTML.

    `auto_parse` (a text object without `verbatim: true`, or `link_names`) turns bare @here and
    #channel into real ones; `links` makes bare URLs into links.
    """
    kept = _Kept()
    text = re.sub("[\ue000\ue001]", "", text)
    text = _FENCE.sub(lambda match: kept.put(f"<pre>{_verbatim(match[1], names)}</pre>"), text)
    text = _CODE.sub(lambda match: kept.put(f"<code>{_verbatim(match[1], names)}</code>"), text)
    text = _CONTROL.sub(lambda match: kept.put(_control_html(match[1], names)), text)
    text = escape(_unescaped(text), quote=False)
    if links:
        text = _URL.sub(lambda match: kept.put(_link_html(_unescaped(match[0]), None)), text)
    if auto_parse:
        text = _auto_parsed(text, names, kept.put)
    for pattern, tag in _EMPHASIS:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return kept.back(_with_lines(with_emoji(text)))


def mentions(text: str, *, auto_parse: bool) -> frozenset[str]:
    """Return whom a mrkdwn text really notifies: "here", "U0ANNA", "S0ONCALL"."""
    found = set()
    for control in _CONTROL.findall(text):
        target = control.partition("|")[0]
        if target.startswith("@"):
            found.add(target[1:])
        elif target.startswith("!subteam^"):
            found.add(target.removeprefix("!subteam^"))
        elif target in {"!here", "!channel", "!everyone"}:
            found.add(target[1:])
    if auto_parse:
        found.update(_BROADCAST.findall(_CONTROL.sub("", text)))
    return frozenset(found)


def readable(text: str, names: Names) -> str:
    """Return a mrkdwn text as a person reads it aloud: names for ids, no entities."""
    return _unescaped(_CONTROL.sub(lambda match: _label(match[1], names), text))


def link_html(url: str, label: str) -> str:
    """Return a link with an escaped label; anything but http(s) is shown as text."""
    return _link_html(url, label)


def _auto_parsed(text: str, names: Names, keep: Callable[[str], str]) -> str:
    known = set(names.channels.values())
    text = _BROADCAST.sub(lambda match: keep(_mention(f"@{match[1]}", live=True)), text)
    return _HASH.sub(
        lambda match: keep(_mention(match[0])) if match[1] in known else match[0], text
    )


def _control_html(control: str, names: Names) -> str:
    target, _, label = control.partition("|")
    if target.startswith("@"):
        return _mention(names.user(target[1:]), live=True)
    if target.startswith("#"):
        return _mention(names.channel(target[1:]))
    if target.startswith("!subteam^"):
        return _mention(names.group(target.removeprefix("!subteam^")), live=True)
    if target.startswith("!date^"):
        return escape(_date(target, _unescaped(label)))
    if target.startswith("!"):
        return _mention("@" + target[1:], live=True)
    return _link_html(_unescaped(target), _unescaped(label) if label else None)


def _mention(label: str, *, live: bool = False) -> str:
    return f'<span class="mention{" live" if live else ""}">{escape(label)}</span>'


def _link_html(url: str, label: str | None) -> str:
    shown = escape(label or url)
    if not url.startswith(("https://", "http://")):
        return shown if label is None else f"{shown} ({escape(url)})"
    permalink = _PERMALINK.fullmatch(url)
    if permalink:
        return f'<a href="{escape(permalink[1])}">{shown}</a>'
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def _verbatim(text: str, names: Names) -> str:
    """Return code: no emphasis; a control sequence reads as its label."""
    plain = _CONTROL.sub(lambda match: _label(match[1], names), text)
    return escape(_unescaped(plain), quote=False)


def _label(control: str, names: Names) -> str:
    target, _, label = control.partition("|")
    if label:
        return label
    if target.startswith("@"):
        return names.user(target[1:])
    if target.startswith("!subteam^"):
        return names.group(target.removeprefix("!subteam^"))
    if target.startswith("!"):
        return "@" + target[1:]
    return names.channel(target[1:]) if target.startswith("#") else target


def _date(target: str, fallback: str) -> str:
    """Return `<!date^ts^format|fallback>` in UTC; the fallback where it does not parse."""
    parts = target.split("^")
    if len(parts) < 3 or not parts[1].isdecimal():
        return fallback
    moment, shown = datetime.fromtimestamp(int(parts[1]), UTC), parts[2]
    for token, form in _DATE_TOKENS.items():
        shown = shown.replace(token, moment.strftime(form))
    return shown


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _with_lines(text: str) -> str:
    """Turn newlines into breaks and lines that start with `>` into quotes."""
    html, quoting = [], False
    for line in text.split("\n"):
        quoted = line.startswith("&gt;")
        if quoted != quoting:
            html.append("<blockquote>" if quoted else "</blockquote>")
        elif html:
            html.append("<br>")
        html.append(line.removeprefix("&gt;").lstrip() if quoted else line)
        quoting = quoted
    return "".join(html) + ("</blockquote>" if quoting else "")
