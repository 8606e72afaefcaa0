"""Tables keep their columns."""

from handlers.blocks.card import Table
from handlers.blocks.table import CELL, table_lines


def test_columns_are_aligned() -> None:
    """Words stand to the left, numbers to the right, wide letters count as two columns."""
    table = Table(("model", "size"), (("llama", "1.3 GB"), ("\u65e5\u672c", "9 bytes"), ("x", "")))
    assert table_lines(table) == [
        "model     size",
        "-----  -------",
        "llama   1.3 GB",
        "\u65e5\u672c   9 bytes",
        "x",
    ]


def test_ragged_and_foreign_cells_fit() -> None:
    """Short rows are filled up; a cell stays on its line and within its width."""
    table = Table(("a", "b"), (("one\ntwo",), ("x" * 500, "y", "extra")))
    lines = table_lines(table)
    assert len(lines) == 4
    assert lines[2] == "one two"
    assert max(map(len, lines)) <= CELL + 2 + len("extra") + 4


def test_too_many_columns_are_counted() -> None:
    """Columns beyond the most that are shown are named as missing."""
    assert table_lines(Table(("c",) * 23, ()))[0].endswith("\u2026 and 3 more columns")
    assert table_lines(Table((), ())) == []
