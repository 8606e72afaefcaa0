"""Plan cards in stories: asked for, confirmed by a click or by a typed word."""

import re

from sandbox.slack.messages import Message
from tests.stories.conftest import OLGA, PATIENCE, Story

_ID = re.compile(r"Plan `?([a-z]+-[a-z0-9]+)`?, asked for by")


def proposed(story: Story, words: str) -> Message:
    """Ask for a change and return its plan card."""
    message = story.ask(words)
    assert message.text.startswith("Plan: "), message.text
    return message


def proposal_id(card: Message) -> str:
    """Return the id of the plan that a card shows."""
    found = _ID.search(card.text)
    assert found is not None, card.text
    return found[1]


def confirmed(story: Story, card: Message, user: str = OLGA) -> Message:
    """Click Confirm and return the operation's message."""
    known = {one.ts for one in story.public()}
    story.person(user).click(card, "Confirm")
    return story.answer(known)


def typed(story: Story, card: Message, word: str, user: str = OLGA) -> Message:
    """Confirm by the word that the plan asks for, and return the operation's message."""
    known = {one.ts for one in story.public()}
    story.person(user).slash(card.channel, f"/cache confirm {proposal_id(card)} {word}")
    return story.answer(known)


def told_privately(story: Story, card: Message, button: str, user: str) -> str:
    """Click a button and return what only this person is told."""
    before = len(story.private(user))
    story.person(user).click(card, button)
    story.stage.slack.wait_for(lambda: len(story.private(user)) > before, PATIENCE)
    return story.private(user)[before].text
