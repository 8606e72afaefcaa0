"""Stories of the bot dying in the middle of a call and being started again.

That it may die between any two steps of any procedure is told in `test_crashes`.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from sandbox.cloud.deployment import SERVICE
from sandbox.faults import Fault, Hang, Phase
from sandbox.stage import Setup, Stage
from tests.stories.conftest import (
    BRISK,
    INCIDENTS,
    LIST_ENTRIES,
    OLGA,
    RUN_JOB,
    UPDATE_SERVICE,
    Story,
)
from tests.stories.procedures import SCENARIOS, carry_out

REWRITE = "storage.objects.rewrite"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage without a bot."""
    made = Stage(tmp_path, Setup(speed=400, settings=BRISK)).start()
    yield made
    made.stop()


def the_one_message(story: Story) -> str:
    """Wait until the only message of the bot has reached its end, and return its text."""
    story.stage.slack.wait_for(lambda: bool(story.public()), 60)
    text = story.until_ended(story.public()[0])
    assert len(story.public()) == 1, "one message tells of the operation, not one per process"
    story.bot.kill()
    assert "Traceback" not in story.bot.log.read_text()
    return text


def written(stage: Stage) -> Counter[str]:
    """Count how often each object has been written."""
    bucket = stage.project.bucket
    return Counter(one.name for one in bucket.list(versions=True))


def kill_at(stage: Stage, bot: BotProcess, method: str, phase: Phase) -> threading.Event:
    """Kill a bot in the middle of its first call of a method; the event tells that it is dead."""
    killed, met = threading.Event(), threading.Event()

    def kill(seen: str, at: Phase) -> None:
        if seen == method and at is phase and not met.is_set():
            met.set()
            bot.kill()
            killed.set()

    stage.faults.watch(kill)
    return killed


@pytest.mark.parametrize(
    ("method", "phase"),
    [
        ("conversations.info", Phase.BEFORE),
        (RUN_JOB, Phase.BEFORE),
        (RUN_JOB, Phase.APPLIED),
        ("chat.postMessage", Phase.BEFORE),
        ("chat.postMessage", Phase.APPLIED),
        ("chat.update", Phase.APPLIED),
    ],
)
def test_a_bot_killed_in_the_middle_of_a_call_comes_back_to_one_sync_and_one_message(
    stage: Stage, method: str, phase: Phase
) -> None:
    """The call was sent or even applied, and its answer met nobody: no doubles, nothing lost."""
    before = len(stage.project.state.executions.all())
    bot = stage.start_bot(name="dying")
    killed = kill_at(stage, bot, method, phase)
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache sync")
    assert killed.wait(60)
    text = the_one_message(Story(stage, stage.start_bot()))
    assert text.startswith("Sync of the model cache: done")
    assert len(stage.project.state.executions.all()) == before + 1


@pytest.mark.parametrize("phase", Phase)
def test_a_bot_killed_while_it_changes_the_service_makes_one_revision(
    stage: Stage, phase: Phase
) -> None:
    """A change that was applied is recognised by its stamp, one that was not is made again."""
    story = Story(stage, stage.start_bot(name="dying"))
    card = story.ask("disable")
    before = len(stage.project.state.revisions_of(SERVICE))
    killed = kill_at(stage, story.bot, UPDATE_SERVICE, phase)
    story.person().click(card, "Confirm")
    assert killed.wait(60)
    story = Story(stage, stage.start_bot())
    stage.slack.wait_for(lambda: len(story.public()) == 2, 60)
    assert story.until_ended(story.public()[1]).splitlines()[0].endswith("done")
    assert len(stage.project.state.revisions_of(SERVICE)) == before + 1
    story.bot.kill()


def test_a_bot_killed_in_the_middle_of_restoring_writes_no_object_twice(stage: Stage) -> None:
    """What is restored already is seen in the bucket; only what is left is written."""
    story = Story(stage, stage.start_bot(name="dying"))
    before = written(stage)
    killed = kill_at(stage, story.bot, REWRITE, Phase.APPLIED)
    with ThreadPoolExecutor(1) as pool:
        successor = pool.submit(lambda: stage.start_bot() if killed.wait(60) else story.bot)
        message = carry_out(story, SCENARIOS["rollback"])
        story = Story(stage, successor.result(60))
    assert story.until_ended(message).splitlines()[0].endswith("done")
    assert max((written(stage) - before).values()) == 1
    assert len(story.public()) == 2, "the plan and the operation"
    story.bot.kill()


def test_a_question_that_was_under_way_is_answered_after_the_restart(stage: Stage) -> None:
    """Nothing typed is lost: the message that said "looking" gets its answer."""
    bot = stage.start_bot(name="dying")
    asked = threading.Event()
    stage.faults.add(Fault(LIST_ENTRIES, Hang()))
    stage.faults.watch(lambda method, _: asked.set() if method == LIST_ENTRIES else None)
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache hits")
    assert asked.wait(60)
    stage.slack.wait_for(lambda: any(one.bot_id for one in stage.slack.messages(INCIDENTS)), 60)
    bot.kill()
    stage.faults.clear()
    story = Story(stage, stage.start_bot())
    stage.slack.wait_for(lambda: "startups" in story.public()[0].text, 60)
    assert len(story.public()) == 1
    story.bot.kill()
