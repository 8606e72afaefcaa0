"""Properties of the doors: every kind of request becomes one kept call, or its asker is told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from sqlalchemy import text

from core.call import Actor, Call, Door, Place
from core.store.database import Database, open_database
from handlers.account import Account, authorizer
from handlers.chat import Chat, slack_client
from handlers.listener import Listener
from handlers.modals import Modals
from handlers.outbox import Outbox
from handlers.routes import Doors, register, typed
from sandbox.slack.directory import Manifest
from sandbox.slack.messages import Content, Draft, Message
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW, OLGA, NotedEngine, Watch, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud
from tests.handlers.listener_stage import watching_nothing
from tests.handlers.outbox_stage import no_card
from tests.sandbox.slack_fixtures import QUIET, actions, button, on_http, on_sockets, running_slack
from tests.waiting import eventually

INCIDENTS = "C0INCIDENTS"


@dataclass
class Stage:
    """The doors of a bot that keeps what comes in, and answers none of it."""

    slack: PretendSlack
    app: App
    database: Database
    listener: Listener

    def kept(self) -> list[Call]:
        """Return the calls that were kept, oldest first."""
        return [entry.call for entry in self.listener.desk.records.calls.latest(100)][::-1]

    @contextmanager
    def no_calls_table(self) -> Iterator[None]:
        """Have nothing be kept, as while the database is away."""
        with self.database.begin() as connection:
            connection.execute(text("alter table calls rename to away"))
        yield
        with self.database.begin() as connection:
            connection.execute(text("alter table away rename to calls"))


@contextmanager
def doors_on(slack: PretendSlack, folder: Path) -> Iterator[Stage]:
    """Make the doors, with nobody behind them."""
    database = open_database(f"sqlite:///{folder / 'x.sqlite'}")
    desk = desk_on(database, as_cloud(SyncCloud(folder)), NotedEngine(), Watch())
    chat = Chat(slack_client(slack.bot_token, slack.api_url))
    outbox = Outbox(chat, desk.records.messages, no_card, desk.clock, NOW - NOW)
    listener = Listener(desk, chat, outbox, ThreadPoolExecutor(1), lambda *_: None)
    listener.leave()
    app = App(
        client=WebClient(base_url=slack.api_url),
        signing_secret=slack.signing_secret,
        authorize=authorizer(Account()),
        process_before_response=True,
        logger=QUIET,
    )
    modals = Modals(listener, ThreadPoolExecutor(1))
    register(app, Doors(listener, modals, desk.clock), watching_nothing(listener), "/cache")
    yield Stage(slack, app, database, listener)
    outbox.stop()
    database.close()


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The doors behind one socket for all tests."""
    folder = tmp_path_factory.mktemp("doors")
    with running_slack() as slack, doors_on(slack, folder) as made, on_sockets(slack, made.app):
        yield made


@pytest.fixture
def stage(connected: Stage) -> Stage:
    """The doors, through which nothing has come yet."""
    with connected.database.begin() as connection:
        connection.execute(text("delete from calls"))
    return connected


def message_with_button(
    slack: PretendSlack, thread_ts: str | None = None, private_to: str | None = None
) -> Message:
    """Post a message of the bot with a button that says a command."""
    block = actions(button("Stop", "say-cancel", value="cancel sync-abc234"))
    return slack.workspace.post(
        Draft(
            INCIDENTS,
            "U0CACHEBOT",
            Content("Sync", (block,)),
            thread_ts=thread_ts,
            private_to=private_to,
            bot_id="B0CACHEBOT",
        )
    )


def test_a_slash_command_is_kept_with_who_where_and_how_to_answer(stage: Stage) -> None:
    """What was typed arrives as it was typed."""
    outcome = stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache logs <@U0ANNA> & `b`")
    assert outcome.acked
    (call,) = stage.kept()
    assert call.actor == Actor(OLGA, "T0SANDBOX", "olga")
    assert (call.door, call.place) == (Door.SLASH, Place(INCIDENTS))
    assert call.words.endswith("& `b`")
    assert call.response_url.startswith(stage.slack.web_url)
    assert call.request_id.startswith("slash:")
    assert call.at == NOW


@pytest.mark.parametrize("threaded", [False, True])
def test_a_mention_is_answered_where_it_was_asked(stage: Stage, *, threaded: bool) -> None:
    """In a thread where it is, or in one of its own."""
    olga = stage.slack.as_user(OLGA)
    root = olga.say(INCIDENTS, "Who looks?").message
    assert root is not None
    said = olga.mention(INCIDENTS, "health 7d", root.ts if threaded else None).message
    assert said is not None
    stage.slack.wait_for(stage.kept)
    (call,) = stage.kept()
    assert call.place == Place(INCIDENTS, root.ts if threaded else "")
    assert (call.words.strip(), call.door) == ("health 7d", Door.MENTION)
    assert (call.actor.user_id, call.response_url) == (OLGA, "")


@pytest.mark.parametrize("threaded", [False, True])
def test_a_click_is_the_command_that_the_button_says(stage: Stage, *, threaded: bool) -> None:
    """By whoever clicked, answered where the message is."""
    root = stage.slack.as_user(OLGA).say(INCIDENTS, "Who looks?").message
    assert root is not None
    message = message_with_button(stage.slack, root.ts if threaded else None)
    outcome = stage.slack.as_user("U0ANNA").click(message, "Stop")
    assert outcome.acked
    (call,) = stage.kept()
    assert (call.words, call.door) == ("cancel sync-abc234", Door.BUTTON)
    assert call.place == Place(INCIDENTS, root.ts if threaded else "")
    assert (call.actor.user_id, call.actor.team_id) == ("U0ANNA", "T0SANDBOX")


def test_a_click_on_a_private_answer_stays_in_its_thread(stage: Stage) -> None:
    """Slack sends no message along with it, only where it stands."""
    root = stage.slack.as_user(OLGA).say(INCIDENTS, "Who looks?").message
    assert root is not None
    alone = message_with_button(stage.slack, root.ts, private_to=OLGA)
    assert stage.slack.as_user(OLGA).click(alone, "Stop").acked
    assert [call.place for call in stage.kept()] == [Place(INCIDENTS, root.ts)]


def test_a_click_in_the_channel_is_answered_in_the_channel(stage: Stage) -> None:
    """Also where the message has a thread by now: who clicked it may not have that open."""
    message = message_with_button(stage.slack)
    stage.slack.as_user(OLGA).say(INCIDENTS, "Shall I stop it?", message.ts)
    assert stage.slack.as_user(OLGA).click(message, "Stop").acked
    assert [call.place for call in stage.kept()] == [Place(INCIDENTS)]


def test_two_clicks_are_two_requests(stage: Stage) -> None:
    """Which of them counts is decided behind the doors."""
    message = message_with_button(stage.slack)
    for user in (OLGA, OLGA, "U0ANNA"):
        stage.slack.as_user(user).click(message, "Stop")
    assert len({call.request_id for call in stage.kept()}) == 3


def test_a_request_that_cannot_be_kept_is_told_to_its_asker(stage: Stage) -> None:
    """Nothing is done, and the person knows; it is not acknowledged as if it were."""
    message = message_with_button(stage.slack)
    with stage.no_calls_table():
        typed_one = stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache sync")
        clicked = stage.slack.as_user(OLGA).click(message, "Stop")
    assert "nothing was done" in typed_one.shown
    assert not clicked.acked
    assert stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache sync").acked
    assert [call.words for call in stage.kept()] == ["sync"]


def test_an_event_that_cannot_be_kept_is_sent_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack repeats what was not acknowledged, and then it is kept."""
    over_http = Manifest(socket_mode=False)
    with running_slack(over_http, speed=60) as slack, doors_on(slack, tmp_path) as stage:
        with on_http(slack, stage.app):
            with stage.no_calls_table():
                slack.as_user(OLGA).mention(INCIDENTS, "status")
                assert eventually(lambda: "could not be taken" in caplog.text)
            slack.wait_for(stage.kept, 30)
        assert [call.words.strip() for call in stage.kept()] == ["status"]


def test_what_the_bot_has_nothing_to_say_about_is_acknowledged(stage: Stage) -> None:
    """Else Slack would send it again and again."""
    stage.slack.as_user(OLGA).open_home()
    stage.slack.as_user(OLGA).slash(INCIDENTS, "/cache status")
    assert len(stage.kept()) == 1


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a &amp; b", "a & b"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&amp;lt;", "&lt;"),
        ("&copy; &quot;", "&copy; &quot;"),
        ("x" * 40_000, "x" * 40_000),
    ],
)
def test_only_what_slack_escapes_is_undone(sent: str, meant: str) -> None:
    """Once, and nothing else: a word may hold any other entity."""
    assert typed(sent) == meant


def test_a_control_character_stays_one(stage: Stage) -> None:
    """The parser refuses it in plain words; keeping it must not fail before."""
    for words in ("sync \0", "sync \x1b[31m", "sync \ud800"):
        assert stage.slack.as_user(OLGA).slash(INCIDENTS, f"/cache {words}").acked
    assert len(stage.kept()) == 3
    assert not any(call.words == "sync" for call in stage.kept())
