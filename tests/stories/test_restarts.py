"""Stories of the bot dying at every moment of a sync and being started again."""

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.deployment import Deployment
from core.executions import SyncJob
from core.procedures.sync import plan_sync
from sandbox.cloud import disasters
from sandbox.cloud.sync_script import Cause
from sandbox.faults import Fault, Hang, Phase
from sandbox.stage import Setup, Stage
from tests.core.reader import MemoryReader, as_reader
from tests.stories.conftest import BRISK, INCIDENTS, LIST_ENTRIES, OLGA, RUN_JOB, Story

JOB = SyncJob(Deployment("p").job, "llama3.2:1b", "BAAI/bge-m3", timedelta(minutes=15), 2)
SYNC = plan_sync(as_reader(MemoryReader(sync_job=JOB)))


def boundaries(steps: range) -> list[str]:
    """List every moment between an effect and its record, for these steps and the end."""
    moments = ("before", "performed", "recorded")
    return [f"sync:{step}:{moment}" for step in steps for moment in moments]


GOOD_ROAD = [*boundaries(range(len(SYNC.steps))), "sync:end:before", "sync:end:recorded"]
BAD_ROAD = boundaries(range(len(SYNC.steps), len(SYNC.steps) + len(SYNC.closing)))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage without a bot."""
    made = Stage(tmp_path, Setup(speed=400, settings=BRISK)).start()
    yield made
    made.stop()


def die_and_come_back(stage: Stage, boundary: str) -> Story:
    """Type /cache sync, let the bot die at that boundary, start another one."""
    dying = stage.start_bot((sys.executable, "-m", "tests.stories.crashing_bot", boundary), "dying")
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache sync")
    assert dying.wait_for_end() == -9, "it was killed at the boundary, it did not end by itself"
    return Story(stage, stage.start_bot())


def the_one_message(story: Story) -> str:
    """Wait until the only message of the bot has reached its end, and return its text."""
    story.stage.slack.wait_for(lambda: bool(story.public()), 60)
    text = story.until_ended(story.public()[0])
    assert len(story.public()) == 1, "one message tells of the operation, not one per process"
    story.bot.kill()
    assert "Traceback" not in story.bot.log.read_text()
    return text


@pytest.mark.parametrize("boundary", GOOD_ROAD)
def test_a_sync_killed_anywhere_ends_as_if_nothing_had_happened(
    stage: Stage, boundary: str
) -> None:
    """Exactly one execution, one final message, the cache proven."""
    before = len(stage.project.state.executions.all())
    text = the_one_message(die_and_come_back(stage, boundary))
    assert text.startswith("Sync of the model cache: done")
    assert len(stage.project.state.executions.all()) == before + 1
    assert len(stage.faults.seen(RUN_JOB)) == 1


@pytest.mark.parametrize("boundary", BAD_ROAD)
def test_a_failed_sync_killed_while_it_looks_at_the_cache_still_says_its_last_word(
    stage: Stage, boundary: str
) -> None:
    """The closing check is taken up again, too."""
    disasters.fail_next_sync(stage.project, Cause.MODEL_NOT_FOUND)
    text = the_one_message(die_and_come_back(stage, boundary))
    assert "file does not exist" in text
    assert "The cache is consistent" in text
    assert len(stage.faults.seen(RUN_JOB)) == 1


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
    killed = threading.Event()

    def kill(seen: str, at: Phase) -> None:
        if seen == method and at is phase and not killed.is_set():
            killed.set()
            bot.kill()

    stage.faults.watch(kill)
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache sync")
    assert killed.wait(60)
    text = the_one_message(Story(stage, stage.start_bot()))
    assert text.startswith("Sync of the model cache: done")
    assert len(stage.project.state.executions.all()) == before + 1


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
