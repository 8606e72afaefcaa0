"""Every procedure as a scenario: how the stage is prepared for it, and what is typed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from sandbox.cloud.sync_script import Cause
from sandbox.slack.messages import Message
from tests.stories.conftest import ANNA, Story
from tests.stories.plan_cards import asked_for_word, confirmed

_OPERATION = re.compile(r"Operation ([a-z]+-[a-z0-9]+)")
_LONG_AGO = timedelta(days=12)
_WORD = re.compile(r"Type (\S+) to confirm")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One road of a procedure, asked for and confirmed by somebody who may do everything.

    `first` is carried out before the words, `{id}` in them stands for that operation. The stage
    begins so long `ago`; `prepare` lets that time pass. Where a word has to be typed, the one
    that is asked for is.
    """

    words: str
    prepare: Callable[[Project], object] = lambda _: None
    first: str = ""
    ago: timedelta = timedelta()


def fail_sync(project: Project) -> None:
    """Let the next execution fail in all of its attempts."""
    disasters.fail_next_sync(project, Cause.MODEL_NOT_FOUND)


def leave_leftovers(project: Project) -> None:
    """Let syncs have died long ago, with one leftover noncurrent and nothing tidied up."""
    disasters.remove_lifecycle(project)
    disasters.fill_bucket(project)
    project.bucket.delete(max(one.name for one in project.bucket.list(".tmp/sbert-")))
    project.clock.advance(_LONG_AGO)


def lose_for_good(project: Project) -> None:
    """Lose the bucket for good, and the sync that would fill a new one too."""
    disasters.delete_bucket_for_good(project)
    fail_sync(project)


SCENARIOS: Mapping[str, Scenario] = {
    "sync": Scenario("sync"),
    "sync that fails": Scenario("sync", fail_sync),
    "disable": Scenario("disable"),
    "disable that fails": Scenario("disable", disasters.next_revision_fails),
    "enable": Scenario("enable", disasters.disable_flag),
    "rollback": Scenario("rollback previous"),
    "update": Scenario("update llm=llama3.2:3b embedding=BAAI/bge-small-en-v1.5"),
    "update that fails": Scenario("update llm=lama3.2:3b"),
    "cleanup": Scenario("cleanup versions", leave_leftovers, ago=_LONG_AGO),
    "recover": Scenario("recover", disasters.delete_bucket),
    "recover from nothing": Scenario("recover", disasters.delete_bucket_for_good),
    "recover that fails": Scenario("recover", lose_for_good),
    "undo": Scenario("undo {id}", first="disable"),
    "undo of an update": Scenario("undo {id}", first="update llm=llama3.2:3b"),
    "undo of a rollback": Scenario("undo {id}", first="rollback previous"),
    "pause": Scenario("pause nightly"),
    "resume": Scenario("resume nightly", disasters.pause_scheduler),
}
"""By name; each procedure has at least one, a failing road where that ends differently."""


def carry_out(story: Story, scenario: Scenario) -> Message:
    """Type the words, say yes where that is asked for; return the operation's message."""
    words = scenario.words
    if scenario.first:
        message = _set_going(story, scenario.first)
        story.until_ended(message)
        found = _OPERATION.search(message.text)
        assert found is not None, message.text
        words = words.format(id=found[1])
    return _set_going(story, words)


def _set_going(story: Story, words: str) -> Message:
    answer = story.ask(words, user=ANNA)
    if not answer.text.startswith("Plan: "):
        return answer
    if "Buttons: Confirm\u2026" not in answer.text:
        return confirmed(story, answer, ANNA)
    known = {one.ts for one in story.public()}
    view = asked_for_word(story, answer, ANNA)
    word = _WORD.search(str(view.blocks))
    assert word is not None, view.blocks
    story.person(ANNA).submit(view, {"word": word[1]})
    return story.answer(known)
