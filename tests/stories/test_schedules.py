"""Stories of schedules: what is due is done once, whoever dies, and told when it was not."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update

from core.schedules.schedule import ScheduleName
from core.schedules.slots import SlotState
from core.store.tables import schedules
from sandbox.faults import Fault, Hang
from sandbox.stage import Setup, Stage
from tests.postgres import fresh_database
from tests.stories.conftest import BRISK, CACHE, LIST_ENTRIES, OLGA, Story
from tests.stories.plan_cards import confirmed, proposed
from tests.stories.slots import begun, gaps, key_of, minute_ago, posted, since_when
from tests.waiting import eventually

WEEKLY, STALE = ScheduleName.WEEKLY_REPORT, ScheduleName.STALENESS_CHECK
OFF = {
    "CACHEBOT_WEEKLY_REPORT": "",
    "CACHEBOT_STALENESS_CHECK": "",
    "CACHEBOT_REMINDERS": "",
    "CACHEBOT_RETENTION": "",
}


@pytest.fixture
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage with schedules told in the cache's channel; no bot runs yet."""
    settings = {**BRISK, **OFF, "CACHEBOT_REPORT_CHANNEL": CACHE, **request.param()}
    stage = Stage(tmp_path, Setup(speed=400, settings=settings)).start()
    yield stage
    stage.stop()


def put_back(stage: Stage, schedule: ScheduleName, span: timedelta) -> None:
    """Have a schedule's times have counted so long already while the bot was away."""
    since = since_when(stage, schedule)
    assert since is not None
    engine = create_engine(stage.environment()["CACHEBOT_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(update(schedules).values(since=since - span))
    engine.dispose()


def ten_minutes_ago() -> dict[str, str]:
    """Have the report be due every hour, the last time ten minutes ago."""
    return {"CACHEBOT_WEEKLY_REPORT": minute_ago(10), "CACHEBOT_TIME_ZONE": "Europe/Berlin"}


@pytest.mark.parametrize("staged", [ten_minutes_ago], indirect=True)
def test_a_bot_that_was_away_and_dies_in_mid_report_posts_it_once_and_says_how_late(
    staged: Stage,
) -> None:
    """The newest report alone, by the process that comes after; the older ones are missed."""
    bot = staged.start_bot()
    assert eventually(lambda: since_when(staged, WEEKLY))
    assert bot.stop() == 0
    assert begun(staged, WEEKLY) == [], "what was due before the bot came is not made up for"
    put_back(staged, WEEKLY, timedelta(hours=3))
    staged.faults.add(Fault(LIST_ENTRIES, Hang()))
    bot.start()
    assert eventually(lambda: staged.faults.seen(LIST_ENTRIES))
    bot.kill()
    staged.faults.clear()
    assert posted(staged) == []
    bot.start()
    staged.connect(bot)
    assert eventually(lambda: posted(staged))
    assert eventually(lambda: begun(staged, WEEKLY)[-1].state is SlotState.DONE)
    missed_first, missed_second, done = begun(staged, WEEKLY)
    assert {missed_first.state, missed_second.state} == {SlotState.MISSED}
    assert done.tries == 2
    story = Story(staged, bot)
    (report,) = story.public(CACHE)
    assert report.text.startswith("Weekly report of the model cache")
    assert "Late by 1" in report.text
    assert report.text.count("Europe/Berlin") == 1
    card = story.ask("schedule").text
    assert card.startswith("Schedules: warning")
    assert "[warning] Weekly report: Last: " in card
    assert re.search(r", 1\d min (\d+ s )?late, posted: the verdict", card), card
    assert card.count("Europe/Berlin") == 1
    assert "[not configured] Reminders: Off: CACHEBOT_REMINDERS is empty." in card
    assert posted(staged) == [key_of(done)]
    bot.kill()
    assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-5000:]


def every_three_seconds() -> dict[str, str]:
    """Have reminders come often."""
    return {"CACHEBOT_REMINDERS": "*/3 * * * * *"}


@pytest.mark.parametrize("staged", [every_three_seconds], indirect=True)
def test_a_paused_nightly_trigger_is_reminded_of_until_its_button_is_clicked(
    staged: Stage,
) -> None:
    """By whom it was paused and in which operation; then there is nothing to say."""
    bot = staged.start_bot()
    story = Story(staged, bot)
    assert eventually(lambda: len(begun(staged, ScheduleName.REMINDERS)) > 1)
    assert posted(staged) == []
    story.until_ended(confirmed(story, proposed(story, "pause nightly")))
    assert eventually(lambda: posted(staged))
    reminder = story.public(CACHE)[0]
    assert reminder.text.startswith("Reminder: warning")
    assert "The nightly sync is paused" in reminder.text
    assert f"<@{OLGA}>" in reminder.text
    assert "by pause-" in reminder.text
    known = {one.ts for one in story.public(CACHE)}
    story.person().click(reminder, "Resume the nightly sync")

    def resumed() -> bool:
        new = [one for one in story.public(CACHE) if one.ts not in known]
        return any(one.text.startswith("Resuming ") and ": done" in one.text for one in new)

    assert eventually(resumed)
    count = len(begun(staged, ScheduleName.REMINDERS))
    assert eventually(
        lambda: (
            "nothing to remind of" in begun(staged, ScheduleName.REMINDERS)[-1].outcome
            and len(begun(staged, ScheduleName.REMINDERS)) > count
        )
    )
    bot.kill()
    assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-5000:]


def every_two_seconds() -> dict[str, str]:
    """Have something to tell every time, and the dead be missed soon."""
    return {
        "CACHEBOT_STALENESS_CHECK": "*/2 * * * * *",
        "CACHEBOT_MAXIMUM_SYNC_AGE": "1m",
        "CACHEBOT_SILENT_SECONDS": "2",
    }


@pytest.mark.parametrize("staged", [every_two_seconds], indirect=True)
def test_two_replicas_of_which_one_is_killed_miss_and_double_no_slot(
    staged: Stage, postgres: str
) -> None:
    """Every two seconds one check, each told once; what the dead one had begun as well."""
    staged.setup = Setup(
        speed=400,
        settings={**staged.setup.settings, "CACHEBOT_DATABASE_URL": fresh_database(postgres)},
    )
    bots = [staged.start_bot(name=name) for name in ("first", "second")]
    assert eventually(lambda: len(begun(staged, STALE)) > 2)
    listing = "google.cloud.run.v2.Executions/ListExecutions"
    staged.faults.add(Fault(listing, Hang()))
    stuck = len(staged.faults.seen(listing))
    assert eventually(lambda: len(staged.faults.seen(listing)) > stuck)
    bots[0].kill()
    staged.faults.clear()
    count = len(begun(staged, STALE))
    assert eventually(
        lambda: (
            len(begun(staged, STALE)) > count + 3
            and all(one.state is SlotState.DONE for one in begun(staged, STALE)[: count + 3])
        )
    )
    bots[1].stop()
    known = [one for one in begun(staged, STALE) if one.state is SlotState.DONE]
    assert gaps(known, timedelta(seconds=2)) == []
    last = bots[1]
    last.start()
    wanted = Counter(key_of(one) for one in known)
    assert eventually(lambda: set(posted(staged)) >= set(wanted))
    assert {Counter(posted(staged))[key] for key in wanted} == {1}
    last.kill()
    for bot in bots:
        assert "Traceback" not in bot.log.read_text(), bot.log.read_text()[-5000:]
