"""Sentences of the core become lines."""

import pytest

from handlers.blocks.card import Code, Line
from handlers.blocks.mrkdwn import mrkdwn
from handlers.blocks.prose import echoing, prose, sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Run `/cache sync` now.", ("Run ", Code("/cache sync"), " now.")),
        ("`a` and `b`", (Code("a"), " and ", Code("b"))),
        (
            "Look at /cache logs sync errors, then run /cache sync.",
            ("Look at ", Code("/cache logs sync errors"), ", then run ", Code("/cache sync"), "."),
        ),
        ("/cache sync repairs it.", (Code("/cache sync"), " repairs it.")),
        ("Run /cache resume nightly.", ("Run ", Code("/cache resume nightly"), ".")),
        ("one ` alone", ("one ` alone",)),
        ("", ()),
    ],
)
def test_what_to_type_becomes_code(text: str, line: Line) -> None:
    """What stands between backticks, and a bare command, is shown as what to type."""
    assert prose(text) == line


def test_empty_sentences_are_passed_over() -> None:
    """Joined sentences have one space between them."""
    assert sentence("One.", "", "Two.") == ("One. Two.",)


def test_somebodys_own_words_are_shown_letter_for_letter() -> None:
    """What looks like an emoji, a mark or a command in them can be copied as it was typed."""
    message = 'I expected "nightly", not ":fire:`x*y*". See `/cache help`.'
    line = echoing(message)
    assert line == (
        'I expected "',
        Code("nightly"),
        '", not "',
        Code(":fire:`x*y*"),
        '". See ',
        Code("/cache help"),
        ".",
    )
    assert "`:fire:" in mrkdwn(line, 500)
