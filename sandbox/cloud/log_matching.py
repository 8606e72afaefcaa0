"""Comparisons of a Logging filter, made into functions that test an entry.

The value in the filter is converted to the type of the field; where that fails the
comparison is false (docs.cloud.google.com/logging/docs/view/logging-query-language,
"Values and conversions" and "Comparison operators").
"""

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from google.logging.type import log_severity_pb2
from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # no stubs

from sandbox.cloud.log_fields import FieldType, find_field, leaves, struct_leaves
from sandbox.cloud.log_syntax import NUMBER, And, Comparison, Literal, Node, Not, Op, Or, Presence
from sandbox.cloud.log_syntax import Search as SearchNode
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.logs import Entry
from sandbox.cloud.rfc3339 import parse_nanoseconds

Test = Callable[[Entry], bool]
_Check = Callable[[object], bool]

_ORDER: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.HAS: operator.eq,  # what is not text has a value by being equal to it
}
_PATTERNS = frozenset({Op.MATCH, Op.NO_MATCH})
_WORD_NUMBERS = frozenset({"nan", "infinity", "-infinity"})
# What Python's `re` knows and RE2 does not (github.com/google/re2/wiki/Syntax).
_NOT_RE2 = re.compile(r"\(\?(?:[=!#(>]|<[=!]|P[=>])|\\[1-9Z]|[*+?}]\+")


def compile_node(node: Node) -> Test:
    """Return the function that tells whether an entry matches.

    Raises:
        FilterError: an unknown field, or a value or operator that its type does not take.
    """
    match node:
        case And(parts):
            return _all(tuple(compile_node(part) for part in parts))
        case Or(parts):
            return _any(tuple(compile_node(part) for part in parts))
        case Not(part):
            test = compile_node(part)
            return lambda entry: not test(entry)
        case Presence(path):
            return find_field(path).present
        case SearchNode(text):
            return _search(text)
        case Comparison():
            return _comparison(node)
    assert_never(node)


def _all(tests: tuple[Test, ...]) -> Test:
    def test(entry: Entry) -> bool:
        for one in tests:  # noqa: SIM110 - plain loops: thousands of entries in milliseconds
            if not one(entry):
                return False
        return True

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    def test(entry: Entry) -> bool:
        for one in tests:  # noqa: SIM110 - as above
            if one(entry):
                return True
        return False

    return test


def _search(text: str) -> Test:
    check = _json_check(Op.HAS, Literal(text, quoted=True))
    level = _severities().get(text.upper())

    def test(entry: Entry) -> bool:
        for value in leaves(entry):
            if check(value):
                return True
        return bool(entry.severity == level)

    return test


def _comparison(node: Comparison) -> Test:
    field = find_field(node.path)
    check = _check(field.type, node)
    values = field.values

    def test(entry: Entry) -> bool:
        for value in values(entry):  # noqa: SIM110 - as above
            if check(value):
                return True
        return False

    return test


def _check(kind: FieldType, node: Comparison) -> _Check:
    name, op, value = ".".join(node.path), node.op, node.value
    if kind in {FieldType.TIME, FieldType.SEVERITY, FieldType.FLAG} and op in _PATTERNS:
        raise FilterError(f"{op} is for text: {name} is a {kind}.")
    match kind:
        case FieldType.TEXT:
            return _text_check(op, value)
        case FieldType.JSON:
            return _json_check(op, value)
        case FieldType.OBJECT:
            if op is not Op.HAS:
                raise FilterError(f"{name} is an object: only : can be used with it, not {op}.")
            return _json_check(op, value)
        case FieldType.TIME:
            return _order_check(op, _time(name, value))
        case FieldType.SEVERITY:
            return _order_check(op, _severity(value))
        case FieldType.FLAG:
            flag = _flag(value.text)
            if flag is None:
                raise FilterError(f"{name} is true or false, not {value.text!r}.")
            return _order_check(op, flag)
    assert_never(kind)


def _order_check(op: Op, wanted: object) -> _Check:
    compare = _ORDER[op]
    return lambda value: compare(value, wanted)


def _text_check(op: Op, value: Literal) -> _Check:
    if op in _PATTERNS:
        search = _pattern(value).search
        if op is Op.MATCH:
            return lambda text: search(str(text)) is not None
        return lambda text: search(str(text)) is None
    wanted = _fold(value.text)
    if op is Op.HAS:
        return lambda text: wanted in _fold(str(text))
    compare = _ORDER[op]
    return lambda text: compare(_fold(str(text)), wanted)


def _json_check(op: Op, value: Literal) -> _Check:
    """Check a payload value by the type that it has."""
    if value.text == "NULL_VALUE" and not value.quoted:
        return _null_check(op)
    text = _text_check(op, value)
    number, flag = _number(value.text), _flag(value.text)
    compare = _ORDER.get(op)

    def check(found: object) -> bool:
        if isinstance(found, str):
            return text(found)
        if found is None or compare is None:
            return False
        if isinstance(found, bool):
            return flag is not None and compare(found, flag)
        if isinstance(found, float):
            return number is not None and compare(found, number)
        if isinstance(found, struct_pb2.Struct):
            return op is Op.HAS and any(check(leaf) for leaf in struct_leaves(found))
        raise TypeError(f"a payload holds no {type(found).__name__}")

    return check


def _null_check(op: Op) -> _Check:
    if op is Op.EQ:
        return lambda found: found is None
    if op is Op.NE:
        return lambda found: found is not None
    raise FilterError(f"NULL_VALUE compares with = and != only, not {op}.")


def _pattern(value: Literal) -> re.Pattern[str]:
    if not value.quoted:
        raise FilterError(f"Put the regular expression {value.text!r} in double quotes.")
    if found := _NOT_RE2.search(re.sub(r"\\[^1-9Z]", "__", value.text)):
        raise FilterError(f"Regular expressions are RE2: {found.group()!r} is not supported.")
    try:
        return re.compile(value.text)
    except re.error as exc:
        raise FilterError(f"Invalid regular expression {value.text!r}: {exc}.") from exc


def _time(name: str, value: Literal) -> int:
    nanoseconds = parse_nanoseconds(value.text)
    if nanoseconds is None:
        raise FilterError(f"{name} compares with an RFC 3339 time, not {value.text!r}.")
    return nanoseconds


def _severity(value: Literal) -> int:
    level = _severities().get(value.text.upper())
    if level is None:
        raise FilterError(
            f"{value.text!r} is not a severity: use one of {', '.join(_severities())}."
        )
    return level


def _severities() -> Mapping[str, int]:
    return dict(log_severity_pb2.LogSeverity.items())


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _number(text: str) -> float | None:
    if NUMBER.fullmatch(text) or text.lower() in _WORD_NUMBERS:
        return float(text)
    return None


def _fold(text: str) -> str:
    """Return `text` as comparisons see it: letter case and compatibility forms do not count."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
