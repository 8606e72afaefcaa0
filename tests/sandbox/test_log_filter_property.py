"""Random filters against a plain reading of what they mean."""

import json
import operator
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.cloud.log_filter import compile_filter
from sandbox.cloud.log_syntax import And, Comparison, Literal, Node, Not, Op, Or, Presence, Search
from sandbox.cloud.logs import Entry, Logs

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LEVELS = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT"]
ORDER = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.LT: operator.lt,
    Op.LE: operator.le,
}
Record = Mapping[str, Any]

# Entries: few words and few keys, so that random filters often meet them.

WORDS = st.sampled_from(["", "a", "B", "ab", "a b", "true", "3", "-2.5", 'q"\\', "3a"])
SCALARS = st.one_of(WORDS, st.booleans(), st.sampled_from([0.0, 3.0, -2.5]), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2)
    ),
    max_leaves=4,
)
RECORDS = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(LEVELS),
        "timestamp": st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours)),
        "labels": st.dictionaries(st.sampled_from(["k", "a.b/c"]), WORDS, max_size=2),
        "service": WORDS,
        "payload": st.one_of(
            WORDS, st.dictionaries(st.sampled_from(["x", "y", "odd.key"]), VALUES, max_size=3)
        ),
    }
)

# Filters.

PATHS = st.sampled_from(
    [
        ("jsonPayload", "x"),
        ("jsonPayload", "y"),
        ("jsonPayload", "x", "y"),
        ("jsonPayload", "odd.key"),
        ("labels", "k"),
        ("labels", "a.b/c"),
        ("resource", "labels", "service_name"),
        ("textPayload",),
    ]
)
LITERALS = st.one_of(
    st.builds(Literal, WORDS, st.just(True)),
    st.builds(Literal, st.sampled_from(["a", "B", "TRUE", "false", "3", "-2.5"]), st.just(False)),
)
COMPARISONS = st.one_of(
    st.builds(Comparison, PATHS, st.sampled_from([*ORDER, Op.HAS]), LITERALS),
    st.builds(
        Comparison,
        PATHS,
        st.sampled_from([Op.MATCH, Op.NO_MATCH]),
        st.builds(Literal, st.sampled_from(["^a", "b$", "a.b", "[0-9]"]), st.just(True)),
    ),
    st.builds(
        Comparison,
        st.sampled_from([("jsonPayload", "x"), ("jsonPayload", "y")]),
        st.sampled_from([Op.EQ, Op.NE]),
        st.just(Literal("NULL_VALUE", quoted=False)),
    ),
    st.builds(
        Comparison,
        st.just(("severity",)),
        st.sampled_from(list(ORDER)),
        st.builds(Literal, st.sampled_from(LEVELS), st.booleans()),
    ),
    st.builds(
        Comparison,
        st.just(("timestamp",)),
        st.sampled_from(list(ORDER)),
        st.integers(-1, 4).map(
            lambda hours: Literal((NOON + timedelta(hours=hours)).isoformat(), quoted=True)
        ),
    ),
)
TREES = st.recursive(
    st.one_of(COMPARISONS, st.builds(Presence, PATHS), st.builds(Search, WORDS)),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(tree=TREES, records=st.lists(RECORDS, min_size=1, max_size=8), data=st.data())
def test_a_printed_tree_means_what_the_tree_means(
    tree: Node, records: list[Record], data: st.DataObject
) -> None:
    """Any filter finds exactly the entries for which its comparisons, read one by one, hold."""
    logs = Logs(Clock())
    for index, record in enumerate(records):
        is_text = isinstance(record["payload"], str)
        logs.write(
            log_id=f"log-{index}",
            resource_type="type",
            resource_labels={"service_name": record["service"]},
            labels=record["labels"],
            severity=record["severity"],
            text=record["payload"] if is_text else None,
            payload=None if is_text else record["payload"],
            at=record["timestamp"],
        )
    text = show(tree, partial(data.draw, st.booleans()))
    found = {entry.log_name for entry in compile_filter(text).select(logs)}
    wanted = {entry.log_name for entry in logs.entries() if holds(tree, _record(entry, records))}
    assert found == wanted, text


def _record(entry: Entry, records: list[Record]) -> Record:
    """Return what an entry was written from, with what the store gave it."""
    record = records[int(entry.log_name.rpartition("-")[2])]
    return {**record, "log_name": entry.log_name, "insert_id": entry.insert_id}


def show(node: Node, choose: Any) -> str:
    """Write a tree as a filter, with the fewest parentheses that its meaning needs."""
    match node:
        case And(parts):
            shown = [
                f"({show(p, choose)})" if isinstance(p, And) else show(p, choose) for p in parts
            ]
            return (" AND " if choose() else " ").join(shown)
        case Or(parts):
            simple = [isinstance(p, And | Or) for p in parts]
            shown = [show(p, choose) for p in parts]
            return " OR ".join(f"({s})" if i else s for s, i in zip(shown, simple, strict=True))
        case Not(part):
            inner = show(part, choose)
            wrapped = f"({inner})" if isinstance(part, And | Or | Not) else inner
            return f"NOT {wrapped}" if choose() else f"-{wrapped}"
        case Presence(path):
            return f"{show_path(path)}:*"
        case Search(text):
            return json.dumps(text)
        case Comparison(path, op, value):
            space = " " if choose() else ""
            shown_value = json.dumps(value.text) if value.quoted else value.text
            return f"{show_path(path)}{space}{op}{space}{shown_value}"


def show_path(path: tuple[str, ...]) -> str:
    """Write a path, quoting the segments that need it."""
    return ".".join(s if re.fullmatch(r"\w+", s) else json.dumps(s) for s in path)


def holds(node: Node, record: Record) -> bool:
    """Evaluate a tree the slow and obvious way."""
    match node:
        case And(parts):
            return all(holds(part, record) for part in parts)
        case Or(parts):
            return any(holds(part, record) for part in parts)
        case Not(part):
            return not holds(part, record)
        case Presence(("textPayload",)):
            return isinstance(record["payload"], str) and record["payload"] != ""
        case Presence(path):
            return bool(list(at_path(record, path)))
        case Search(text):
            named = ("log_name", "insert_id", "labels", "service", "payload")
            anywhere = [*(record[part] for part in named), "type", ""]
            said = any(has(leaf, text) for leaf in scalars(anywhere))
            return said or text.upper() == record["severity"]
        case Comparison(("severity",), op, value):
            return bool(ORDER[op](LEVELS.index(record["severity"]), LEVELS.index(value.text)))
        case Comparison(("timestamp",), op, value):
            return bool(ORDER[op](record["timestamp"], datetime.fromisoformat(value.text)))
        case Comparison(path, op, value):
            found = at_path(record, path)
            return any(compare(op, leaf, value) for item in found for leaf in members(item))


def at_path(record: Record, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield the values at a path; a list on the way stands for each of its members."""
    match path:
        case ("textPayload",):
            yield record["payload"] if isinstance(record["payload"], str) else ""
            return
        case ("resource", "labels", _):
            yield record["service"]
            return
        case ("labels", key):
            found = [record["labels"][key]] if key in record["labels"] else []
        case (_, *keys):
            found = [record["payload"]]
            for key in keys:
                objects = [m for f in found for m in members(f) if isinstance(m, dict)]
                found = [o[key] for o in objects if key in o]
    yield from found


def members(value: Any) -> Iterator[Any]:
    """Yield a value, or each member of a list, however deep."""
    if isinstance(value, list):
        for member in value:
            yield from members(member)
    else:
        yield value


def scalars(value: Any) -> Iterator[Any]:
    """Yield what is in a value however deep, no names."""
    for member in members(value):
        if isinstance(member, dict):
            for inner in member.values():
                yield from scalars(inner)
        else:
            yield member


def compare(op: Op, found: Any, value: Literal) -> bool:
    """Compare one value of an entry with one of a filter."""
    if value == Literal("NULL_VALUE", quoted=False):
        return (found is None) is (op is Op.EQ)
    if op is Op.HAS:
        return any(has(leaf, value.text) for leaf in scalars(found))
    if isinstance(found, str) and op in {Op.MATCH, Op.NO_MATCH}:
        return bool(re.search(value.text, found)) is (op is Op.MATCH)
    wanted = converted(value.text, found)
    if op not in ORDER or wanted is None:
        return False
    return bool(ORDER[op](found.lower() if isinstance(found, str) else found, wanted))


def has(found: Any, text: str) -> bool:
    """Whether a scalar has `text`: strings contain it, the rest equal it."""
    if isinstance(found, str):
        return text.lower() in found.lower()
    wanted = converted(text, found)
    return wanted is not None and bool(found == wanted)


def converted(text: str, found: Any) -> Any:
    """Convert the text of a filter to the type of a value, None where that fails."""
    if isinstance(found, str):
        return text.lower()
    if isinstance(found, bool):
        return {"true": True, "false": False}.get(text.lower())
    if isinstance(found, float):
        try:
            return float(text)
        except ValueError:
            return None
    return None
