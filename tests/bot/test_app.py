"""The whole bot as a process: what it does when it is told to stop, and when Slack stumbles."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.faults import Fault, Hang, LoseReply, Refuse
from sandbox.stage import Setup, Stage
from tests.stories.conftest import BRISK, INCIDENTS, LIST_ENTRIES, OLGA, RUN_JOB, Story
from tests.waiting import eventually


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage without a bot."""
    made = Stage(tmp_path, Setup(speed=400, settings=BRISK)).start()
    yield made
    made.stop()


def test_a_bot_told_to_stop_leaves_its_question_to_the_next_one(stage: Stage) -> None:
    """A deploy in the middle of an answer shows nobody an error and loses nothing."""
    leaving = stage.start_bot(name="leaving")
    story = Story(stage, leaving)
    stage.faults.add(Fault(LIST_ENTRIES, Hang()))
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache hits")
    stage.slack.wait_for(lambda: len(story.public()) == 1, 60)
    assert eventually(lambda: bool(stage.faults.seen(LIST_ENTRIES)))
    assert leaving.stop() == 0
    assert "Looking" in story.public()[0].text
    stage.faults.clear()
    coming = stage.start_bot(name="coming")
    stage.slack.wait_for(lambda: "startups" in story.public()[0].text, 60)
    assert len(story.public()) == 1
    assert story.private() == []
    coming.kill()
    for bot in (leaving, coming):
        assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-3000:]


@pytest.mark.parametrize(("words", "found"), [("status", "Version 2"), ("sync", "done")])
def test_a_message_whose_receipt_is_lost_is_posted_once(
    stage: Stage, words: str, found: str
) -> None:
    """Neither the library nor the bot posts it a second time."""
    story = Story(stage, stage.start_bot())
    stage.faults.add(Fault("chat.postMessage", LoseReply(), times=1))
    stage.slack.as_user(OLGA).slash(INCIDENTS, f"/cache {words}")
    stage.slack.wait_for(lambda: any(found in one.text for one in story.public()), 60)
    assert len(story.public()) == 1
    assert len(stage.faults.seen(RUN_JOB)) == (words == "sync")
    story.bot.kill()


def readiness(url: str) -> tuple[int, list[str]]:
    """Ask whether the bot is ready; return the status and the problems."""
    request = urllib.request.Request(f"{url}/readyz")  # noqa: S310 - of this test, on loopback
    opener = urllib.request.build_opener(_EvenErrors())
    with opener.open(request, timeout=10) as answer:
        return answer.status, json.load(answer)["problems"]


class _EvenErrors(urllib.request.HTTPErrorProcessor):
    """Takes every status for an answer."""

    def http_response(self, _request: object, response: object) -> object:
        return response


def test_a_bot_that_starts_without_slack_goes_on_with_its_work_and_waits(stage: Stage) -> None:
    """It does not end and start again: that would cost an operation its tries."""
    bot = stage.bot()
    stage.faults.add(Fault("apps.connections.open", Refuse(503)))
    stage.faults.add(Fault("auth.test", Refuse(503)))
    bot.start()
    status, problems = readiness(bot.url)
    assert status == 503
    assert any("Socket Mode" in problem for problem in problems)
    stage.faults.clear()
    stage.slack.wait_for(lambda: stage.slack.sockets.connected, 60)
    story = Story(stage, bot)
    assert "Version 2" in story.ask("status").text
    bot.kill()


def test_a_second_bot_on_the_same_file_is_refused(stage: Stage) -> None:
    """With what to do instead, by exit code two; the first one does not notice."""
    first, second = stage.start_bot(name="first"), stage.bot(name="second")
    with pytest.raises(RuntimeError, match="Another cachebot already uses"):
        second.start()
    assert second.wait_for_end() == 2
    assert first.running
    first.kill()
