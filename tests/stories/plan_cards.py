"""Plan cards in stories: asked for, confirmed by a click or by a typed word."""

import re

from sandbox.slack.messages import Message, View
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


def asked_for_word(story: Story, card: Message, user: str = OLGA) -> View:
    """Click Confirm on a plan that asks for a word, and return the modal that opens."""
    person = story.person(user)
    assert person.click(card, "Confirm\u2026").acked
    view = story.stage.slack.wait_for(lambda: person.modal, PATIENCE)
    assert view is not None
    return view


def typed(story: Story, card: Message, word: str, user: str = OLGA) -> Message:
    """Type the word that a plan asks for, submit it, and return the operation's message."""
    known = {one.ts for one in story.public()}
    view = asked_for_word(story, card, user)
    assert story.person(user).submit(view, {"word": word}).errors == {}
    return story.answer(known)


def told_privately(story: Story, card: Message, button: str, user: str) -> str:
    """Click a button and return what only this person is told."""
    before = len(story.private(user))
    story.person(user).click(card, button)
    story.stage.slack.wait_for(lambda: len(story.private(user)) > before, PATIENCE)
    return story.private(user)[before].text
