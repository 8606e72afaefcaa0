"""A procedure played on a stage of its own, with a bot that dies where it is told to."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.operations import Operation, StepState
from core.store.database import peek_database
from core.store.operations import OperationStore
from sandbox.bot_process import BotProcess
from sandbox.cloud.project import Layout
from sandbox.slack.messages import Message
from sandbox.stage import Setup, Stage
from tests.stories.conftest import BRISK, PATIENCE, RUN_JOB, UPDATE_SERVICE, Story
from tests.stories.crashing_bot import DEATH
from tests.stories.fingerprint import fingerprint
from tests.stories.procedures import Scenario, carry_out

LIVES = 14
"""Deaths of one operation; the engine gives one up after twenty (`core.engine`)."""

MOMENTS = ("before", "performed", "recorded")

TWICE = {
    RUN_JOB: "a second execution would overwrite what the first one writes",
    UPDATE_SERVICE: "a second revision would be rolled out for the same change",
    "google.cloud.run.v2.Jobs/UpdateJob": "somebody's change in between would be lost",
    "storage.buckets.insert": "whoever made the bucket in between would be told of a failure",
    "storage.buckets.restore": "a bucket that is there cannot be restored",
    "google.cloud.scheduler.v1.CloudScheduler/PauseJob": "somebody may have resumed it since",
    "google.cloud.scheduler.v1.CloudScheduler/ResumeJob": "somebody may have paused it since",
}
"""What must not be called again, and why. Objects are told by how often each was written."""


@dataclass(frozen=True)
class Ending:
    """What is left when an operation has ended, comparable with another one's ending.

    `facts` are the steps' evidence as far as it is words, such as that nothing was joined.
    """

    state: str
    steps: tuple[str, ...]
    facts: dict[str, str]
    titles: tuple[str, ...]
    calls: dict[str, int]
    cloud: dict[str, object]


def boundaries(operation: Operation) -> list[str]:
    """List every moment between an effect and its record, of the steps that were taken."""
    verb, skipped = operation.plan.verb, (StepState.WAITING, StepState.SKIPPED)
    taken = [one.position for one in operation.steps if one.state not in skipped]
    places = [f"{verb}:{position}:{moment}" for position in taken for moment in MOMENTS]
    return [*places, f"{verb}:end:before", f"{verb}:end:recorded"]


def chains(places: Sequence[str]) -> list[Sequence[str]]:
    """Share the boundaries out among as few operations as may be."""
    count = -(-len(places) // LIVES)
    return [places[number::count] for number in range(count)]


def play(folder: Path, scenario: Scenario, deaths: Sequence[str]) -> tuple[Operation, Ending]:
    """Play a scenario on a stage of its own, with a bot that dies at these boundaries."""
    setup = Setup(speed=400, ago=scenario.ago, layout=Layout(seed=7), settings=BRISK)
    stage = Stage(folder, setup).start()
    bot = stage.bot((sys.executable, "-m", "tests.stories.crashing_bot", *deaths))
    try:
        scenario.prepare(stage.project)
        bot.start()
        stage.connect(bot)
        story = Story(stage, bot)
        message = carry_out(story, scenario)
        _in_last_life(story, deaths)
        for told in story.public():
            story.until_ended(told)
        bot.kill()
        operation = _read_operation(stage)
        assert operation.id in message.text, "the last message tells of it"
        return operation, _ending(story, operation)
    except TimeoutError as exc:
        raise TimeoutError(f"{exc}\n{bot.log.read_text()[-5000:]}") from exc
    finally:
        bot.kill()
        stage.stop()


def _title(message: Message) -> str:
    """Return a message's first line, an operation's id in it as its procedure."""
    return re.sub(r"\b([a-z]+)-[a-z0-9]{8}\b", r"\1", message.text.splitlines()[0])


def _in_last_life(story: Story, deaths: Sequence[str]) -> None:
    """Wait until the bot has died everywhere it was to, and lives again."""

    def alive() -> bool:
        return _died_at(story.bot) == list(deaths) and story.stage.slack.sockets.connected == 1

    story.stage.slack.wait_for(alive, PATIENCE)


def _died_at(bot: BotProcess) -> list[str]:
    """Read where the bot has died from its log."""
    lines = bot.log.read_text().splitlines()
    return [line.removeprefix(DEATH) for line in lines if line.startswith(DEATH)]


def _read_operation(stage: Stage) -> Operation:
    """Read the newest operation from the database that the bot left behind."""
    database = peek_database(stage.environment()["CACHEBOT_DATABASE_URL"])
    assert database is not None
    newest = OperationStore(database).latest(1)[0]
    database.close()
    return newest


def _ending(story: Story, operation: Operation) -> Ending:
    """Take down what is left."""
    assert "Traceback" not in story.bot.log.read_text(), story.bot.log.read_text()[-5000:]
    return Ending(
        state=operation.state.value,
        steps=tuple(record.state.value for record in operation.steps),
        facts={name: fact for name, fact in operation.evidence.items() if fact.isalpha()},
        titles=tuple(_title(message) for message in story.public()),
        calls={method: len(story.stage.faults.seen(method)) for method in TWICE},
        cloud=fingerprint(story.stage.project),
    )
