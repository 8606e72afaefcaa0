"""Properties of messages for threads: what they tell people to type works there."""

from core.errors import UsageError
from handlers.blocks import limits
from handlers.blocks.card import Bullets, Card, Mark, Paragraph, Preformatted
from handlers.blocks.errors import card_of_error
from handlers.blocks.prose import prose
from handlers.blocks.slack import Message, to_slack
from handlers.blocks.thread_words import for_thread
from tests.sandbox.slack_fixtures import section


def test_commands_are_named_by_a_mention() -> None:
    """In the text that is read aloud and in every block; nothing else is changed."""
    error = UsageError("`shedule` is no command.", "Did you mean `/cache schedule`?")
    said = for_thread(to_slack(card_of_error(error)))
    assert "/cache" not in str(said)
    assert "Did you mean @cachebot schedule?" in said.text
    assert "`@cachebot schedule`" in str(said.blocks)


def test_what_is_no_command_of_ours_stays() -> None:
    """A path, a word that is none, and what a log says."""
    parts = (
        Bullets((("It lies in /var/cache status unknown, and /cache is the mount.",),)),
        Preformatted("ERROR: /cache sync failed"),
        Paragraph(prose("See `/cache logs`.")),
    )
    before = to_slack(Card("Logs", Mark.INFO, (), parts))
    after = for_thread(before)
    changed = [new for old, new in zip(before.blocks, after.blocks, strict=True) if old != new]
    assert ["@cachebot logs" in str(block) for block in changed] == [True]


def test_a_text_without_room_stays_as_it_is() -> None:
    """Better the way by a slash than a message that Slack refuses."""
    full = "`/cache health`".ljust(limits.SECTION, "x")
    said = for_thread(Message("full", [section(full)]))
    assert said.blocks == [section(full)]
