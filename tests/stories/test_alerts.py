"""Stories of alerts that come in: over the wire, by both doors, into the database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.alerting import close_alert, fire_alert, repeat_alert, send_test
from sandbox.cloud.channels import PUSH, WEBHOOK, Delivery
from sandbox.faults import Fault, LoseReply
from sandbox.stage import Setup
from tests.stories.conftest import BRISK, PATIENCE, Story, play


@pytest.fixture
def push_story(tmp_path: Path) -> Iterator[Story]:
    """A bot that hears of alerts by Pub/Sub."""
    yield from play(tmp_path, Setup(speed=400, push=True, settings=BRISK))


def rows(story: Story) -> dict[str, tuple[str, str, int]]:
    """Read what the bot's database knows: state, subject and notices of each incident."""
    with sqlite3.connect(story.stage.folder / "cachebot.sqlite") as database:
        found = database.execute("select id, state, subject, notices from incidents").fetchall()
    database.close()
    return {row[0]: (row[1], row[2], row[3]) for row in found}


def test_an_alert_by_webhook_is_kept_before_it_is_answered(story: Story) -> None:
    """Monitoring is asked for its password, gives it, and hears 200 for what is in the database."""
    stage = story.stage
    hits = fire_alert(stage, "hit rate")
    assert stage.project.channels.deliveries == [
        Delivery(WEBHOOK, hits.id, 401),
        Delivery(WEBHOOK, hits.id, 200),
    ]
    assert rows(story) == {hits.id: ("open", "hit rate", 1)}
    usage = fire_alert(stage, "usage")
    repeat_alert(stage, hits)
    close_alert(stage, hits)
    sync = fire_alert(stage, "sync failures")
    assert rows(story) == {
        hits.id: ("closed", "hit rate", 3),
        usage.id: ("open", "bucket usage", 1),
        sync.id: ("open", "sync failures", 1),
    }
    send_test(stage)
    tests = [one for one in rows(story) if one.startswith("test-12345-")]
    assert len(tests) == 1
    assert "pretend-webhook-password" not in story.bot.log.read_text()


def test_an_alert_by_pubsub_is_counted_once_however_often_it_comes(push_story: Story) -> None:
    """A lost answer makes Pub/Sub push the same message again; its token is verified each time."""
    stage = push_story.stage
    stage.faults.add(Fault(PUSH, LoseReply(), times=2))
    incident = fire_alert(stage, "hit rate")
    assert stage.project.channels.wait_for(Delivery(PUSH, incident.id, 200), PATIENCE)
    assert len(stage.project.channels.deliveries) == 3
    assert rows(push_story) == {incident.id: ("open", "hit rate", 1)}
