"""Stories of pictures: numbers at once, the chart into the same message, once, or a word why."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.faults import Fault, Phase, Refuse
from sandbox.slack.messages import Message
from sandbox.stage import Setup, Stage
from tests.stories.conftest import BRISK, INCIDENTS, OLGA, PATIENCE, Story, play

COMPLETE = "files.completeUploadExternal"
SETTINGS = {**BRISK, "CACHEBOT_PICTURE_SECONDS": "1"}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One stage and one bot for those stories that leave nothing behind."""
    yield from play(tmp_path_factory.mktemp("stage"), Setup(speed=400, settings=SETTINGS))


def images(message: Message) -> list[dict[str, object]]:
    """Return the pictures that a message shows."""
    return [block for block in message.blocks if block["type"] == "image"]


def until_shown(story: Story, message: Message) -> str:
    """Wait until a message shows its picture; return its alternative text."""
    story.stage.slack.wait_for(lambda: images(message), PATIENCE)
    (image,) = images(message)
    return str(image["alt_text"])


def uploads(stage: Stage) -> int:
    """Count the files that were finished."""
    return len(stage.faults.seen(COMPLETE))


@pytest.mark.parametrize(
    ("words", "number", "finding"),
    [
        ("hits 7d", "startups)", "Hit rate "),
        ("size", "noncurrent", "% of 10.0 GB"),
        ("history", "took", "syncs succeeded"),
    ],
)
def test_an_answer_gets_its_picture(gallery: Story, words: str, number: str, finding: str) -> None:
    """The numbers come first; then Slack shows the chart, whose words state what it shows."""
    before = uploads(gallery.stage)
    message = gallery.ask(words)
    assert number in message.text
    assert finding in until_shown(gallery, message)
    assert finding in message.text, "a screen reader hears it without the picture"
    assert uploads(gallery.stage) == before + 1


def test_an_upload_that_is_refused_leaves_the_numbers(gallery: Story) -> None:
    """The message says that the picture could not be shown, and why."""
    gallery.stage.faults.add(Fault("files.getUploadURLExternal", Refuse("not_allowed"), times=1))
    message = gallery.ask("size")
    assert "noncurrent" in message.text
    gallery.stage.slack.wait_for(lambda: "could not be shown" in message.text, PATIENCE)
    assert "not_allowed" in message.text
    assert "noncurrent" in message.text
    assert images(message) == []
    gallery.stage.slack.workspace.rejections.clear()


def test_processing_that_never_ends_leaves_the_numbers(gallery: Story) -> None:
    """Slack is not asked to show what it has not looked at, and not waited for for ever."""
    files = gallery.stage.slack.workspace.files
    usual, files.processing = files.processing, timedelta(days=900)
    message = gallery.ask("history")
    assert "took" in message.text
    gallery.stage.slack.wait_for(lambda: "could not be shown" in message.text, PATIENCE)
    files.processing = usual
    assert images(message) == []


@pytest.mark.parametrize("phase", [Phase.BEFORE, Phase.APPLIED])
def test_a_bot_killed_in_the_middle_of_an_upload_comes_back_to_one_picture(
    tmp_path: Path, phase: Phase
) -> None:
    """The next process goes on with the file that is there, in the message that is there."""
    stage = Stage(tmp_path, Setup(speed=400, settings=SETTINGS)).start()
    try:
        dying, killed = stage.start_bot(name="dying"), threading.Event()

        def kill(method: str, at: Phase) -> None:
            if method == COMPLETE and at is phase and not killed.is_set():
                dying.kill()
                killed.set()

        stage.faults.watch(kill)
        stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache size")
        assert killed.wait(PATIENCE)
        story = Story(stage, stage.start_bot())
        (message,) = story.public()
        assert "noncurrent" in message.text
        until_shown(story, message)
        assert story.public() == [message]
        assert len(stage.faults.seen("files.getUploadURLExternal")) == 1
        story.bot.kill()
        assert "Traceback" not in story.bot.log.read_text()
    finally:
        stage.stop()
