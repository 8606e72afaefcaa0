"""Messages stay within every limit of Slack, and foreign text stays text."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from slack_sdk.models.blocks import Block as SdkBlock

from handlers.blocks import limits
from handlers.blocks.card import (
    Bullets,
    Button,
    Card,
    Code,
    Facts,
    Line,
    Mark,
    Note,
    Paragraph,
    Person,
    Preformatted,
    Progress,
    Row,
    Rows,
    Strong,
    Table,
)
from handlers.blocks.escape import units
from handlers.blocks.slack import Message, to_slack
from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_blocks
from tests.handlers.blocks.cards import GIANTS, NASTY, cards

# The sequences that cards.py asks for; none of its foreign texts holds one of them.
_OWN = re.compile(
    r"<@(?:U777|W9)>"
    r"|<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>"
    r"|<https?://(?:console\.cloud\.google\.com|127\.0\.0\.1:8080|host)/[^<>|\s]*\|[^<>|]+>"
)
_ENTITY = re.compile("&(?!amp;|lt;|gt;)")


def _objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _marked(message: Message) -> list[dict[str, object]]:
    return [found for found in _objects(message.blocks) if found.get("type") == "mrkdwn"]


def _check(message: Message) -> None:
    assert check_blocks(message.blocks, Surface.MESSAGE) == []
    for block in message.blocks:
        parsed = SdkBlock.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert parsed.to_dict()["block_id"] == block["block_id"]
        assert 0 < len(str(block["block_id"])) <= limits.BLOCK_ID
    assert units(json.dumps(message.blocks, ensure_ascii=False)) <= limits.MESSAGE
    assert 0 < units(message.text.strip()) <= units(message.text) <= limits.TEXT
    for text in (message.text, *(str(found["text"]) for found in _marked(message))):
        assert 0 < units(text) <= limits.SECTION
        assert text.strip()
        assert not re.search("[<>]", _OWN.sub("", text)), text
        assert not _ENTITY.search(_OWN.sub("", text)), text
    assert all(found["verbatim"] is True for found in _marked(message))
    for found in _objects(message.blocks):
        if found.get("type") == "plain_text":
            assert str(found["text"]).strip()
    json.dumps(message.blocks, ensure_ascii=False).encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", json.dumps(message.text))
    assert "\\u001b" not in json.dumps(message.blocks)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cards)
def test_every_card_is_a_message_that_slack_accepts(card: Card) -> None:
    """Whatever a card holds, each limit holds and no foreign text becomes markup."""
    _check(to_slack(card))


@pytest.mark.parametrize("card", GIANTS, ids=lambda card: card.title[:20])
def test_giant_cards_are_cut_honestly(card: Card) -> None:
    """What does not fit is left out within the limits, and the message says so."""
    message = to_slack(card)
    _check(message)
    if card.title:
        assert re.search("\u2026", json.dumps(message.blocks, ensure_ascii=False))


@pytest.mark.parametrize("nasty", NASTY)
def test_foreign_text_is_harmless_everywhere(nasty: str) -> None:
    """A mention or markup in foreign text stays text in every part and in the text."""
    line: Line = (nasty, Code(nasty), Strong(nasty), Person(nasty, nasty))
    card = Card(
        nasty,
        Mark.WARNING,
        line,
        (
            Paragraph(line),
            Bullets((line,)),
            Facts(((nasty, line),)),
            Rows((Row(Mark.OK, nasty, line, line),)),
            Table((nasty,), ((nasty,),)),
            Preformatted(nasty),
            Note((nasty,)),
            Note(line),
            Progress(0.5, nasty),
        ),
        (Button("act", nasty, spoken=nasty),),
    )
    message = to_slack(card)
    _check(message)
    for found in _marked(message):
        assert "<" not in str(found["text"])


def test_cut_rows_are_counted() -> None:
    """Rows shown and rows said to be missing add up to all rows."""
    rows = tuple(Row(Mark.OK, f"row {n:03}", ("fine " * 50,)) for n in range(200))
    text = json.dumps(to_slack(Card("Rows", Mark.OK, (), (Rows(rows),))).blocks)
    shown = len(set(re.findall(r"row \d{3}", text)))
    missing = re.search(r"and (\d+) more", text)
    assert missing is not None
    assert shown + int(missing[1]) == 200
    assert shown > 20


def test_cut_facts_are_counted() -> None:
    """Facts shown and facts said to be missing add up to all facts."""
    pairs = tuple((f"fact {n:03}", ("value " * 30,)) for n in range(200))
    text = json.dumps(to_slack(Card("Facts", Mark.OK, (), (Facts(pairs),))).blocks)
    missing = re.search(r"and (\d+) more", text)
    assert missing is not None
    assert len(set(re.findall(r"fact \d{3}", text))) + int(missing[1]) == 200


def test_cut_characters_are_counted() -> None:
    """A cut sentence says how many of its characters are missing."""
    message = to_slack(Card("Long", Mark.OK, (), (Paragraph(("<" * 40_000,)),)))
    text = str(_marked(message)[0]["text"])
    missing = re.search(r"and ([\d,]+) more characters", text)
    assert missing is not None
    assert text.count("&lt;") + int(missing[1].replace(",", "")) == 40_000


def test_a_long_part_leaves_room_for_the_rest() -> None:
    """What follows a long excerpt is still shown, the buttons too."""
    card = Card(
        "Logs",
        Mark.INFO,
        ("Newest last.",),
        (Preformatted("line\n" * 9_000), Paragraph(("the end " * 35,))),
        (Button("again", "Again"),),
    )
    blocks = to_slack(card).blocks
    assert [block["block_id"] for block in blocks[-2:]] == ["part-1", "buttons-0"]
    assert len(blocks) > 4


def test_block_ids_follow_the_parts() -> None:
    """An edited card keeps the block ids of the parts that stay, however long they grow."""
    short = Card("A", Mark.OK, ("x",), (Paragraph(("p",)), Note(("n",))))
    long = Card("A", Mark.OK, ("x",), (Preformatted("p\n" * 4_000), Note(("n",))))
    assert [block["block_id"] for block in to_slack(short).blocks] == [
        "title", "headline", "part-0", "part-1",
    ]  # fmt: skip
    ids = [block["block_id"] for block in to_slack(long).blocks]
    assert ids[:4] == ["title", "headline", "part-0", "part-0-1"]
    assert ids[-1] == "part-1"


def test_a_button_is_never_changed_to_fit() -> None:
    """A button whose value is too long is left out and counted: cut, it would mean another."""
    card = Card(
        "B", Mark.OK, (), (), (Button("a", "A", value="v" * 2_001), Button("b", "B", value="v"))
    )
    message = to_slack(card)
    text = json.dumps(message.blocks, ensure_ascii=False)
    assert '"action_id": "b"' in text
    assert '"action_id": "a"' not in text
    assert "and 1 more buttons" in text


def test_a_repeated_action_opens_another_block() -> None:
    """Buttons that share an action_id are all shown, each in a block of its own."""
    pair = (Button("b", "One", "1"), Button("b", "Two", "2"), Button("c", "Three", "3"))
    message = to_slack(Card("B", Mark.OK, (), (), pair))
    _check(message)
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert [len(row) for row in rows if isinstance(row, list)] == [1, 2]


def test_no_block_is_rich_text() -> None:
    """Messages use only blocks that chat.update can replace."""
    for card in GIANTS:
        kinds = {str(block["type"]) for block in to_slack(card).blocks}
        assert kinds <= {"header", "section", "context", "actions"}


@pytest.mark.parametrize("mark", Mark)
def test_states_have_a_sign_and_a_word(mark: Mark) -> None:
    """Each state is told by a word beside its sign, in the blocks and in the text."""
    message = to_slack(Card("T", mark, (), (Rows((Row(mark, "check", ("why",)),)),)))
    header, row = str(message.blocks[0]), str(message.blocks[1])
    word = "" if mark is Mark.INFO else mark.value
    assert word in header
    assert word in row
    assert word in message.text


@pytest.mark.parametrize(
    ("ratio", "told", "full"),
    [(0.29, "29 %", 5), (0.999, "99 %", 19), (1.0, "100 %", 20), (1.227, "122 %", 20),
     (-1.0, "0 %", 0), (float("nan"), "0 %", 0), (float("inf"), "0 %", 0)],
)  # fmt: skip
def test_progress_is_never_rounded_up(ratio: float, told: str, full: int) -> None:
    """Only all of it reads 100 %; more than all is a full bar, told as it is."""
    message = to_slack(Card("P", Mark.RUNNING, (), (Progress(ratio, "so far"),)))
    text = str(_marked(message)[0]["text"])
    assert text.count("\u2588") == full
    assert f" {told}\n" in text
    assert f"{told}: so far" in message.text


def test_progress_may_be_told_as_the_rest_of_its_message_tells_it() -> None:
    """One share is not written in two ways."""
    message = to_slack(Card("P", Mark.INFO, (), (Progress(1.737, "17 of 10", "173.7 %"),)))
    assert " 173.7 %\n" in str(_marked(message)[0]["text"])
    assert "173.7 %: 17 of 10" in message.text
