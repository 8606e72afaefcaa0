"""Cards on a terminal carry everything in words, and nothing that a terminal obeys."""

import re
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.blocks import limits
from handlers.blocks.card import (
    Button,
    Card,
    Mark,
    Moment,
    Paragraph,
    Person,
    Preformatted,
    Row,
    Rows,
)
from handlers.blocks.escape import units
from handlers.blocks.text import spoken, to_text
from tests.handlers.blocks.cards import GIANTS, cards


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cards, st.integers(-1, 120))
def test_no_control_sequence_reaches_a_terminal(card: Card, width: int) -> None:
    """Whatever a card holds, its text has no control characters but newlines and tabs."""
    text = to_text(card, width)
    assert text.strip()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", text)
    text.encode()


def test_lines_are_folded_to_the_width() -> None:
    """Sentences keep within the width; tables and foreign lines stay as they are."""
    card = Card("T", Mark.OK, ("word " * 60,), (Preformatted("x" * 200),))
    lines = to_text(card, 60).split("\n")
    assert max(len(line) for line in lines if not line.startswith("  x")) <= 60
    assert "  " + "x" * 200 in lines


def test_the_cap_is_honest() -> None:
    """Lines shown and lines said to be missing add up."""
    rows = tuple(Row(Mark.OK, f"row {n:03}", ("fine " * 20,)) for n in range(200))
    text = spoken(Card("Rows", Mark.OK, (), (Rows(rows),)))
    missing = re.search(r"and (\d+) more lines", text)
    assert missing is not None
    assert len(re.findall(r"row \d{3}", text)) + int(missing[1]) == 200
    assert units(text) <= limits.TEXT


def test_buttons_are_named_even_when_the_rest_is_cut() -> None:
    """Who only hears a message hears that something can be pressed."""
    card = Card("T", Mark.OK, ("x" * 9_000,), (), (Button("a", "Stop it"), Button("b", "Wait")))
    assert spoken(card).endswith("\nButtons: Stop it, Wait")
    assert units(spoken(card)) <= limits.TEXT


def test_giant_cards_have_a_short_text() -> None:
    """The text of any message can be given to chat.update."""
    for card in GIANTS:
        assert 0 < units(spoken(card)) <= limits.TEXT


def test_people_and_moments_are_readable() -> None:
    """A terminal shows the name and the time in UTC; Slack's text mentions the member."""
    at = datetime(2026, 11, 23, 15, 36, tzinfo=UTC)
    line = (Person("U123", "Ada"), " at ", Moment(at))
    card = Card("T", Mark.INFO, line, (Paragraph((Person("U9"),)),))
    assert to_text(card) == "T\nAda at 2026-11-23 15:36 UTC\n\nU9"
    assert spoken(card) == "T\n<@U123> at 2026-11-23 15:36 UTC\n<@U9>"
