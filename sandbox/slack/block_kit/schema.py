"""Checks that compose: each walks a JSON value and yields what Slack would refuse in it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.wire import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: what is wrong and the JSON pointer of where."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


Check = Callable[[Any, str], Iterator[Problem]]


def string(low: int = 0, high: int | None = None) -> Check:
    """Check a string of `low`..`high` characters."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(at, "must provide a string")
        elif len(value) < low:
            yield Problem(at, f"must be more than {low - 1} characters")
        elif high is not None and len(value) > high:
            yield Problem(at, f"must be less than {high + 1} characters")

    return check


def matching(pattern: str, what: str, high: int | None = None) -> Check:
    """Check a string against a whole-string pattern."""
    compiled, sized = re.compile(pattern), string(0, high)

    def check(value: Any, at: str) -> Iterator[Problem]:
        yield from sized(value, at)
        if isinstance(value, str) and not compiled.fullmatch(value):
            yield Problem(at, f"must be {what}")

    return check


def url(high: int = 3000) -> Check:
    """Check an http or https address."""
    return matching(r"https?://\S+", "a valid URL", high)


def flag(value: Any, at: str) -> Iterator[Problem]:
    """Check a boolean."""
    if not isinstance(value, bool):
        yield Problem(at, "must provide a boolean")


def whole(low: int = 0, high: int | None = None) -> Check:
    """Check an integer in `low`..`high`."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Problem(at, "must provide an integer")
        elif value < low or (high is not None and value > high):
            yield Problem(at, f"must be from {low} to {'any' if high is None else high}")

    return check


def number(value: Any, at: str) -> Iterator[Problem]:
    """Check a JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Problem(at, "must provide a number")


def positive(value: Any, at: str) -> Iterator[Problem]:
    """Check a JSON number above zero."""
    yield from number(value, at)
    if isinstance(value, int | float) and value <= 0:
        yield Problem(at, "must be greater than 0")


def choice(*allowed: str | int) -> Check:
    """Check one of a few values."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or value not in allowed:
            yield Problem(at, f"must be one of {', '.join(map(str, allowed))}")

    return check


def array(item: Check, low: int = 0, high: int | None = None) -> Check:
    """Check a list of `low`..`high` items."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "must provide an array")
            return
        if len(value) < low:
            yield Problem(at, f"no fewer than {low} items allowed")
        if high is not None and len(value) > high:
            yield Problem(at, f"no more than {high} items allowed")
        for index, each in enumerate(value):
            yield from item(each, f"{at}/{index}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Check) -> Check:
    """Check an object: its fields, no other field (`type` aside), then rules over the whole."""
    fields = {**required, **optional}

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
            return
        for name in required:
            if name not in value:
                yield Problem(at, f"missing required field: {name}")
        for name, each in value.items():
            if name in fields:
                yield from fields[name](each, f"{at}/{name}")
            elif name != "type":
                yield Problem(at, f"invalid additional property: {name}")
        for rule in rules:
            yield from rule(value, at)

    return check


def tagged(kinds: Mapping[str, Check]) -> Check:
    """Check an object by its `type`; a type that is not in `kinds` is refused."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
            return
        kind = value.get("type")
        chosen = kinds.get(kind) if isinstance(kind, str) else None
        if kind is None:
            yield Problem(at, "missing required field: type")
        elif chosen is None:
            yield Problem(f"{at}/type", f"unsupported type: {kind}")
        else:
            yield from chosen(value, at)

    return check


def exactly_one(*names: str) -> Check:
    """Rule: the object carries exactly one of these fields."""

    def check(value: Json, at: str) -> Iterator[Problem]:
        if sum(name in value for name in names) != 1:
            yield Problem(at, f"must have exactly one of {', '.join(names)}")

    return check


def any_of(*names: str) -> Check:
    """Rule: the object carries at least one of these fields."""

    def check(value: Json, at: str) -> Iterator[Problem]:
        if not any(name in value for name in names):
            yield Problem(at, f"missing required field: {' or '.join(names)}")

    return check
