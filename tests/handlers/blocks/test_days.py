"""What a message says that has to do without its picture: the finding and the last days."""

import pytest

from handlers.blocks.card import Bullets, Paragraph
from handlers.blocks.days import parts_of_numbers
from handlers.charts.findings import finding_of
from tests.handlers.charts.trends import TRENDS


def lines_of(name: str) -> list[str]:
    """Return what is said of the last days."""
    _, bullets = parts_of_numbers(TRENDS[name])
    assert isinstance(bullets, Bullets)
    return ["".join(map(str, line)) for line in bullets.lines]


@pytest.mark.parametrize("name", [name for name in TRENDS if not name.endswith("_none")])
def test_the_finding_comes_first_and_a_week_at_the_most(name: str) -> None:
    """It is what the picture has as its title; more lines than that no phone shows at once."""
    finding, bullets = parts_of_numbers(TRENDS[name])
    assert finding == Paragraph((finding_of(TRENDS[name]),))
    assert isinstance(bullets, Bullets)
    assert 1 <= len(bullets.lines) <= 7


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("hits_fell", "23 Nov so far: 94 % (18 of 19), 1 model_not_found"),
        ("hits_fell", "20 Nov: 100 % (51 of 51)"),
        ("hits_unknown_days", "22 Nov: 100 % (31 of 31)"),
        ("hits_unknown_days", "23 Nov so far: no data"),
        ("hits_weekend", "22 Nov: nothing started"),
        ("hits_gaps", "18 Nov: 83 % (20 of 24), 2 c, 1 d, 1 e"),
        ("bytes_gaps", "21 Nov: 6.5 GB, of it 2.9 GB noncurrent; soft-deleted: not known"),
        ("bytes_gaps", "22 Nov: no data"),
        ("bytes_gaps", "20 Nov: 5.8 GB, of it 2.2 GB noncurrent"),
        ("bytes_over", "23 Nov so far: 11.4 GB, of it 7.8 GB noncurrent; 2.0 GB soft-deleted"),
        ("syncs_mixed", "22 Nov: cancelled, 1 min 18 s"),
        ("syncs_mixed", "20 Nov: failed, 45 min"),
    ],
)
def test_each_day_says_its_numbers(name: str, line: str) -> None:
    """What is not known is said, and is no zero."""
    assert line in lines_of(name)


def test_today_comes_first() -> None:
    """It is what a reader wants to know at once."""
    assert lines_of("syncs_mixed")[0] == "23 Nov: succeeded, 8 min 12 s"
    assert lines_of("bytes_fills")[0].startswith("23 Nov so far: ")
