"""Properties of the command language."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands import (
    Cleanup,
    Command,
    Disable,
    Health,
    Help,
    History,
    Logs,
    Nightly,
    Rollback,
    Show,
    Sync,
    Update,
)
from core.errors import UsageError
from core.signals import LogSource
from core.verbs import VERBS, parse, verb_of
from core.words import LONGEST_TEXT


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("", Help()),
        ("help sync", Help("sync")),
        ("HEALTH", Health()),
        ("health 7d", Health(timedelta(days=7))),
        ("  sync   --dry-run ", Sync(dry_run=True)),
        ("history 3", History(3)),
        ("logs", Logs()),
        ("logs errors service 90m", Logs(LogSource.SERVICE, True, timedelta(minutes=90))),
        ("rollback", Rollback()),
        ("rollback 20261101-020000", Rollback("20261101-020000")),
        ("disable --dry-run mount is  broken", Disable("mount is broken", dry_run=True)),
        ("disable \u2014dry-run", Disable(dry_run=True)),
        ("disable slow \u2014 and broken -- twice", Disable("slow \u2014 and broken -- twice")),
        ("cleanup 14d versions", Cleanup(timedelta(days=14), versions=True)),
        ("update llm=llama3.2:3b", Update(llm="llama3.2:3b")),
        ("update", Update()),
        ("pause nightly", Nightly("pause")),
        ("show sync-abc123", Show("sync-abc123")),
    ],
)
def test_words_become_the_command_they_say(typed: str, command: Command) -> None:
    """What is typed is what is done."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("heatlh", "Did you mean `/cache health`?"),
        ("rolback previous", "Did you mean `/cache rollback`?"),
        ("xyzzy", "`/cache help` lists"),
        ("health yesterday", "Usage: `/cache health [24h|7d]`"),
        ("health 31d", "out of range"),
        ("health 0h", "out of range"),
        ("history 0", "no number from 1 to 50"),
        ("history ٣", "no number from 1 to 50"),
        ("status now", 'I do not know what to do with "now"'),
        ("show", "Something is missing"),
        ("update llm=a llm=b", "given twice"),
        ("update model=a", "cannot read"),
        ("pause daily", 'I expected "nightly"'),
        ("disable --dryrun", "Did you mean --dry-run? Nothing was changed."),
        ("disable \u2014dryrun slow", "Did you mean --dry-run?"),
        ("cleanup --now", "Nothing was changed. Usage"),
        ("status --all", 'I do not know the option "--all". Nothing was changed.'),
        ("sync \x00", "control characters"),
        ("a" * 40_000, "40,000 characters"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(typed: str, said: str) -> None:
    """Nobody is left with "invalid input"."""
    with pytest.raises(UsageError) as caught:
        parse(typed)
    assert said in str(caught.value)


@given(st.text(max_size=LONGEST_TEXT * 2))
def test_any_text_is_a_command_or_a_usage_error(typed: str) -> None:
    """No text whatever makes the parser fail in another way, and errors stay short."""
    said: Command | UsageError
    try:
        said = parse(typed)
    except UsageError as error:
        said = error
    fine = len(str(said)) < 400 if isinstance(said, UsageError) else verb_of(said).word in VERBS
    assert fine


@pytest.mark.parametrize("word", VERBS)
def test_every_word_is_parsed_and_finds_its_way_back(word: str) -> None:
    """Each verb's own command leads back to the verb: for its role, its help and its audit."""
    needed = {
        "show": " x",
        "undo": " x",
        "confirm": " x",
        "decline": " x",
        "update": " llm=a",
        "pause": " nightly",
        "resume": " nightly",
    }
    assert verb_of(parse(word + needed.get(word, ""))).word == word


@pytest.mark.parametrize("word", [word for word, verb in VERBS.items() if verb.destructive])
def test_every_destructive_word_can_be_tried_dry(word: str) -> None:
    """What destroys can be looked at first."""
    assert "--dry-run" in VERBS[word].usage
    needed = {"update": " llm=a", "undo": " x"}
    assert getattr(parse(f"{word}{needed.get(word, '')} --dry-run"), "dry_run", False) is True
