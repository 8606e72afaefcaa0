"""The words of a Logging filter: what a query is cut into before it is understood.

Rules: docs.cloud.google.com/logging/docs/view/logging-query-language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class FilterError(Exception):
    """A filter that is wrong, or right but more than the sandbox understands."""


class Kind(StrEnum):
    """What a token is."""

    SPACE = "space"
    COMMENT = "comment"
    STRING = "string"
    OPERATOR = "operator"
    OPEN = "open"
    CLOSE = "close"
    DOT = "dot"
    COMMA = "comma"
    STAR = "star"
    WORD = "word"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `text` of a string is without its quotes and escapes."""

    kind: Kind
    text: str
    start: int
    end: int


_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<operator>!=|>=|<=|=~|!~|=|>|<|:)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<dot>\.)
  | (?P<comma>,)
  | (?P<star>\*)
  | (?P<word>[\w/@%+$-]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r'\\(?:([abfnrtv"\\])|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))', re.DOTALL
)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` without blanks and comments, then an END.

    Raises:
        FilterError: a character that must be quoted, or a string without an end.
    """
    place = 0
    while place < len(text):
        found = _PATTERN.match(text, place)
        if found is None:
            raise FilterError(_unreadable(text, place))
        kind, raw = Kind(str(found.lastgroup)), found.group()
        if kind is Kind.STRING:
            yield Token(kind, _unquote(raw), place, found.end())
        elif kind is Kind.WORD and "--" in raw:
            raise FilterError(f"Put {raw!r} in double quotes: -- begins a comment.")
        elif kind not in {Kind.SPACE, Kind.COMMENT}:
            yield Token(kind, raw, place, found.end())
        place = found.end()
    yield Token(Kind.END, "the end of the filter", place, place)


def _unreadable(text: str, place: int) -> str:
    character = text[place]
    if character == '"':
        return f"The string that starts at position {place} has no closing quotation mark."
    if character == "'":
        return f"Strings are in double quotes, not single ones (position {place})."
    return (
        f"Unexpected character {character!r} at position {place}: "
        "text with special characters must be in double quotes."
    )


def _unquote(raw: str) -> str:
    return _ESCAPE.sub(_unescape, raw[1:-1])


def _unescape(found: re.Match[str]) -> str:
    plain, unicode, hexadecimal, octal, unknown = found.groups()
    if plain:
        return _ESCAPED.get(plain, plain)
    if unknown:
        raise FilterError(f"Unknown escape \\{unknown}: write a backslash as \\\\.")
    return chr(int(unicode or hexadecimal, 16)) if unicode or hexadecimal else chr(int(octal, 8))
