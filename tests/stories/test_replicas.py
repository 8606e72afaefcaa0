"""Stories of several bots on one PostgreSQL database: who does what, and who answers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sandbox.bot_process import BotProcess
from sandbox.faults import Fault, Hang
from sandbox.slack.directory import User
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.stage import Setup, Stage
from tests.postgres import fresh_database
from tests.stories.conftest import (
    ANNA,
    BRISK,
    INCIDENTS,
    LIST_ENTRIES,
    OLGA,
    PATIENCE,
    RUN_JOB,
    UPDATE_SERVICE,
    Story,
)

SILENT_SECONDS = 2.0
CLICKS = 5
CREW = (OLGA, ANNA, *(f"U0CREW{number}" for number in range(8)))
"""Ten operators; two of them are at home in the workspace, the others are let in."""


@pytest.fixture
def stage(tmp_path: Path, postgres: str) -> Iterator[Stage]:
    """A stage whose bots share a database; a silent one counts as dead after two seconds."""
    settings = {
        **BRISK,
        "CACHEBOT_DATABASE_URL": fresh_database(postgres),
        "CACHEBOT_SILENT_SECONDS": str(SILENT_SECONDS),
    }
    made = Stage(tmp_path, Setup(speed=40, settings=settings)).start()
    yield made
    made.stop()


def both_connected(stage: Stage) -> tuple[BotProcess, BotProcess]:
    """Start two bots at the same moment and wait until requests may reach either."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda name: stage.start_bot(name=name), ("first", "second"))
    stage.slack.wait_for(lambda: stage.slack.sockets.connected == 2, 30)
    return first, second


def living(stage: Stage) -> int:
    """Count the bots that have not said that they are gone."""
    with psycopg.connect(stage.environment()["CACHEBOT_DATABASE_URL"]) as connection:
        (count,) = connection.execute("select count(*) from executors").fetchone() or (0,)
    return int(count)


def operation_of(stage: Stage) -> str:
    """Return the id of the only operation in the database."""
    with psycopg.connect(stage.environment()["CACHEBOT_DATABASE_URL"]) as connection:
        ((only,),) = connection.execute("select id from operations").fetchall()
    return str(only)


def nothing_broke(*bots: BotProcess) -> None:
    """Check the logs of bots, and end those that still run."""
    for bot in bots:
        bot.kill()
        assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-5000:]


def test_what_a_bot_that_is_killed_for_good_was_doing_is_finished_by_the_other(
    stage: Stage,
) -> None:
    """A sync and a question: the same operation, the same messages, one execution."""
    first, second = stage.start_bot(name="first"), stage.bot(name="second")
    # It listens elsewhere, so that every request reaches the first one.
    second.environment = {**second.environment, "CACHEBOT_SLACK_TRANSPORT": "http"}
    story = Story(stage, first)
    before = story.executions()
    sync = story.ask("sync")
    stage.slack.wait_for(lambda: "Follow the execution: tab" in sync.text, 60)
    second.start()
    stage.faults.add(Fault(LIST_ENTRIES, Hang()))
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache hits")
    stage.slack.wait_for(lambda: len(story.public()) == 2, 60)
    assert "taking over" not in second.log.read_text(), "the first one is alive"
    assert "done" not in sync.text.splitlines()[0], "it is killed in mid-sync"
    first.kill()
    stage.faults.clear()
    hits = story.public()[1]
    stage.slack.wait_for(lambda: "startups" in hits.text, 60)
    assert story.until_ended(sync).startswith("Sync of the model cache: done")
    assert story.public() == [sync, hits]
    assert story.executions() == before + 1
    assert len(stage.faults.seen(RUN_JOB)) == 1
    assert "taking over" in second.log.read_text()
    nothing_broke(first, second)


def test_two_bots_answer_each_request_once_and_hold_one_cache(stage: Stage) -> None:
    """Wherever a request arrives, it is one house: one answer each, one sync at a time."""
    bots = both_connected(stage)
    story = Story(stage, bots[0])
    message = story.ask("sync")
    refused = [story.ask_privately("sync") for _ in range(6)]
    assert all("is already running" in told for told in refused)
    for number in range(1, 7):
        story.ask(f"history {number}")
    assert len(story.public()) == 7
    assert "stops at its next safe point" in story.ask_privately("cancel")
    assert "stopped" in story.until_ended(message).splitlines()[0]
    assert len(stage.faults.seen(RUN_JOB)) == 1
    logs = [bot.log.read_text() for bot in bots]
    assert all('"outcome"' in log for log in logs), "both have answered something"
    assert bots[0].stop() == 0
    assert living(stage) == 1, "who is told to stop says so, and is not waited for"
    nothing_broke(*bots)


def click_all_at_once(story: Story, card: Message) -> None:
    """Let everybody of the crew click Confirm, each as often and at the same moment."""
    clickers = [story.person(user) for user in CREW for _ in range(CLICKS)]
    ready = threading.Barrier(len(clickers))

    def click(person: Person) -> bool:
        ready.wait(PATIENCE)
        return person.click(card, "Confirm", as_seen=seen).acked

    seen = card.revisions[-1]
    with ThreadPoolExecutor(len(clickers)) as pool:
        assert all(pool.map(click, clickers)), "Slack was told in time that each click arrived"


def test_of_fifty_clicks_on_two_bots_one_wins_and_each_other_gets_its_own_answer(
    stage: Stage,
) -> None:
    """Ten people click five times at once: one operation, 49 private answers, no more."""
    for user in CREW[2:]:
        stage.slack.workspace.welcome(User(user, user.lower(), user.title()), "S0ONCALL")
    bots = both_connected(stage)
    story = Story(stage, bots[0])
    card = story.ask("disable")
    click_all_at_once(story, card)

    def answers() -> list[str]:
        return [one.text for user in CREW for one in story.private(user)]

    stage.slack.wait_for(lambda: len(answers()) == CLICKS * len(CREW) - 1, PATIENCE)
    stage.slack.wait_for(lambda: len(story.public()) == 2, PATIENCE)
    assert story.until_ended(story.public()[1]).splitlines()[0].endswith("done")
    stage.slack.wait_for(lambda: "Confirmed by" in card.text, PATIENCE)
    winner = next(user for user in CREW if f"Confirmed by <@{user}>" in card.text)
    told = f"<@{winner}> was faster: {operation_of(stage)} is confirmed already."
    assert [text for text in answers() if told not in text] == []
    assert (len(answers()), len(story.public())) == (CLICKS * len(CREW) - 1, 2)
    assert len(stage.faults.seen(UPDATE_SERVICE)) == 1
    assert {one.error for one in stage.slack.rejections()} <= {"ratelimited"}
    logs = [bot.log.read_text() for bot in bots]
    assert all('"confirm' in log for log in logs), "both have answered clicks"
    nothing_broke(*bots)
