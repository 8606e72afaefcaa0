"""The filters of Cloud Monitoring's lists: `field = "value"` joined by AND.

A strict subset of docs.cloud.google.com/monitoring/api/v3/filters and of
docs.cloud.google.com/monitoring/api/v3/sorting-and-filtering: OR, NOT and parentheses
around selectors are refused by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cloud.log_tokens import FilterError, Kind, Token, tokens

STARTS_WITH = "starts_with"
FULL_MATCH = "monitoring.regex.full_match"
_FUNCTIONS = frozenset({STARTS_WITH, FULL_MATCH})
_NO_ALIASES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Selector:
    """`field op "value"`, or `field op function("value")`."""

    field: str
    op: str
    value: str
    function: str = ""

    def matches(self, text: str) -> bool:
        """Whether `text`, the value of the field, is what is asked for.

        Raises:
            FilterError: the operator is neither = nor !=, or the regular expression is wrong.
        """
        if self.op not in {"=", "!="}:
            raise FilterError(f"The operator {self.op} is not supported for {self.field}.")
        return self._holds(text) is (self.op == "=")

    def _holds(self, text: str) -> bool:
        if self.function == STARTS_WITH:
            return text.startswith(self.value)
        if self.function == FULL_MATCH:
            try:
                return re.fullmatch(self.value, text) is not None
            except re.error as exc:
                raise FilterError(f"Invalid regular expression {self.value!r}: {exc}.") from exc
        return text == self.value


def parse_selectors(text: str, aliases: Mapping[str, str] = _NO_ALIASES) -> list[Selector]:
    """Return the selectors of a filter, none where it is blank.

    `aliases` says for other ways to write a field, or the first part of one where it ends in
    a dot, the usual one.

    Raises:
        FilterError: what is wrong, or not supported, in words.
    """
    rest = list(tokens(text))
    selectors: list[Selector] = []
    while not _at(rest, Kind.END):
        if selectors:
            _expect(rest, Kind.WORD, "AND")
        selectors.append(_selector(rest, aliases))
    return selectors


def usual_name(field: str, aliases: Mapping[str, str]) -> str:
    """Return the usual way to write `field`."""
    for alias, usual in aliases.items():
        if field == alias or (alias.endswith(".") and field.startswith(alias)):
            return usual + field.removeprefix(alias)
    return field


def _selector(rest: list[Token], aliases: Mapping[str, str]) -> Selector:
    if _at(rest, Kind.OPEN) or rest[0].text in {"NOT", "-"}:
        raise FilterError(f"{rest[0].text} is not supported: join selectors with AND only.")
    field = usual_name(_name(rest), aliases)
    op = _expect(rest, Kind.OPERATOR).text
    if _at(rest, Kind.STRING):
        return Selector(field, op, rest.pop(0).text)
    if not _at(rest, Kind.WORD):
        raise FilterError(f"Expected a value in double quotes after {field} {op}.")
    function = _name(rest)
    if function not in _FUNCTIONS or not _at(rest, Kind.OPEN):
        raise FilterError(f"{function} is not supported: put values in double quotes.")
    rest.pop(0)
    value = _expect(rest, Kind.STRING).text
    _expect(rest, Kind.CLOSE)
    return Selector(field, op, value, function)


def _name(rest: list[Token]) -> str:
    parts = [_expect(rest, Kind.WORD).text]
    while _at(rest, Kind.DOT):
        rest.pop(0)
        parts.append(_expect(rest, Kind.WORD).text)
    return ".".join(parts)


def _at(rest: list[Token], kind: Kind) -> bool:
    return rest[0].kind is kind


def _expect(rest: list[Token], kind: Kind, text: str = "") -> Token:
    token = rest[0]
    if token.kind is not kind or (text and token.text != text):
        wanted = text or {Kind.OPERATOR: "an operator", Kind.WORD: "a field"}.get(kind, kind)
        raise FilterError(f"Expected {wanted}, found {token.text!r}: it is not supported there.")
    return rest.pop(0)
