"""A stage for the listener: the pretend Slack before it, a cloud and a noted engine behind it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from core.alerts.intake import Intake
from core.call import Call, Place
from core.store.calls import AuditEntry, CallStore
from core.store.database import Database
from core.store.operations import operation_of
from handlers.account import Account
from handlers.blocks.card import Card
from handlers.blocks.operation import card_of_operation
from handlers.chat import Chat, slack_client
from handlers.listener import Listener, Outcome
from handlers.outbox import Outbox
from handlers.watched import Watched, WatchedDoors
from sandbox.slack.messages import Message as Seen
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import OLGA, NotedEngine, Watch, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud
from tests.waiting import eventually

RANDOM = Place("C0RANDOM")
PATIENCE = 30.0


@dataclass
class Stage:
    """One listener, or several on one database, with the pretend Slack before them."""

    slack: PretendSlack
    database: Database
    folder: Path
    watch: Watch = field(default_factory=Watch)
    engine: NotedEngine = field(default_factory=NotedEngine)
    trouble: dict[str, Exception] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    logged: list[Outcome] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)

    def listener(self, owner: str = "me") -> Listener:
        """Make a listener; what the cloud is asked waits for the gate."""
        cloud = SyncCloud(self.folder, self.watch, self._before)
        desk = desk_on(self.database, as_cloud(cloud), self.engine, self.watch, owner)
        chat = Chat(slack_client(self.slack.bot_token, self.slack.api_url))

        def card_of(key: str) -> Card | None:
            found = desk.records.operations.get(operation_of(key))
            return None if found is None else card_of_operation(found, self.watch())

        outbox = Outbox(chat, desk.records.messages, card_of, self.watch, timedelta())
        made = Listener(desk, chat, outbox, ThreadPoolExecutor(4), self._log)
        self.listeners.append(made)
        return made

    def _before(self, question: str) -> None:
        assert self.gate.wait(PATIENCE)
        if question in self.trouble:
            raise self.trouble[question]

    def _log(self, _call: Call, outcome: Outcome, _milliseconds: float) -> None:
        self.logged.append(outcome)

    def audit(self) -> dict[str, AuditEntry]:
        """Return what came of each request, by its id."""
        entries = CallStore(self.database, "reader").latest(1000)
        return {entry.call.request_id: entry for entry in entries}

    def answer(self, call: Call, listener: Listener | None = None) -> str:
        """Have a call answered, and return what came of it."""
        (listener or self.listeners[0]).receive(call)
        assert eventually(lambda: self.outcome(call) != "", PATIENCE)
        return self.outcome(call)

    def outcome(self, call: Call) -> str:
        """Return what came of a call so far."""
        entry = self.audit().get(call.request_id)
        return "" if entry is None else entry.outcome

    def public(self, channel: str = "C0INCIDENTS") -> list[Seen]:
        """Return what everybody sees."""
        return self.slack.messages(channel)

    def private(self, user: str = OLGA) -> list[str]:
        """Return what one person alone is told."""
        return [one.text for one in self.slack.ephemerals(user)]

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """Have every question about one table fail."""
        with self.database.begin() as connection:
            connection.execute(text(f"alter table {table} rename to away"))
        yield
        with self.database.begin() as connection:
            connection.execute(text(f"alter table away rename to {table}"))


def watching_nothing(listener: Listener) -> WatchedDoors:
    """Make doors for other apps' alerts where no channel is watched."""
    intake = Intake(listener.desk.records.incidents, listener.desk.clock)
    return WatchedDoors(listener, intake, Account(), Watched())
