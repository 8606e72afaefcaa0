"""Tables and charts: `table`, `data_table`, `data_visualization`.

Limits: docs.slack.dev/reference/block-kit/blocks. Where the sources disagree the smaller number
holds here (6 series, 101 rows), which Slack accepts either way.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.block_kit.rich_text import rich_text_fields
from sandbox.slack.block_kit.schema import (
    Check,
    Problem,
    array,
    choice,
    flag,
    number,
    positive,
    record,
    string,
    tagged,
    whole,
)
from sandbox.slack.wire import Json

_name = string(1, 20)
_plain_cells: dict[str, Check] = {
    "raw_text": record({"text": string(1)}, {}),
    "raw_number": record({"value": number}, {"text": string(1)}),
}
_rich_cell: dict[str, Check] = {"rich_text": record(rich_text_fields, {})}
_table_cell = tagged({"raw_text": record({"text": string()}, {}), **_rich_cell})
_header_row = array(tagged(_plain_cells), 1, 20)
_data_row = array(tagged({**_plain_cells, **_rich_cell}), 1, 20)
_column = record({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})


def _column_or_null(value: Any, at: str) -> Iterator[Problem]:
    if value is not None:
        yield from _column(value, at)


def _data_rows(value: Any, at: str) -> Iterator[Problem]:
    yield from array(lambda _value, _at: iter(()), 2, 101)(value, at)
    if isinstance(value, list):
        for index, row in enumerate(value):
            yield from (_data_row if index else _header_row)(row, f"{at}/{index}")


table: dict[str, Check] = {"rows": array(array(_table_cell, 1, 20), 1, 100)}
table_optional: dict[str, Check] = {"column_settings": array(_column_or_null, 0, 20)}
data_table: dict[str, Check] = {"caption": string(1), "rows": _data_rows}
data_table_optional: dict[str, Check] = {
    "page_size": whole(1, 100),
    "row_header_column_index": whole(0, 19),
}

_series = record(
    {"name": _name, "data": array(record({"label": _name, "value": number}, {}), 1, 20)}, {}
)
_axes = record(
    {"categories": array(_name, 1, 20)}, {"x_label": string(0, 50), "y_label": string(0, 50)}
)


def _series_fit(chart: Json, at: str) -> Iterator[Problem]:
    """Series names are unique and each series has one point for every category."""
    names: set[str] = set()
    categories = chart.get("axis_config", {}).get("categories", [])
    for index, series in enumerate(chart.get("series", [])):
        if series.get("name") in names:
            yield Problem(f"{at}/series/{index}/name", "series names must be unique")
        names.add(series.get("name"))
        labels = [point.get("label") for point in series.get("data", [])]
        if sorted(labels) != sorted(categories):
            yield Problem(f"{at}/series/{index}/data", "every series must cover every category")


def _shaped(check: Check, rule: Check) -> Check:
    """Apply a cross-field rule only to what already has the right shape."""

    def both(value: Any, at: str) -> Iterator[Problem]:
        problems = list(check(value, at))
        yield from problems
        if not problems:
            yield from rule(value, at)

    return both


_plotted = _shaped(record({"series": array(_series, 1, 6), "axis_config": _axes}, {}), _series_fit)
_pie = record({"segments": array(record({"label": _name, "value": positive}, {}), 1, 6)}, {})
data_visualization: dict[str, Check] = {
    "title": string(1, 50),
    "chart": tagged({"line": _plotted, "bar": _plotted, "area": _plotted, "pie": _pie}),
}
