"""Properties of the outbox in trouble: refused blocks, broken renderers, rivals, no database."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.store.database import Database
from core.store.messages import CLAIM, want_alert
from handlers.blocks.card import Card, Mark, Preformatted
from handlers.blocks.slack import Message, to_slack
from handlers.chat import Chat, slack_client
from handlers.outbox import Outbox
from sandbox.slack.directory import BOT_USER
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW, Watch
from tests.handlers.outbox_stage import INCIDENTS, PATIENCE, RANDOM, Stage, said
from tests.waiting import eventually


@pytest.fixture
def stage(slack: PretendSlack, file_database: Database) -> Iterator[Stage]:
    """A stage of one's own."""
    made = Stage(slack, file_database)
    yield made
    for outbox in made.started:
        outbox.stop()


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "nonsense"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001, "verbatim": True}}],
        [{"type": "divider"}] * 51,
    ],
)
def test_blocks_that_slack_does_not_take_leave_the_text(
    stage: Stage, blocks: list[dict[str, object]]
) -> None:
    """The top-level text says all of it; a mistake in a renderer hides no operation."""
    outbox = stage.outbox()
    outbox.put("k", INCIDENTS, Message("The sync is done.", blocks))
    assert outbox.settle("k")
    assert stage.texts() == ["The sync is done."]
    assert stage.seen()[0].blocks == ()
    outbox.put("k", INCIDENTS, Message("It is done, really.", blocks))
    assert outbox.settle("k")
    assert stage.texts() == ["It is done, really."]


def test_an_alert_is_never_given_up(stage: Stage) -> None:
    """Not invited for hours, or a wrong token: once it is mended it is told, with its reply."""
    watch = Watch()
    stage.slack.pace.enforced = False
    outbox = stage.outbox(card_of=lambda key: Card(key, Mark.FAILING, ("down",)), clock=watch)
    strange = replace(outbox, chat=Chat(slack_client("xoxb-wrong", stage.slack.api_url)))
    with stage.database.begin() as connection:
        want_alert(connection, "incident:0.a", RANDOM, NOW)
        want_alert(connection, "diagnosis:0.a:1", RANDOM, NOW, parent="incident:0.a")
    for refused in (outbox, strange):
        tries = _tell_for(timedelta(hours=2), refused, watch)
        assert 2 * 11 <= tries <= 2 * 12 + 10, "every five minutes or so, after the first ones"
    assert stage.seen("C0RANDOM") == []
    stage.slack.workspace.channels["C0RANDOM"].members.add(BOT_USER)
    _tell_for(timedelta(minutes=6), outbox, watch)
    root, reply = stage.seen("C0RANDOM")
    assert reply.thread_ts == root.ts


def test_a_reply_whose_thread_is_gone_is_given_up(stage: Stage) -> None:
    """Nobody can read it any more."""
    outbox = stage.outbox(card_of=lambda key: Card(key, Mark.FAILING, ("down",)))
    with stage.database.begin() as connection:
        want_alert(connection, "diagnosis:0.a:1", replace(INCIDENTS, thread_ts="1.1"), NOW)
    outbox.tell("diagnosis:0.a:1")
    assert outbox.store.stale(NOW + timedelta(days=1)) == []


def _tell_for(span: timedelta, outbox: Outbox, watch: Watch) -> int:
    """Tell what is stale, again and again; return how often something was."""
    until, tries = watch() + span, 0
    while watch() < until:
        for key in outbox.store.stale(watch()):
            outbox.tell(key)
            tries += 1
        watch.pass_by(timedelta(seconds=30))
    return tries


def test_an_answer_given_again_after_a_crash_may_lack_its_rich_text(stage: Stage) -> None:
    """Slack does not let other blocks take the place of rich text."""
    outbox = stage.outbox()
    logs = to_slack(Card("Logs", Mark.INFO, ("lines",), (Preformatted("line 1"),)))
    for message in (logs, said("looking"), logs):
        outbox.put("k", INCIDENTS, message)
        assert outbox.settle("k")
    assert len(stage.seen()) == 1
    assert "line 1" in stage.seen()[0].text


def test_a_fault_in_rendering_is_shown_by_its_number_and_logged_in_full(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be the database and pass, so it is tried a few times first."""
    watch, broken = Watch(), [True]

    def card_of(_key: str) -> Card:
        if broken[0]:
            raise ZeroDivisionError("secret detail")
        return Card("Sync", Mark.DONE, ("all is well",))

    outbox = stage.outbox(card_of=card_of, clock=watch)
    outbox.store.put("k", INCIDENTS, NOW)
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            outbox.tell("k")
            watch.pass_by(timedelta(minutes=1))
    shown = stage.seen()[0].text
    assert "Internal error" in shown
    assert "secret detail" not in shown
    numbers = [one.args for one in caplog.records if "internal error" in one.getMessage()]
    assert len(numbers) == 1
    assert isinstance(numbers[0], tuple)
    assert str(numbers[0][0]) in shown
    broken[0] = False
    stage.change("k")
    outbox.tell("k")
    assert "all is well" in stage.seen()[0].text


def test_a_frozen_teller_that_wakes_up_does_not_post_a_second_time(stage: Stage) -> None:
    """It had the message, slept for a minute, and another one has posted it by then."""
    rendering, go_on = threading.Event(), threading.Event()
    later = Watch(NOW + CLAIM + timedelta(seconds=1))

    def slowly(_key: str) -> Card:
        rendering.set()
        assert go_on.wait(PATIENCE)
        return Card("Sync", Mark.RUNNING, ("old",))

    frozen = stage.outbox("frozen", card_of=slowly)
    awake = stage.outbox("awake", lambda _: Card("Sync", Mark.DONE, ("new",)), later)
    frozen.store.put("k", INCIDENTS, NOW)
    sleeper = threading.Thread(target=frozen.hurry, args=("k",))
    sleeper.start()
    assert rendering.wait(PATIENCE)
    awake.tell("k")
    go_on.set()
    sleeper.join(PATIENCE)
    assert stage.texts() == ["new"]


def test_two_processes_tell_each_message_once(stage: Stage) -> None:
    """Whoever claims it first."""
    outboxes = [stage.running(name) for name in ("a", "b")]
    for number in range(6):
        for outbox in outboxes:
            outbox.put(f"k{number}", INCIDENTS, said(f"message {number}"))
    stage.slack.wait_for(lambda: len(stage.seen()) == 6, PATIENCE)
    outboxes[0].put("last", INCIDENTS, said("last"))
    stage.slack.wait_for(lambda: "last" in stage.texts(), PATIENCE)
    assert sorted(stage.texts()) == ["last", *(f"message {number}" for number in range(6))]


@contextmanager
def no_messages_table(database: Database) -> Iterator[None]:
    """Have every question about messages fail, as while the database is away."""
    with database.begin() as connection:
        connection.execute(text("alter table messages rename to away"))
    yield
    with database.begin() as connection:
        connection.execute(text("alter table away rename to messages"))


def test_a_database_that_is_away_for_a_moment_stops_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread that tells lives on, and tells what was wanted before and after."""
    outbox = stage.running()
    outbox.put("before", INCIDENTS, said("before"))
    stage.wait_for_texts("before")
    with no_messages_table(stage.database), caplog.at_level(logging.ERROR):
        assert eventually(lambda: "could not look" in caplog.text)
        outbox.hurry("before")
    outbox.put("after", INCIDENTS, said("after"))
    stage.wait_for_texts("before", "after")


def test_a_stopped_outbox_tells_nothing_more(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """And says nothing of it: stopping is no error."""
    outbox = stage.running()
    outbox.put("k", INCIDENTS, said("told"))
    stage.wait_for_texts("told")
    outbox.stop()
    outbox.put("k", INCIDENTS, said("not told"))
    outbox.wake()
    assert _ended("outbox")
    assert stage.texts() == ["told"]
    assert caplog.records == []


def _ended(name: str) -> bool:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(PATIENCE)
    return all(thread.name != name for thread in threading.enumerate())
