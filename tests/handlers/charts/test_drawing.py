"""What is drawn: each day in its place, gaps left open, and never a state by colour alone."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import isnan

import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.image import imread
from matplotlib.text import Annotation

from core.quantities import size_text
from core.series.trends import ByteTrend, HitTrend, SyncTrend
from handlers.charts.drawing import draw, figure_of
from handlers.charts.findings import day_text, finding_of
from handlers.charts.hit_rate import draw_hits
from handlers.charts.stored_bytes import draw_bytes
from handlers.charts.sync_durations import draw_syncs
from tests.handlers.charts.trends import BYTE_TRENDS, HIT_TRENDS, SYNC_TRENDS, TRENDS, hits

DRAWN = {name: one for name, one in TRENDS.items() if finding_of(one)}


def bars(axes: Axes) -> list[BarContainer]:
    """Return the groups of bars, in the order in which they were drawn."""
    return [one for one in axes.containers if isinstance(one, BarContainer)]


def words(axes: Axes) -> list[str]:
    """Return what is written between the axes."""
    return [one.get_text() for one in axes.texts if one.get_text()]


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_a_picture_of_one_size(name: str) -> None:
    """Wide enough for a desktop, and its type big enough for a phone; not an empty card."""
    png = draw(DRAWN[name])
    assert png.startswith(b"\x89PNG")
    assert len(png) < 400_000
    picture = imread(io.BytesIO(png))
    assert picture.shape[:2] == (1000, 1200)
    assert picture[..., 3].min() == 1, "its ground is solid, so it reads on dark and on light"
    assert picture[..., :3].std() > 0.05


@pytest.mark.parametrize("name", DRAWN)
def test_no_two_words_overprint_each_other(name: str) -> None:
    """On the smallest screen as on the largest: all of it is drawn to one scale."""
    figure = figure_of(DRAWN[name])
    figure.canvas.draw()
    for axes in figure.axes:
        labels = [*axes.get_xticklabels(), *axes.texts]
        boxes = [(one.get_text(), one.get_window_extent()) for one in labels if one.get_text()]
        for (said, box), (other, its) in combinations(boxes, 2):
            assert not box.overlaps(its), f"{said!r} and {other!r}"


def test_the_same_chart_is_the_same_bytes_from_every_thread() -> None:
    """Nothing is shared between drawings, and nothing in a picture tells when it was drawn."""
    charts = list(DRAWN.values())[::3]
    alone = [draw(chart) for chart in charts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, charts)) == alone


def test_a_day_without_data_is_a_gap_and_not_a_zero() -> None:
    """The line breaks off and the place is shaded; so it is where nothing started."""
    trend = HIT_TRENDS["gaps"]
    above, below = draw_hits(trend, "t").axes
    heights = [float(value) for value in above.lines[0].get_ydata()]  # type: ignore[arg-type, union-attr]  # a list of numbers
    assert [isnan(value) for value in heights] == [
        one.counts is None or one.counts.rate is None for one in trend.days
    ]
    for axes in (above, below):
        assert [word for word in words(axes) if word in ("?", "no data")] == ["?", "no data"]


def test_days_without_startups_say_so() -> None:
    """White and without a word they would look like an oversight, beside those without data."""
    _, several = draw_hits(HIT_TRENDS["gaps"], "t").axes
    assert words(several).count("idle") == 1
    _, weekend = draw_hits(HIT_TRENDS["weekend"], "t").axes
    assert words(weekend) == ["no startups"]
    _, every_day = draw_hits(HIT_TRENDS["week"], "t").axes
    assert words(every_day) == []


def test_the_day_that_the_title_names_carries_its_number() -> None:
    """Another day may have been as low."""
    trend = HIT_TRENDS["twice_as_low"]
    above, _ = draw_hits(trend, "t").axes
    (place,) = [
        one.xy[0] for one in above.texts if isinstance(one, Annotation) if "85" in one.get_text()
    ]
    assert day_text(trend.days[int(place)].day) == "20 Nov"
    assert "20 Nov" in finding_of(trend)


def test_misses_are_stacked_by_reason_each_with_a_hatch_of_its_own() -> None:
    """The stack is as high as the misses of its day; the rarest reasons share one colour."""
    trend = HIT_TRENDS["gaps"]
    _, below = draw_hits(trend, "t").axes
    groups = bars(below)
    for place, one in enumerate(trend.days):
        height = sum(group.patches[place].get_height() for group in groups)
        assert height == (sum(one.counts.misses.values()) if one.counts else 0)
    hatches = [group.patches[0].get_hatch() for group in groups]
    assert len(set(hatches)) == len(groups) == 4
    assert None not in hatches


def test_only_known_days_have_a_bar_of_bytes() -> None:
    """Live, noncurrent and soft-deleted on one another, and the lines that they are held to."""
    trend = BYTE_TRENDS["gaps"]
    (axes,) = draw_bytes(trend, "t").axes
    stacks: dict[int, float] = {}
    for group in bars(axes):
        (bar,) = group.patches
        place = round(bar.get_x() + bar.get_width() / 2)
        stacks[place] = stacks.get(place, 0) + bar.get_height()
    known = {place: one.held for place, one in enumerate(trend.days) if one.held is not None}
    assert set(stacks) == set(known)
    for place, held in known.items():
        assert stacks[place] * 1e9 == pytest.approx(held.counted + (held.soft_deleted or 0))
    assert {"capacity 10 GB", "80 %", "?", "no data"} <= set(words(axes))
    assert words(axes).count("?") == 2, "a day that is not known, and soft-deleted bytes"


def test_the_day_on_which_it_is_full_is_written_where_there_is_one() -> None:
    """And nowhere else."""
    (filling,) = draw_bytes(BYTE_TRENDS["fills"], "t").axes
    assert "full 28 Nov" in words(filling)
    (over,) = draw_bytes(BYTE_TRENDS["over"], "t").axes
    assert not [word for word in words(over) if word.startswith("full")]


def test_a_day_beyond_the_axis_is_pointed_to() -> None:
    """The label stands over another day's tick, so it says that it is not there."""
    (far,) = draw_bytes(BYTE_TRENDS["far"], "t").axes
    assert "\u2192 full 14 Dec" in words(far)


@pytest.mark.parametrize("name", ["dropped", "dropped_before", "dropped_fills", "flood"])
def test_soft_deleted_bytes_do_not_flatten_what_counts(name: str) -> None:
    """The axis ends where the lines can still be told apart; the rest is said in words."""
    trend = BYTE_TRENDS[name]
    (axes,) = draw_bytes(trend, "t").axes
    held = [one.held for one in trend.days if one.held is not None]
    counted = max(one.counted for one in held)
    assert axes.get_ylim()[1] * 1e9 <= 1.5 * max(trend.capacity_bytes, counted)
    (told,) = [word for word in words(axes) if word.endswith("soft-deleted")]
    most = max(one.soft_deleted or 0 for one in held)
    assert told == f"\u2191 up to {size_text(most)} soft-deleted"


def test_soft_deleted_bytes_that_are_not_known_are_marked() -> None:
    """A bar without them looks like zero."""
    (young,) = draw_bytes(BYTE_TRENDS["young"], "t").axes
    assert words(young).count("?") == 1
    (text,) = [
        text.get_text()
        for text in draw_bytes(BYTE_TRENDS["one_day"], "t").legends[0].get_texts()
        if "soft" in text.get_text()
    ]
    assert text == "soft-deleted: not known"


def test_a_day_with_several_syncs_is_written_once() -> None:
    """Under the first of them."""
    (axes,) = draw_syncs(SYNC_TRENDS["often"], "t").axes
    written = [one.get_text() for one in axes.get_xticklabels()]
    assert len(set(written)) == len(written)
    assert "23 Nov" in written


def test_failed_syncs_carry_a_cross_and_a_hatch() -> None:
    """Colour is not all that tells them from the others."""
    (axes,) = draw_syncs(SYNC_TRENDS["mixed"], "t").axes
    assert words(axes) == ["\u2717", "\u2717", "\u2013"]
    hatches = [group.patches[0].get_hatch() for group in bars(axes)]
    assert hatches == ["", "", "", "///", "///", "", "...", ""]


def test_what_a_log_line_held_is_drawn_letter_for_letter() -> None:
    """A dollar sign begins no formula, and a line break no second line."""
    chart = hits((9, {"$\\frac{1}{$ <!here>\n\x00" * 9: 3, "$x$": 1}))
    assert draw(chart).startswith(b"\x89PNG")


def test_starting_the_bot_imports_no_matplotlib() -> None:
    """It costs a second and 60 MB, which only the first picture has to pay."""
    code = "import sys, bot.app, bot.cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawing_keeps_no_state_that_threads_share() -> None:
    """Pyplot does."""
    code = "import sys, handlers.charts.drawing; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_each_kind_of_chart_is_drawn_somewhere_here() -> None:
    """No kind can be added without being looked at."""
    assert {type(one) for one in DRAWN.values()} == {HitTrend, ByteTrend, SyncTrend}
