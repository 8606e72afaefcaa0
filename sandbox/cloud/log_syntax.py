"""The grammar of Logging filters: text in, a tree of comparisons out.

OR binds tighter than AND, and two comparisons side by side are joined by AND
(google.aip.dev/160 and docs.cloud.google.com/logging/docs/view/logging-query-language).
Functions such as `log_id()` are not understood and are refused by name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sandbox.cloud.log_tokens import FilterError, Kind, Token, tokens

_MAX_DEPTH = 60
_KEYWORDS = frozenset({"AND", "OR", "NOT"})
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Op(StrEnum):
    """The comparison operators."""

    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    HAS = ":"
    MATCH = "=~"
    NO_MATCH = "!~"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written; only an unquoted NULL_VALUE means null."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path op value`."""

    path: tuple[str, ...]
    op: Op
    value: Literal


@dataclass(frozen=True, slots=True)
class Presence:
    """`path:*`."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A value alone: any field of the entry contains it (a "global restriction")."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts are true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any part is true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not true."""

    part: "Node"


Node = And | Or | Not | Comparison | Presence | Search


@dataclass(slots=True)
class _Cursor:
    tokens: list[Token]
    place: int = 0
    depth: int = 0

    def peek(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def at_word(self, word: str) -> bool:
        return self.peek().kind is Kind.WORD and self.peek().text == word

    def touches(self, kind: Kind) -> bool:
        """Whether the next token is of `kind` with no blank before it."""
        return self.peek().kind is kind and self.peek().start == self.tokens[self.place - 1].end

    def drop_minus(self) -> bool:
        """Take a leading minus off the next term."""
        token = self.peek()
        if token.kind is not Kind.WORD or not token.text.startswith("-"):
            return False
        if token.text == "-":
            self.place += 1
            if self.peek().start != token.end:
                raise FilterError(f"A minus must touch what it negates (position {token.start}).")
        else:
            rest = Token(Kind.WORD, token.text[1:], token.start + 1, token.end)
            self.tokens[self.place] = rest
        return True


_Leaf = Callable[[_Cursor], Node]


def parse(text: str) -> Node | None:
    """Return the tree of `text`, None where it has nothing but blanks and comments.

    Raises:
        FilterError: what is wrong, or not supported, in words.
    """
    cursor = _Cursor(list(tokens(text)))
    if cursor.peek().kind is Kind.END:
        return None
    tree = _expression(cursor, _restriction)
    if cursor.peek().kind is not Kind.END:
        raise _unexpected(cursor.peek(), "an end")
    return tree


def _expression(cursor: _Cursor, leaf: _Leaf) -> Node:
    parts = [_alternatives(cursor, leaf)]
    while cursor.peek().kind not in {Kind.END, Kind.CLOSE}:
        if cursor.at_word("AND"):
            cursor.take()
        parts.append(_alternatives(cursor, leaf))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _alternatives(cursor: _Cursor, leaf: _Leaf) -> Node:
    parts = [_term(cursor, leaf)]
    while cursor.at_word("OR"):
        cursor.take()
        parts.append(_term(cursor, leaf))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _term(cursor: _Cursor, leaf: _Leaf) -> Node:
    if cursor.at_word("NOT"):
        cursor.take()
        return Not(_operand(cursor, leaf))
    if leaf is _restriction and cursor.drop_minus():
        return Not(_operand(cursor, leaf))
    return _operand(cursor, leaf)


def _operand(cursor: _Cursor, leaf: _Leaf) -> Node:
    return _group(cursor, leaf) if cursor.peek().kind is Kind.OPEN else leaf(cursor)


def _group(cursor: _Cursor, leaf: _Leaf) -> Node:
    cursor.take()
    cursor.depth += 1
    if cursor.depth > _MAX_DEPTH:
        raise FilterError(f"Parentheses are nested more than {_MAX_DEPTH} deep.")
    tree = _expression(cursor, leaf)
    if cursor.take().kind is not Kind.CLOSE:
        raise FilterError("A parenthesis is not closed.")
    cursor.depth -= 1
    return tree


def _restriction(cursor: _Cursor) -> Node:
    """Read `path op value`, `path:*` or a value alone."""
    begin = cursor.place
    path = _path(cursor)
    read = cursor.tokens[begin : cursor.place]
    if cursor.peek().kind is Kind.OPERATOR:
        return _comparison(cursor, path)
    if cursor.touches(Kind.OPEN) and read[-1].kind is Kind.WORD:
        raise FilterError(f"The function {'.'.join(path)}() is not supported.")
    if len(path) > 1 and any(token.kind is Kind.STRING for token in read):
        raise FilterError(f"The field {'.'.join(path)} needs an operator and a value.")
    return Search(".".join(path))


def _comparison(cursor: _Cursor, path: tuple[str, ...]) -> Node:
    op = Op(cursor.take().text)
    if cursor.peek().kind is Kind.STAR:
        if op is not Op.HAS:
            raise FilterError(f"* is allowed after : only, not after {op}.")
        cursor.take()
        return Presence(path)

    def value(at: _Cursor) -> Node:
        return Comparison(path, op, _literal(at))

    return _operand(cursor, value)


def _path(cursor: _Cursor) -> tuple[str, ...]:
    segments = [_segment(cursor)]
    while cursor.touches(Kind.DOT):
        dot = cursor.take()
        if cursor.peek().start != dot.end:
            raise FilterError(f"A name must follow the dot at position {dot.start}.")
        segments.append(_segment(cursor))
    return tuple(segments)


def _segment(cursor: _Cursor) -> str:
    token = cursor.peek()
    if token.kind is Kind.STRING or (token.kind is Kind.WORD and token.text not in _KEYWORDS):
        return cursor.take().text
    raise _unexpected(token, "a field or a value")


def _literal(cursor: _Cursor) -> Literal:
    first = cursor.peek()
    if first.kind is Kind.STRING:
        return Literal(cursor.take().text, quoted=True)
    if first.kind is not Kind.WORD or first.text in _KEYWORDS:
        raise _unexpected(first, "a value")
    text = ".".join(_path(cursor))
    if (text[0] in "+-" or "." in text) and not NUMBER.fullmatch(text):
        raise FilterError(f"Put {text!r} in double quotes: it has special characters.")
    return Literal(text, quoted=False)


def _unexpected(token: Token, wanted: str) -> FilterError:
    where = "" if token.kind is Kind.END else f" at position {token.start}"
    shown = token.text if token.kind is Kind.END else repr(token.text)
    return FilterError(f"Expected {wanted}, found {shown}{where}.")
