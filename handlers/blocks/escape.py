"""Foreign text made harmless, for Slack's markup and for terminals alike.

Slack obeys `<...>` sequences and `&...;` entities in mrkdwn, and shows `*_~` and backticks,
`:names:` and a leading `>` as formatting. Terminals obey control sequences.
Source: docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from handlers.blocks import limits

EMPTY = "(empty)"
"""Shown for a value without visible characters, so that nobody wonders."""

ROOM_FOR_MISSING = 40

_NEW_LINE = re.compile("\r\n?|[\u2028\u2029\x85]")
_TERMINAL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: window titles, links
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)

_FORMATTING = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])|`|(?m:^>)")
_EMOJI = re.compile(r":(?=(?=[^:\s]*[a-z_+-]|1\d\d)[a-z0-9_+'-]{1,100}:)")
_TWINS = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb", ">": "\u203a"}
_FENCE = re.compile("`{3,}")
_LONG_ATOM = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);")
_ATOM = re.compile(rf"{_LONG_ATOM.pattern}|.", re.DOTALL)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_URL = {"<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", "`": "%60"}


def plain(text: str) -> str:
    """Drop terminal sequences and unseen characters; the other control characters show as a box.

    Newlines and tabs stay. Explicit changes of the writing direction go, since they could
    make a line read as something else.
    """
    lines = _NEW_LINE.sub("\n", text)
    return _UNSEEN.sub("", _CONTROL.sub("\ufffd", _TERMINAL.sub("", lines)))


def esc(text: str) -> str:
    """Escape foreign text for mrkdwn, once. Formatting marks stay as they are."""
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], plain(text))


def calm(text: str) -> str:
    """Replace what Slack would read as formatting by characters that look the same.

    These marks have no escape. Inside a word they format nothing and stay.
    """
    twins = _FORMATTING.sub(lambda found: _TWINS[found[0]], plain(text))
    return _EMOJI.sub("\u2236", twins)


def one_line(text: str) -> str:
    """Bring the text onto one line, without white space around it."""
    return " ".join(plain(text).split())


def visible(text: str) -> bool:
    """Whether a reader would see anything. Slack refuses text that is empty or blank."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def code(text: str) -> str:
    """Return what goes between the backticks of a code span: one line, escaped."""
    line = plain(text).replace("\n", " ").replace("\t", " ").replace("`", _TWINS["`"])
    return esc(line if visible(line) else EMPTY)


def fenced(text: str) -> str:
    """Return what goes between two fences: escaped, with fences inside broken up."""
    return esc(_FENCE.sub(lambda found: _TWINS["`"] * len(found[0]), plain(text)))


def link(url: str, label: str) -> str:
    """Write a link; where the address is none that a reader should follow, its label."""
    address = web_address(url)
    shown = one_line(calm(label)).replace("|", " ").replace(">", "").replace("<", "")
    if not address:
        return esc(shown if visible(shown) else EMPTY)
    return f"<{esc(address)}|{esc(shown if visible(shown) else address)}>"


def web_address(url: str) -> str:
    """Return the address if it is http or https, names a host and hides no other; else ""."""
    if plain(url) != url or not url.isprintable() or any(letter.isspace() for letter in url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc:
        return ""
    address = re.sub('[<>|"`]', lambda found: _IN_URL[found[0]], url)
    return address if units(esc(address)) <= limits.URL else ""


def units(text: str) -> int:
    """Count characters as JavaScript does: an emoji counts twice, so no counting is exceeded."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def atoms(escaped: str) -> Iterator[str]:
    """Go through escaped text by what must not be cut in two."""
    return (found[0] for found in _ATOM.finditer(escaped))


def cut(escaped: str, limit: int, tail: str = "\u2026") -> str:
    """Cut escaped text to `limit` units, `tail` included, between its atoms."""
    if units(escaped) <= limit:
        return escaped
    room = limit - units(tail)
    kept: list[str] = []
    for atom in atoms(escaped):
        room -= units(atom)
        if room < 0:
            break
        kept.append(atom)
    return "".join(kept) + tail


def cut_counted(escaped: str, limit: int) -> str:
    """Cut escaped text and say how many characters are missing; `limit` is at least 60."""
    if units(escaped) <= limit:
        return escaped
    kept = cut(escaped, limit - ROOM_FOR_MISSING, tail="")
    return f"{kept} {missing(length(escaped) - length(kept))}"


def length(escaped: str) -> int:
    """Count the characters that a reader sees of escaped text."""
    return len(_LONG_ATOM.sub("x", escaped))


def missing(characters: int) -> str:
    """Say that a text was cut; at most ROOM_FOR_MISSING units with the space before it."""
    return f"\u2026 and {characters:,} more characters"
