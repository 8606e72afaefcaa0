"""A story of the word that a destructive plan asks for, in a modal that its button opens."""

import re

from sandbox.faults import Fault, Refuse
from sandbox.slack.messages import Message
from tests.stories.conftest import ANNA, INCIDENTS, OLGA, PATIENCE, VIC, Story
from tests.stories.plan_cards import (
    asked_for_word,
    proposal_id,
    proposed,
    told_privately,
)

CONFIRM = "Confirm\u2026"


def word_of(card: Message) -> str:
    """Return the word that a plan card asks for."""
    found = re.search(r"by typing (\S+) before", card.text)
    assert found is not None, card.text
    return found[1]


def test_a_destructive_plan_is_confirmed_by_its_word_alone(story: Story) -> None:
    """Not by a viewer, not by another word; by the right one even across a restart."""
    card = proposed(story, "rollback")
    word = word_of(card)
    assert "needs the role operator" in told_privately(story, card, CONFIRM, VIC)
    assert story.person(VIC).modal is None
    view, late = asked_for_word(story, card), asked_for_word(story, card, ANNA)
    wrong = story.person().submit(view, {"word": "rollback"}).errors
    assert wrong == {"word": f"To confirm, type {word} exactly."}
    story.bot.kill()
    story.bot.start()
    story.stage.connect(story.bot)
    assert story.person().submit(view, {"word": word}).errors == {}
    story.stage.slack.wait_for(lambda: "Confirmed by <@U0OLGA>" in card.text, PATIENCE)
    assert "was faster" in story.person(ANNA).submit(late, {"word": word}).errors["word"]


def test_where_no_modal_opens_the_plan_is_confirmed_in_words(story: Story) -> None:
    """Whoever clicked is told the words, and they count as the modal does."""
    card = proposed(story, "rollback")
    word = word_of(card)
    story.stage.faults.add(Fault("views.open", Refuse(429), times=1))
    words = f"/cache confirm {proposal_id(card)} {word}"
    assert words in told_privately(story, card, CONFIRM, OLGA).replace("`", "")
    story.person().slash(INCIDENTS, words)
    story.stage.slack.wait_for(lambda: "Confirmed by" in card.text, PATIENCE)
