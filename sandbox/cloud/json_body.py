"""The JSON bodies of Cloud Storage requests: read strictly, merged as a PATCH merges them."""

import json
from collections.abc import Mapping

from sandbox.cloud.storage_errors import ApiError

Json = Mapping[str, object]


def parse_resource(body: bytes) -> Json:
    """Read a resource; an empty body is an empty resource, anything but an object a 400."""
    if not body.strip():
        return {}
    try:
        resource = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "Parse Error", reason="parseError") from error
    if not isinstance(resource, dict):
        raise ApiError(400, "Parse Error", reason="parseError")
    return resource


def merged(target: Json, patch: Json) -> dict[str, object]:
    """Return `target` with a merge patch applied: null removes, objects merge (RFC 7396)."""
    result = dict(target)
    for name, value in patch.items():
        old = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = merged(old if isinstance(old, dict) else {}, value)
        else:
            result[name] = value
    return result


def part(resource: Json, name: str) -> Json:
    """Return an object inside a resource, empty where it is absent or null."""
    value = resource.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name)
    return value


def text(resource: Json, name: str, default: str = "") -> str:
    """Return a text inside a resource."""
    value = resource.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise invalid(name)
    return value


def flag(resource: Json, name: str, *, default: bool = False) -> bool:
    """Return a boolean inside a resource."""
    value = resource.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise invalid(name)
    return value


def number(resource: Json, name: str, default: int) -> int:
    """Return a whole number inside a resource; Google writes long ones as text."""
    value = resource.get(name)
    if value is None:
        return default
    digits = str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        raise invalid(name)
    return int(digits)


def parts(resource: Json, name: str) -> list[dict[str, object]]:
    """Return a list of objects inside a resource, empty where it is absent or null."""
    values = resource.get(name)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise invalid(name)
    return values


def names(resource: Json, name: str) -> tuple[str, ...]:
    """Return a list of texts inside a resource, empty where it is absent or null."""
    values = resource.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise invalid(name)
    return tuple(values)


def texts(resource: Json, name: str) -> dict[str, str]:
    """Return a map of texts inside a resource, such as labels."""
    values = part(resource, name)
    if not all(isinstance(value, str) for value in values.values()):
        raise invalid(name)
    return {key: str(value) for key, value in values.items()}


def invalid(name: str) -> ApiError:
    """Refuse the value of a field."""
    return ApiError(400, f"Invalid value for: {name}.")
