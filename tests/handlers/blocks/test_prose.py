"""Sentences of the core become lines."""

from datetime import UTC, datetime

import pytest

from handlers.blocks.card import Code, Line, Moment
from handlers.blocks.mrkdwn import mrkdwn
from handlers.blocks.prose import echoing, prose, sentence

AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "It failed at 2026-11-23 09:05 UTC; run /cache sync.",
            ("It failed at ", Moment(AT), "; run ", Code("/cache sync"), "."),
        ),
        ("2026-11-23 09:05 UTC", (Moment(AT),)),
        ("on 2026-11-23", ("on 2026-11-23",)),
        ("at 2026-13-77 09:05 UTC", ("at 2026-13-77 09:05 UTC",)),
    ],
)
def test_times_become_moments(text: str, line: Line) -> None:
    """So that one message shows all its times in one form, and in the reader's own zone."""
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
