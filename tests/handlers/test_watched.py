"""Properties of watched channels: alerts of others are taken once, and nothing else is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import Ack

from core.alerts.incidents import IncidentState, KnownIncident, Source, Subject
from core.alerts.intake import Intake
from core.store.database import Database
from handlers.account import Account
from handlers.chat import Chat, slack_client
from handlers.listener import Listener
from handlers.outbox import Outbox
from handlers.watched import Watched, WatchedDoors, text_of
from tests.core.small_desk import NOW, NotedEngine, Watch, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud
from tests.handlers.outbox_stage import no_card

ALERT = {
    "type": "message",
    "subtype": "bot_message",
    "channel": "C0OPS",
    "bot_id": "B0GOOGLE",
    "ts": "1764.0001",
    "text": "",
    "attachments": [{"title": "Tabular Low Cache Hit Rate", "fields": [{"title": "State"}]}],
}


@dataclass
class Stage:
    """The doors, with nobody behind them."""

    doors: WatchedDoors

    def hear(self, **changed: Any) -> None:
        """Hear of a message."""
        ack = Ack()
        self.doors.message(ack, {"event": {**ALERT, **changed}})
        assert ack.response is not None

    def known(self) -> list[KnownIncident]:
        """Return what was taken for an alert."""
        return self.doors.intake.incidents.changed_since(NOW - timedelta(days=1))


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Iterator[Stage]:
    """A bot that watches one channel."""
    desk = desk_on(database, as_cloud(SyncCloud(tmp_path)), NotedEngine(), Watch())
    chat = Chat(slack_client("xoxb-none", "http://127.0.0.1:1/"))
    outbox = Outbox(chat, desk.records.messages, no_card, desk.clock, NOW - NOW)
    listener = Listener(desk, chat, outbox, ThreadPoolExecutor(1), lambda *_: None)
    intake = Intake(desk.records.incidents, desk.clock)
    account = Account("U0CACHEBOT", "B0CACHEBOT")
    yield Stage(WatchedDoors(listener, intake, account, Watched(frozenset({"C0OPS"}))))
    listener.leave()
    outbox.stop()


def test_an_alert_is_taken_once_however_often_it_comes(stage: Stage) -> None:
    """Slack delivers again what it got no answer for; the message is the same."""
    for _ in range(3):
        stage.hear()
    (known,) = stage.known()
    assert (known.state, known.subject) == (IncidentState.OPEN, Subject.HIT_RATE)
    assert known.notice.source is Source.CHANNEL
    assert known.notice.policy == "Tabular Low Cache Hit Rate"


@pytest.mark.parametrize(
    "changed",
    [
        {"channel": "C0LUNCH"},
        {"bot_id": "B0CACHEBOT"},
        {"bot_id": None, "user": "U0OLGA"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"thread_ts": "1764.0000"},
        {"attachments": [{"title": "Disk of the wiki"}]},
        {"text": "Resolved: Tabular Low Cache Hit Rate"},
    ],
)
def test_what_is_no_alert_of_ours_is_passed_over(stage: Stage, changed: dict[str, Any]) -> None:
    """Other channels, people, ourselves, edits, replies, other policies, and the all-clear."""
    stage.hear(**changed)
    assert stage.known() == []


def test_an_all_clear_closes_its_alert_and_no_other(stage: Stage) -> None:
    """Its diagnosis then offers nothing any more; what nobody posted cannot be closed."""
    stage.hear()
    stage.hear(ts="1764.0002", attachments=[{"title": "Tabular Sync Job Failures"}])
    for text in ("Resolved: Tabular Low Cache Hit Rate", "Resolved: Tabular Bucket Usage"):
        stage.hear(ts="1764.0003", attachments=[], text=text)
    states = {one.notice.policy: one.state for one in stage.known()}
    assert states == {
        "Tabular Low Cache Hit Rate": IncidentState.CLOSED,
        "Tabular Sync Job Failures": IncidentState.OPEN,
    }


def test_an_alert_about_something_closed_is_an_alert(stage: Stage) -> None:
    """It is no all-clear."""
    stage.hear(attachments=[{"title": "Tabular: connection closed"}])
    assert len(stage.known()) == 1


def test_an_attachment_is_read_from_its_title_on(stage: Stage) -> None:
    """The first line names the alert: in the diagnosis, and for its all-clear."""
    alert = {"text": "the rate is 0.6", "title": "Firing: Tabular Low Cache Hit Rate"}
    stage.hear(attachments=[alert])
    (known,) = stage.known()
    assert known.notice.policy == "Firing: Tabular Low Cache Hit Rate"


def test_an_alert_may_say_it_anywhere() -> None:
    """In its text, its blocks or its attachments; each line once."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "in a block"}}]
    message = {"text": "first", "blocks": blocks, "attachments": [{"fallback": "first"}]}
    assert text_of(message) == "first\nin a block"
