"""The stage of the stories: a pretend cloud, a pretend Slack, and the bot as its own process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.stage import Setup, Stage

OLGA, ANNA, VIC, EVE = "U0OLGA", "U0ANNA", "U0VIC", "U0EXT"
INCIDENTS, CACHE, RANDOM = "C0INCIDENTS", "C0CACHE", "C0RANDOM"
RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"
UPDATE_SERVICE = "google.cloud.run.v2.Services/UpdateService"
LIST_ENTRIES = "google.logging.v2.LoggingServiceV2/ListLogEntries"

DECIDED = ("confirmed", "cancelled", "expired", "replaced")
"""How the title of a plan's card ends that waits no longer."""

PATIENCE = 60.0
"""Seconds that a story waits for what has to happen; generous, as machines differ."""

BRISK = {
    "CACHEBOT_POLL_SECONDS": "0.3",
    "CACHEBOT_LOGS_SECONDS": "2",
    "CACHEBOT_GRACE_SECONDS": "2",
    "CACHEBOT_EDIT_SECONDS": "0.5",
}


@dataclass
class Story:
    """What a story acts with and looks at."""

    stage: Stage
    bot: BotProcess

    def person(self, user: str = OLGA) -> Person:
        """Return somebody at their screen."""
        return self.stage.slack.as_user(user)

    def ask(self, words: str, *, user: str = OLGA, channel: str = INCIDENTS) -> Message:
        """Type a slash command and return its finished answer in the channel."""
        known = {one.ts for one in self.public(channel)}
        outcome = self.person(user).slash(channel, f"/cache {words}".strip())
        assert outcome.ack is not None
        assert outcome.ack.ok, outcome.ack
        return self.answer(known, channel)

    def answer(self, known: set[str], channel: str = INCIDENTS) -> Message:
        """Wait for a message of the bot that was not there before, and that is finished."""

        def finished() -> Message | None:
            new = [one for one in self.public(channel) if one.ts not in known]
            return next((one for one in new if "Looking:" not in one.text), None)

        found = self.stage.slack.wait_for(finished, PATIENCE)
        assert found is not None
        return found

    def ask_privately(self, words: str, *, user: str = OLGA, channel: str = INCIDENTS) -> str:
        """Type a slash command and return what only the asker was told."""
        before = len(self.private(user))
        outcome = self.person(user).slash(channel, f"/cache {words}".strip())
        assert outcome.ack is not None
        assert outcome.ack.ok, outcome.ack
        self.stage.slack.wait_for(lambda: len(self.private(user)) > before, PATIENCE)
        return self.private(user)[before].text

    def public(self, channel: str = INCIDENTS) -> list[Message]:
        """Return what the bot has said in a channel, but for what nobody waits for.

        The first startup after a rollback is told whenever it comes.
        """
        said = [one for one in self.stage.slack.messages(channel) if one.bot_id]
        return [one for one in said if not one.text.startswith("First startup")]

    def private(self, user: str = OLGA) -> list[Message]:
        """Return what the bot has told one person alone."""
        return self.stage.slack.ephemerals(user)

    def until_ended(self, message: Message) -> str:
        """Wait until an operation's message has reached its last state; return its text."""
        ends = ("done", "failing", "failed", "stopped", "unknown", *DECIDED)
        self.stage.slack.wait_for(
            lambda: message.text.splitlines()[0].rsplit(": ", 1)[-1] in ends, PATIENCE
        )
        return message.text

    def executions(self) -> int:
        """Count the executions of the sync job."""
        return len(self.stage.project.state.executions.all())


@pytest.fixture(scope="module")
def shared_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One stage and one bot for a whole module of stories that leave nothing behind."""
    yield from play(tmp_path_factory.mktemp("stage"), Setup(speed=400, settings=BRISK))


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A stage and a bot of one's own."""
    yield from play(tmp_path, Setup(speed=400, settings=BRISK))


@pytest.fixture
def slow_story(tmp_path: Path) -> Iterator[Story]:
    """The same with a sync that takes some eight seconds, to act in the middle of it."""
    yield from play(tmp_path, Setup(speed=60, settings=BRISK))


def play(
    folder: Path, setup: Setup, prepare: Callable[[Stage], None] = lambda _: None
) -> Iterator[Story]:
    """Play a story from its beginning to its end; `prepare` lives through what was before."""
    stage = Stage(folder, setup).start()
    try:
        prepare(stage)
        bot = stage.start_bot()
        yield Story(stage, bot)
        expected = ("ratelimited", "not_in_channel")
        rejected = [one for one in stage.slack.rejections() if one.error not in expected]
        bot.kill()
        assert rejected == [], f"Slack refused: {rejected}"
        assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-5000:]
    finally:
        stage.stop()
