"""Every procedure as a scenario: how the stage is prepared for it, and what is typed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from sandbox.cloud.sync_script import Cause
from sandbox.slack.messages import Message
from tests.stories.conftest import ANNA, INCIDENTS, Story

_OPERATION = re.compile(r"Operation ([a-z]+-[a-z0-9]+)")
_BUTTON = re.compile(r"confirm [a-z]+-[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One road of a procedure, asked for and confirmed by somebody who may do everything.

    `first` is carried out before the words, `{id}` in them stands for that operation.
    `typed` is the word that a yes has to be typed with, if any.
    """

    words: str
    prepare: Callable[[Project], object] = lambda _: None
    first: str = ""
    typed: str = ""


def fail_sync(project: Project) -> None:
    """Let the next execution fail in all of its attempts."""
    disasters.fail_next_sync(project, Cause.MODEL_NOT_FOUND)


SCENARIOS: Mapping[str, Scenario] = {
    "sync": Scenario("sync"),
    "sync that fails": Scenario("sync", fail_sync),
    "disable": Scenario("disable"),
    "disable that fails": Scenario("disable", disasters.next_revision_fails),
    "enable": Scenario("enable", disasters.disable_flag),
    "undo": Scenario("undo {id}", first="disable"),
    "pause": Scenario("pause nightly"),
    "resume": Scenario("resume nightly", disasters.pause_scheduler),
}
"""By name; each procedure has at least one, a failing road where that ends differently."""


def carry_out(story: Story, scenario: Scenario) -> Message:
    """Type the words, say yes where that is asked for; return the operation's message."""
    words = scenario.words
    if scenario.first:
        message = _set_going(story, scenario.first, "")
        story.until_ended(message)
        found = _OPERATION.search(message.text)
        assert found is not None, message.text
        words = words.format(id=found[1])
    return _set_going(story, words, scenario.typed)


def _set_going(story: Story, words: str, typed: str) -> Message:
    answer = story.ask(words, user=ANNA)
    if not answer.text.startswith("Plan: "):
        return answer
    known = {one.ts for one in story.public()}
    if typed:
        button = _BUTTON.search(str(answer.blocks))
        assert button is not None, answer.text
        story.person(ANNA).slash(INCIDENTS, f"/cache {button[0]} {typed}")
    else:
        story.person(ANNA).click(answer, "Confirm")
    return story.answer(known)
