"""Properties of the outbox: every message told, once, up to its last state, whatever happens."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.store.database import Database
from core.store.messages import MessageStore, want_alert
from handlers.blocks.card import Card, Code, Mark
from handlers.blocks.slack import to_slack
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.directory import BOT_USER, Manifest
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW, Watch
from tests.handlers.outbox_stage import INCIDENTS, PATIENCE, RANDOM, Stage, said
from tests.sandbox.slack_fixtures import running_slack


@pytest.fixture
def stage(slack: PretendSlack, file_database: Database) -> Iterator[Stage]:
    """A stage of one's own."""
    made = Stage(slack, file_database)
    yield made
    for outbox in made.started:
        outbox.stop()


def test_a_message_is_posted_once_and_edited_from_then_on(stage: Stage) -> None:
    """A second put with the same key replaces what it says."""
    outbox = stage.outbox()
    for words in ("looking", "found"):
        outbox.put("k", INCIDENTS, said(words))
        assert outbox.settle("k")
    assert stage.texts() == ["found"]
    (message,) = stage.seen()
    assert len(message.revisions) == 2


def test_what_an_earlier_process_left_untold_is_told(stage: Stage) -> None:
    """It is in the database, not in anybody's memory."""
    stage.outbox("dead").put("k", INCIDENTS, said("left behind"))
    stage.running()
    stage.wait_for_texts("left behind")


def test_edits_of_what_runs_keep_the_pace_and_end_with_the_last_state(stage: Stage) -> None:
    """However often it changes, one edit in two seconds, and the last one is never left out."""
    watch, states = Watch(), [0]
    outbox = stage.outbox(card_of=lambda _: Card("Sync", Mark.RUNNING, (str(states[0]),)))
    moving = stage.outbox(card_of=outbox.card_of, clock=watch)
    MessageStore(stage.database, "me").put("k", INCIDENTS, NOW)
    for _ in range(20):
        states[0] += 1
        stage.change("k")
        moving.tell("k")
        watch.pass_by(timedelta(seconds=0.5))
    watch.pass_by(timedelta(seconds=2))
    moving.tell("k")
    (message,) = stage.seen()
    assert message.text.splitlines()[-1] == "20"
    assert len(message.revisions) <= 7


@pytest.mark.parametrize("trouble", [LoseReply(), Refuse(500)])
def test_a_post_without_an_answer_is_looked_for_before_it_is_repeated(
    stage: Stage, trouble: LoseReply | Refuse
) -> None:
    """Whether it was posted or not, there is one message in the end."""
    stage.slack.faults.add(Fault("chat.postMessage", trouble, times=1))
    watch = Watch()
    outbox = stage.outbox(clock=watch)
    outbox.put("k", INCIDENTS, said("once"))
    outbox.tell("k")
    watch.pass_by(timedelta(seconds=2))
    outbox.tell("k")
    assert stage.texts() == ["once"]
    assert len(stage.slack.faults.seen("conversations.history")) == 1


def test_where_it_may_not_look_it_is_told_twice_rather_than_not(file_database: Database) -> None:
    """A public channel that the bot is not in can be posted to and not read."""
    public = Manifest(scopes=Manifest().scopes | {"chat:write.public"})
    with running_slack(public) as slack:
        stage = Stage(slack, file_database)
        watch = Watch()
        outbox = stage.outbox(clock=watch)
        slack.faults.add(Fault("chat.postMessage", LoseReply(), times=1))
        for words in ("half way", "done"):
            outbox.put("k", RANDOM, said(words))
            outbox.tell("k")
            watch.pass_by(timedelta(minutes=1))
        assert stage.texts("C0RANDOM")[-1] == "done"
        outbox.stop()


@pytest.mark.parametrize(
    ("thread", "heard"), [("incident:0.a", True), ("storm:0.a", False)], ids=["alone", "listed"]
)
def test_the_reply_of_what_is_open_again_is_heard_in_the_channel_once(
    stage: Stage, thread: str, *, heard: bool
) -> None:
    """It is shown there too, even if the answer of Slack is lost; of a storm it is not."""
    watch = Watch()
    card = Card("Open again", Mark.WARNING, ("It is back.",))
    outbox = stage.outbox(card_of=lambda _: card, clock=watch)
    flap = f"flap:2:0:{thread}"
    with stage.database.begin() as connection:
        want_alert(connection, thread, INCIDENTS, NOW)
        want_alert(connection, flap, INCIDENTS, NOW, parent=thread)
    outbox.tell(thread)
    watch.pass_by(timedelta(seconds=2))
    stage.slack.faults.add(Fault("chat.postMessage", LoseReply(), times=1))
    for _ in range(2):
        outbox.tell(flap)
        watch.pass_by(timedelta(seconds=5))
    root, reply = stage.seen()
    assert reply.thread_ts == root.ts
    assert (root.broadcast, reply.broadcast) == (False, heard)


def test_a_deleted_message_is_posted_anew(stage: Stage) -> None:
    """Somebody tidied up; the operation goes on and says so."""
    outbox = stage.running()
    outbox.put("k", INCIDENTS, said("first"))
    stage.wait_for_texts("first")
    stage.slack.workspace.delete(stage.seen()[0])
    outbox.put("k", INCIDENTS, said("second"))
    stage.wait_for_texts("second")


def test_slacks_pace_is_kept(stage: Stage) -> None:
    """Retry-After is waited for, by the clock of the database's rows, and then it is told."""
    watch = Watch()
    outbox = stage.outbox(clock=watch)
    limit = Refuse(429, retry_after_seconds=30)
    stage.slack.faults.add(Fault("chat.postMessage", limit, times=1))
    outbox.put("k", INCIDENTS, said("told"))
    assert outbox.settle("k"), "it is put off, not given up"
    watch.pass_by(timedelta(seconds=29))
    outbox.tell("k")
    assert stage.texts() == []
    watch.pass_by(timedelta(seconds=1))
    outbox.tell("k")
    assert stage.texts() == ["told"]
    assert len(stage.slack.faults.seen("conversations.history")) == 0, "it is known not to be there"


def test_an_outage_of_slack_loses_nothing(stage: Stage) -> None:
    """Tried again ever more slowly, and never given up."""
    watch = Watch()
    outbox = stage.outbox(clock=watch)
    stage.slack.faults.add(Fault("*", Refuse(503)))
    outbox.put("k", INCIDENTS, said("told"))
    for _ in range(300):
        outbox.tell("k")
        watch.pass_by(timedelta(seconds=31))
    stage.slack.faults.clear()
    outbox.tell("k")
    assert stage.texts() == ["told"]


def test_a_channel_that_takes_no_message_is_said_so(stage: Stage) -> None:
    """The listener then tells the asker alone; nothing is tried for ever."""
    outbox = stage.outbox()
    outbox.put("k", RANDOM, said("hidden"))
    assert not outbox.settle("k")
    assert outbox.store.stale(NOW + timedelta(days=1)) == []
    kept = outbox.message("k")
    assert kept is not None
    assert kept.text.endswith("hidden")


def test_a_report_that_its_channel_refuses_is_posted_once_the_bot_is_invited(
    stage: Stage,
) -> None:
    """It is tried every few minutes until the next of its kind is there."""
    watch = Watch()
    outbox = stage.outbox(clock=watch)
    for week in ("47", "48"):
        outbox.put(f"slot:weekly-report/{week}", RANDOM, said(f"week {week}"))
        watch.pass_by(timedelta(days=7))
        outbox.tell("slot:weekly-report/47")
    refused = outbox.store.get("slot:weekly-report/47")
    assert refused is not None
    assert (refused.ts, refused.refused) == ("", "not_in_channel")
    assert outbox.store.stale(watch()) == ["slot:weekly-report/48"]
    outbox.tell("slot:weekly-report/48")
    assert outbox.store.stale(watch()) == []
    stage.slack.workspace.channels["C0RANDOM"].members.add(BOT_USER)
    watch.pass_by(timedelta(minutes=5))
    outbox.tell("slot:weekly-report/48")
    assert stage.texts("C0RANDOM")[-1] == "week 48"
    posted = outbox.store.get("slot:weekly-report/48")
    assert posted is not None
    assert posted.refused == ""


def test_settling_waits_for_another_teller(stage: Stage) -> None:
    """Whether it can be told is only known when the one who has it is through."""
    mine, other = stage.outbox("me"), MessageStore(stage.database, "other")
    mine.put("k", RANDOM, said("hidden"))
    told = other.claim("k", NOW)
    assert told is not None
    answers: list[bool] = []
    settling = threading.Thread(target=lambda: answers.append(mine.settle("k")))
    settling.start()
    other.told("k", told.wanted, NOW)
    settling.join(PATIENCE)
    assert answers == [False]


def test_code_in_a_card_is_told_letter_for_letter(stage: Stage) -> None:
    """What goes through the database comes out as it was."""
    outbox = stage.outbox()
    outbox.put("k", INCIDENTS, to_slack(Card("Cache", Mark.INFO, (Code("a<b>&`c`"),))))
    assert outbox.settle("k")
    assert stage.slack.rejections() == []
    assert "a&lt;b&gt;&amp;" in stage.seen()[0].text
