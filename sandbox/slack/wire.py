"""What travels between Slack and an app: JSON objects, arguments of a call, and errors by name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A call is answered `{"ok": false, "error": name}` (docs.slack.dev/apis/web-api)."""

    def __init__(self, name: str, problems: Sequence[str] = (), **extra: object) -> None:
        super().__init__(name)
        self.name = name
        self.problems = tuple(problems)
        self.extra = extra

    def answer(self) -> Json:
        """Return the body; problems are told in `response_metadata.messages`."""
        body: Json = {"ok": False, "error": self.name, **self.extra}
        if self.problems:
            body["errors"] = list(self.problems)
            body["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in self.problems]}
        return body


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, from a JSON body, a form or a query string."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return a string; numbers are taken as text, as forms send them, and "" is absent."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        return str(value) or None

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """Return a string that must be there, or answer `error`."""
        value = self.text(name)
        if value is None:
            raise ApiError(error, [f"missing required field: {name} [json-pointer:/{name}]"])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean: true, "true", 1 and "1" are yes."""
        value = self.values.get(name)
        return default if value is None else is_yes(value)

    def whole(self, name: str, default: int) -> int:
        """Return an integer, or answer `invalid_arguments`."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise ApiError("invalid_arguments", [f"must be an integer: {name}"]) from error

    def parsed(self, name: str, error: str) -> Any:
        """Return JSON that may have been sent as a string; `error` where it does not parse."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as problem:
            raise ApiError(error) from problem

    def has(self, name: str) -> bool:
        """Tell whether the argument was sent at all (an empty list counts, null does not)."""
        return self.values.get(name) is not None


def is_yes(value: object) -> bool:
    """Read a boolean the way Slack does, from JSON or from a form."""
    return value is True or value in (1, "1", "true", "True")
