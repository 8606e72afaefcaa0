"""Properties of upkeep: what the dead left is taken over, what Slack says is told."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.heartbeat import Heartbeat, Identity
from bot.upkeep import Upkeep
from core.first_startup import StartupWatch
from core.mending import SETTLED
from core.operations import OperationId
from core.schedules.schedule import ScheduleName, Slot
from core.store.calls import CallStore
from core.store.database import Database, open_database
from core.store.executors import ExecutorStore
from core.store.messages import MessageStore
from core.store.pictures import PictureStore, WantedPicture
from core.store.slots import SlotStore
from core.store.tellings import Telling, tell
from handlers.account import Account
from handlers.chat import Chat, slack_client
from handlers.listener import Listener
from handlers.outbox import Outbox
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import INCIDENTS, NOW, NotedEngine, Watch, call_of, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud
from tests.handlers.outbox_stage import no_card
from tests.sandbox.slack_fixtures import running_slack
from tests.waiting import eventually


@dataclass
class RecoveringEngine(NotedEngine):
    """Also notes from whom it took over."""

    running_on: frozenset[str] = frozenset()
    recovered: list[frozenset[str]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)

    def owners(self) -> frozenset[str]:
        """Return who runs something; the test hears that it was asked."""
        self.asked.set()
        return self.running_on

    def recover(self, dead: frozenset[str]) -> None:
        """Note it."""
        self.recovered.append(dead)


@dataclass
class Stage:
    """An upkeep whose chores the test does by hand."""

    upkeep: Upkeep
    engine: RecoveringEngine
    database: Database
    slack: PretendSlack
    account: Account
    watch: Watch


@pytest.fixture(scope="module")
def shared_slack() -> Iterator[PretendSlack]:
    """One pretend Slack for all: nothing here depends on what was said before."""
    with running_slack() as slack:
        yield slack


@pytest.fixture
def stage(shared_slack: PretendSlack, tmp_path: Path) -> Iterator[Stage]:
    """An upkeep of the process "me"."""
    database = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    engine, account, watch = RecoveringEngine(), Account(), Watch()
    desk = desk_on(database, as_cloud(SyncCloud(tmp_path)), engine, watch)
    chat = Chat(slack_client(shared_slack.bot_token, shared_slack.api_url))
    outbox = Outbox(chat, desk.records.messages, no_card, watch, timedelta())
    listener = Listener(desk, chat, outbox, ThreadPoolExecutor(2), lambda *_: None)
    silent = timedelta(seconds=60)
    heartbeat = Heartbeat(ExecutorStore(database), Identity("me", "me"), silent)
    heartbeat.beat()
    upkeep = Upkeep(desk, engine, listener, heartbeat, account, StartupWatch(desk))
    yield Stage(upkeep, engine, database, shared_slack, account, watch)
    upkeep.stop()
    listener.pool.shutdown(wait=True)
    outbox.stop()
    shared_slack.faults.clear()
    database.close()


def test_everything_that_the_dead_left_is_taken_over(stage: Stage) -> None:
    """Operations, messages, pictures, requests and slots, each from whoever had them."""
    stage.engine.running_on = frozenset({"ran", "me"})
    told = MessageStore(stage.database, "told")
    picture = WantedPicture("digest", "{}", "A chart")
    content = '{"text": "x", "blocks": []}'
    tell(stage.database, Telling("k", INCIDENTS, content, [picture]), NOW)
    told.claim("k", NOW)
    told.posted("k", "1.0")
    CallStore(stage.database, "heard").receive(call_of("ops", "left"))
    pictures = PictureStore(stage.database, "drew")
    pictures.claim(NOW)
    slot = Slot(ScheduleName.REMINDERS, NOW)
    SlotStore(stage.database, "woken").claim(slot, NOW)
    stage.upkeep.take_over()
    assert stage.engine.recovered == [frozenset({"ran", "told", "heard", "woken", "drew"})]
    assert SlotStore(stage.database, "me").take_up(slot.schedule, NOW, ()) is not None
    assert "told" not in told.owners()
    assert pictures.owners() == frozenset()
    calls = CallStore(stage.database, "reader")
    assert eventually(lambda: calls.latest(1)[0].outcome == "answered")


def test_the_living_keep_what_they_have(stage: Stage) -> None:
    """Nothing is taken from a process that beats."""
    ExecutorStore(stage.database).beat("other")
    stage.engine.running_on = frozenset({"other", "me"})
    CallStore(stage.database, "other").receive(call_of("ops", "theirs"))
    stage.upkeep.take_over()
    assert stage.engine.recovered == []
    assert CallStore(stage.database, "other").owners() == {"other"}


def test_a_process_that_starts_meanwhile_is_not_taken_for_dead(stage: Stage) -> None:
    """Who owns something is read before who lives, so whoever is missing was there before."""

    @dataclass
    class Starting(RecoveringEngine):
        """While its owners are read, another process boots and takes something up."""

        def owners(self) -> frozenset[str]:
            ExecutorStore(stage.database).beat("new")
            CallStore(stage.database, "new").receive(call_of("ops", "new"))
            return frozenset({"new"})

    engine = Starting()
    stage.upkeep.engine = engine
    stage.upkeep.take_over()
    assert engine.recovered == []
    assert CallStore(stage.database, "new").owners() == {"new"}


def test_what_was_kept_and_never_submitted_is_dropped(stage: Stage) -> None:
    """Upkeep mends operations, too."""
    desk = stage.upkeep.desk
    stage.upkeep.listener.receive(call_of("sync"))
    assert eventually(lambda: stage.engine.known != [])
    wanted = OperationId(stage.engine.known.pop())
    stage.watch.pass_by(SETTLED)
    stage.upkeep.take_over()
    assert desk.records.operations.get(wanted) is None


def test_slack_is_a_problem_until_it_has_answered(stage: Stage) -> None:
    """Then the bot knows its own ids, by which it passes over what it says itself."""
    assert stage.upkeep.problems() != []
    stage.upkeep.ask_slack()
    assert stage.upkeep.problems() == []
    assert (stage.account.user_id, stage.account.bot_id) == ("U0CACHEBOT", "B0CACHEBOT")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Refuse("invalid_auth"), "refuses the bot token: invalid_auth"),
        (Refuse(503), "does not answer"),
        (Refuse(429), "does not answer"),
        (LoseReply(), "does not answer"),
    ],
)
def test_what_is_wrong_with_slack_is_told_apart(
    stage: Stage, trouble: Refuse | LoseReply, said: str
) -> None:
    """A wrong token is somebody's to mend, an outage passes; each ends with the next answer."""
    stage.upkeep.ask_slack()
    stage.slack.faults.add(Fault("auth.test", trouble, times=1))
    stage.upkeep.ask_slack()
    (problem,) = stage.upkeep.problems()
    assert said in problem
    stage.upkeep.ask_slack()
    assert stage.upkeep.problems() == []


def test_chores_are_done_at_the_start_and_again_even_after_one_broke(stage: Stage) -> None:
    """A chore that fails once, such as without the database, is not left out from then on."""
    done = [0]
    third = threading.Event()

    def chore() -> None:
        done[0] += 1
        if done[0] == 3:
            third.set()
        if done[0] < 3:
            raise ConnectionError("the database is away")

    stage.upkeep.every(timedelta(seconds=0.05), chore)
    stage.upkeep.start()
    assert third.wait(30)
    assert stage.engine.asked.wait(30)
    assert eventually(lambda: stage.upkeep.problems() == [])
    stage.upkeep.stop()
    stage.upkeep.stop()
