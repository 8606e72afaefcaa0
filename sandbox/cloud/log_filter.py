"""Logging filters, ready to use: text in, matching entries out.

The language is a strict subset of the real one
(docs.cloud.google.com/logging/docs/view/logging-query-language): what is not
understood is an error that names it, never a match or a silent miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sandbox.cloud.log_matching import Test, compile_node
from sandbox.cloud.log_syntax import And, Comparison, Node, Op, parse
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.logs import Entry, Logs
from sandbox.cloud.rfc3339 import moment, parse_nanoseconds

MAX_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """A compiled filter; no entry outside of `start`..`end` matches (None: no bound)."""

    matches: Test
    start: datetime | None = None
    end: datetime | None = None

    def select(self, logs: Logs) -> Sequence[Entry]:
        """Return the entries that match, oldest first."""
        return [entry for entry in logs.between(self.start, self.end) if self.matches(entry)]


@lru_cache(maxsize=64)
def compile_filter(text: str) -> LogFilter:
    """Compile a filter; an empty one matches everything.

    Raises:
        FilterError: what is wrong, or not supported, in words.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"The filter is longer than {MAX_LENGTH} characters: {len(text)}.")
    tree = parse(text)
    if tree is None:
        return LogFilter(lambda _: True)
    matches = compile_node(tree)
    return LogFilter(matches, *_window(tree))


def _window(tree: Node) -> tuple[datetime | None, datetime | None]:
    """Return the bounds that the timestamp comparisons joined by AND at the top put on it."""
    start: datetime | None = None
    end: datetime | None = None
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if not isinstance(part, Comparison) or part.path != ("timestamp",):
            continue
        at = moment(parse_nanoseconds(part.value.text) or 0)
        if part.op in {Op.GT, Op.GE, Op.EQ}:
            start = at if start is None else max(start, at)
        if part.op in {Op.LT, Op.LE, Op.EQ}:
            end = at if end is None else min(end, at)
    return start, end
