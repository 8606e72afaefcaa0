"""All-clears: whether another app's message says that an alert is over, and of which alert.

Each app writes them in its own way; what they have in common is a word for the state where a line
begins, and the alert's name or Monitoring's id of the incident.
"""

import re

_STATE = r"(?:resolved|recovered|closed)"
_OVER = re.compile(
    rf"""(?ix) ^ (?: :[\w+-]+: | [^\w:] )*           # marks and emoji
    (?: resolved\b | recovered\b | closed (?= \s* (?: $ | [\]:)|*_-] ) )
      | (?:the\s+)? (?:alert|incident) \s+ (?: \S*\d\S* \s+ )? (?: (?:is|was|has|been|now)\s+ )*
        {_STATE} \b
      | (?:state|status) [\s*_]* : [\s*_]* {_STATE} \b )"""
)
_FIRST, _WIDTH = 2, 200
"""Lines in which the state is looked for, and how much of each; then apps quote what they like."""

_ID = re.compile(r"\b0\.[0-9a-z]{6,}\b")
"""Monitoring's id of an incident, in words or in a link."""

_NOT_ITS_NAME = re.compile(
    r"(?i)\b(?:resolved|recovered|closed|opened|open|firing|triggered|alert|incident)\b|[\W_]+"
)


def is_over(text: str) -> bool:
    """Whether a message is an all-clear; "connection closed" is none."""
    return any(_OVER.search(line[:_WIDTH]) for line in text.splitlines()[:_FIRST])


def tells_of(all_clear: str, alert: str) -> bool:
    """Whether an all-clear is about what an alert said: by an id where both have one, or a name."""
    ids, known = set(_ID.findall(all_clear)), set(_ID.findall(alert))
    if ids and known:
        return bool(ids & known)
    name = next((found for found in map(_name, alert.splitlines()) if found), "")
    return bool(name) and name in map(_name, all_clear.splitlines())


def _name(line: str) -> str:
    return " ".join(_NOT_ITS_NAME.sub(" ", line).lower().split())
