"""Stories of the other questions, and of who may ask what."""

import pytest

from core.verbs import VERBS
from sandbox.cloud import disasters
from tests.stories.conftest import EVE, INCIDENTS, OLGA, RANDOM, VIC, Story

ANSWERS = {
    "status": "Version 2",
    "manifest": "llama3.2:1b",
    "models": "are complete",
    "versions": "can be restored",
    "hits": "startups)",
    "hits 7d": "startups)",
    "size": "noncurrent",
    "history 3": "took",
    "logs sync errors 7d": "Cache logs",
    "logs service 24h": "Cache logs",
    "doctor": "What only shows by doing it",
    "ops": "no operation yet",
    "audit": "newest first",
}


@pytest.mark.parametrize("words", ANSWERS)
def test_every_question_is_answered(shared_story: Story, words: str) -> None:
    """In the channel, in one message."""
    before = len(shared_story.public())
    assert ANSWERS[words] in shared_story.ask(words).text
    assert len(shared_story.public()) == before + 1


def test_help_shows_what_this_person_may_do(shared_story: Story) -> None:
    """A viewer sees no word that would be refused, an outsider sees none."""
    viewer = shared_story.ask_privately("help", user=VIC)
    operator = shared_story.ask_privately("help", user=OLGA)
    outsider = shared_story.ask_privately("", user=EVE)
    assert "/cache health" in viewer
    assert "/cache sync" not in viewer
    assert "/cache sync" in operator
    assert "You have no role here" in outsider


def test_the_doctor_names_a_right_that_was_taken(shared_story: Story) -> None:
    """With the commands that fail without it, and where the role for it is."""
    state = shared_story.stage.project.state
    disasters.take_right_to_change_service(shared_story.stage.project)
    told = shared_story.ask("doctor").text
    state.rights.deny()
    assert "run.services.update" in told
    assert "/cache disable" in told
    assert "docs/iam.md" in told


def test_help_on_one_word(shared_story: Story) -> None:
    """The usage and the role that it needs."""
    assert VERBS["sync"].usage in shared_story.ask_privately("help sync", user=VIC)
    assert "no command" in shared_story.ask_privately("help wat")


def test_an_outsider_is_told_privately_that_the_answer_is_no(shared_story: Story) -> None:
    """Not even a look, and the channel does not hear of it."""
    before = len(shared_story.public())
    assert "you have no role" in shared_story.ask_privately("status", user=EVE)
    assert len(shared_story.public()) == before


def test_refusals_are_in_the_audit(shared_story: Story) -> None:
    """Who tried what is as important as who did what."""
    shared_story.ask_privately("sync", user=VIC)
    assert "refused" in shared_story.ask("audit").text


def test_an_operation_can_be_looked_up(story: Story) -> None:
    """By its id, in full, for as long as it is kept."""
    message = story.ask("sync")
    story.until_ended(message)
    operation = next(word for word in message.text.split() if word.startswith("sync-"))
    shown = story.ask(f"show {operation.strip('.,')}").text
    assert "Manifest generation before" in shown
    assert operation.strip(".,") in story.ask("ops").text
    assert "There is no operation" in story.ask("show sync-nosuch").text


def test_a_channel_without_the_bot_is_answered_privately(shared_story: Story) -> None:
    """Where it may not post, the asker gets the answer and learns how to invite the bot."""
    told = shared_story.ask_privately("status", channel=RANDOM)
    assert "/invite" in told


def test_a_mention_in_a_thread_is_answered_in_the_thread(shared_story: Story) -> None:
    """Slash commands do not work in threads; a mention takes the same road."""
    olga = shared_story.person()
    root = olga.say(INCIDENTS, "The hit rate drops, who looks?").message
    assert root is not None
    olga.mention(INCIDENTS, "status", thread_ts=root.ts)

    def answered() -> bool:
        replies = [one for one in shared_story.public() if one.thread_ts == root.ts]
        return any("Version 2" in one.text for one in replies)

    assert shared_story.stage.slack.wait_for(answered, 60)
