"""The `fields` parameter: `items(name,generation),nextPageToken` picks parts of an answer.

Grammar as docs.cloud.google.com/storage/docs/json_api#partial-response gives it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.cloud.storage_errors import ApiError

Schema = Mapping[str, "Schema | None"]  # field -> its own fields; None: anything below is allowed

_TOKEN = re.compile(r"[\w*-]+|[(),/]")


@dataclass(slots=True)
class Selection:
    """The fields picked at one level; none picked means the whole value."""

    fields: dict[str, "Selection"] = field(default_factory=dict)

    def add(self, name: str, below: "Selection") -> None:
        """Pick a field; a field picked whole stays whole."""
        known = self.fields.get(name)
        if known is None or not below.fields:
            self.fields[name] = below
        elif known.fields:
            for deeper, selection in below.fields.items():
                known.add(deeper, selection)

    def apply(self, value: object) -> object:
        """Return the picked parts of a JSON value."""
        if not self.fields:
            return value
        if isinstance(value, list):
            return [self.apply(item) for item in value]
        if not isinstance(value, dict):
            return value
        every = self.fields.get("*")
        picked = {name: self.fields.get(name, every) for name in value}
        return {name: below.apply(value[name]) for name, below in picked.items() if below}


def parse_fields(text: str, schema: Schema) -> Selection:
    """Read a `fields` parameter; raise a 400 where it is malformed or names an unknown field."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", ""):
        raise _invalid(text)
    tokens.reverse()
    selection = _read_list(tokens, text)
    if tokens:
        raise _invalid(text)
    _check(selection, schema)
    return selection


def _read_list(tokens: list[str], text: str) -> Selection:
    selection = Selection()
    while True:
        _read_path(tokens, text, selection)
        if not tokens or tokens[-1] != ",":
            return selection
        tokens.pop()


def _read_path(tokens: list[str], text: str, into: Selection) -> None:
    name = tokens.pop() if tokens else ""
    if name in {"", "(", ")", ",", "/"}:
        raise _invalid(text)
    below = Selection()
    if tokens and tokens[-1] == "/":
        tokens.pop()
        _read_path(tokens, text, below)
    elif tokens and tokens[-1] == "(":
        tokens.pop()
        below = _read_list(tokens, text)
        if not tokens or tokens.pop() != ")":
            raise _invalid(text)
    into.add(name, below)


def _check(selection: Selection, schema: Schema) -> None:
    for name, below in selection.fields.items():
        if name != "*" and name not in schema:
            raise _invalid(name)
        deeper = schema.get(name)
        if deeper is not None:
            _check(below, deeper)


def _invalid(text: str) -> ApiError:
    message = f"Invalid field selection {text}"
    return ApiError(400, message, reason="invalidParameter", location="fields")
