"""The fields of a log entry that a filter may name, their types, and how to read them.

A field of the LogEntry type that an entry lacks has its default value; a label or a
payload field that it lacks is missing, and comparisons with it are false
(docs.cloud.google.com/logging/docs/view/logging-query-language, "Missing fields").
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.logs import Entry

# A raw google.protobuf.Struct message, an object inside of a JSON payload.
Struct = Any


_SCALAR_KINDS = frozenset({"string_value", "bool_value", "number_value"})


class FieldType(StrEnum):
    """How the values of a field compare."""

    TEXT = "text"
    TIME = "time"  # nanoseconds since 1970
    SEVERITY = "severity"  # numbers of google.logging.type.LogSeverity
    FLAG = "flag"
    JSON = "json"  # each value has its own type: str, float, bool, None or a Struct
    OBJECT = "object"  # a part with fields of its own; its values are those of all its leaves


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what its values are in an entry, and whether the entry says it at all."""

    type: FieldType
    values: Callable[[Entry], Sequence[object]]
    present: Callable[[Entry], bool]


def find_field(path: tuple[str, ...]) -> Field:
    """Return the field that `path` names.

    Raises:
        FilterError: the LogEntry type has no such field, or the sandbox does not keep it.
    """
    first, rest = path[0], path[1:]
    match first:
        case "jsonPayload":
            return _payload(rest)
        case "labels":
            return _map(lambda entry: entry.labels, path, rest)
        case "resource" if rest[:1] == ("labels",):
            return _map(lambda entry: entry.resource.labels, path, rest[1:])
        case "resource" if not rest:
            return _object(_resource_leaves, lambda entry: entry.HasField("resource"))
    known = _SCALARS.get(path)
    if known is not None:
        return known
    name = ".".join(path)
    if first in _NOT_KEPT:
        raise FilterError(f"The sandbox's entries have no {first}: {name} is not supported.")
    raise FilterError(f"Field not found: {name!r}.")


def leaves(entry: Entry) -> Iterator[object]:
    """Yield every text, label and payload value of an entry, not their names."""
    yield from (entry.log_name, entry.insert_id, entry.trace, entry.span_id, entry.text_payload)
    yield from _resource_leaves(entry)
    yield from entry.labels.values()
    yield from struct_leaves(entry.json_payload)


def struct_leaves(struct: Struct) -> Iterator[object]:
    """Yield the scalars of a payload object, however deep."""
    for value in struct.fields.values():
        kind = value.WhichOneof("kind")
        if kind in _SCALAR_KINDS:
            yield getattr(value, kind)
            continue
        for item in _items(value):
            if item.WhichOneof("kind") == "struct_value":
                yield from struct_leaves(item.struct_value)
            else:
                yield _plain(item)


def _resource_leaves(entry: Entry) -> Iterator[object]:
    yield entry.resource.type
    yield from entry.resource.labels.values()


def _payload(segments: tuple[str, ...]) -> Field:
    if not segments:
        return _object(
            lambda entry: struct_leaves(entry.json_payload),
            lambda entry: entry.HasField("json_payload"),
        )

    def present(entry: Entry) -> bool:
        return bool(_walk(entry, segments))

    def values(entry: Entry) -> Sequence[object]:
        found = _walk(entry, segments)
        if len(found) == 1 and found[0].WhichOneof("kind") in _SCALAR_KINDS:
            return (_plain(found[0]),)
        return [_plain(item) for value in found for item in _items(value)]

    return Field(FieldType.JSON, values, present)


def _walk(entry: Entry, segments: tuple[str, ...]) -> list[Any]:
    """Return the payload values at a path; a list on the way stands for each of its members."""
    fields = entry.json_payload.fields
    found = [fields[segments[0]]] if segments[0] in fields else []
    for segment in segments[1:]:
        found = [
            item.struct_value.fields[segment]
            for value in found
            for item in _items(value)
            if segment in item.struct_value.fields
        ]
    return found


def _items(value: Any) -> Iterator[Any]:
    if value.WhichOneof("kind") != "list_value":
        yield value
        return
    for member in value.list_value.values:
        yield from _items(member)


def _plain(value: Any) -> object:
    kind = value.WhichOneof("kind")
    return None if kind in {None, "null_value"} else getattr(value, kind)


def _map(
    labels: Callable[[Entry], Mapping[str, str]], path: tuple[str, ...], rest: tuple[str, ...]
) -> Field:
    if not rest:
        return _object(lambda entry: labels(entry).values(), lambda entry: bool(labels(entry)))
    if len(rest) > 1:
        name, dotted = ".".join(path[: -len(rest)]), ".".join(rest)
        raise FilterError(f'Field not found: a label with dots is quoted, {name}."{dotted}".')
    key = rest[0]

    def values(entry: Entry) -> Sequence[object]:
        held = labels(entry)
        return (held[key],) if key in held else ()

    return Field(FieldType.TEXT, values, lambda entry: key in labels(entry))


def _object(inside: Callable[[Entry], Iterable[object]], present: Callable[[Entry], bool]) -> Field:
    return Field(FieldType.OBJECT, lambda entry: tuple(inside(entry)), present)


def _scalar(kind: FieldType, read: Callable[[Entry], object]) -> Field:
    return Field(kind, lambda entry: (read(entry),), lambda entry: bool(read(entry)))


_SCALARS: Mapping[tuple[str, ...], Field] = {
    ("logName",): _scalar(FieldType.TEXT, lambda entry: entry.log_name),
    ("insertId",): _scalar(FieldType.TEXT, lambda entry: entry.insert_id),
    ("textPayload",): _scalar(FieldType.TEXT, lambda entry: entry.text_payload),
    ("trace",): _scalar(FieldType.TEXT, lambda entry: entry.trace),
    ("spanId",): _scalar(FieldType.TEXT, lambda entry: entry.span_id),
    ("traceSampled",): _scalar(FieldType.FLAG, lambda entry: entry.trace_sampled),
    ("severity",): _scalar(FieldType.SEVERITY, lambda entry: entry.severity),
    ("timestamp",): _scalar(FieldType.TIME, lambda entry: entry.timestamp.ToNanoseconds()),
    ("receiveTimestamp",): _scalar(
        FieldType.TIME, lambda entry: entry.receive_timestamp.ToNanoseconds()
    ),
    ("resource", "type"): _scalar(FieldType.TEXT, lambda entry: entry.resource.type),
}
_NOT_KEPT = frozenset(
    {"httpRequest", "metadata", "operation", "protoPayload", "sourceLocation", "split"}
)
