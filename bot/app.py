"""The runtime: every part made once, handed to those who need it, started and stopped in order."""

import os
import socket
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.logs import log_call
from bot.settings import Settings, Transport
from bot.upkeep import Identity, Upkeep
from core.desk import Desk, Records
from core.engine import Engine, start_engine
from core.google.google_cloud import GoogleCloud
from core.runner import Boundary, Runner
from core.store.calls import CallStore
from core.store.database import Database, open_database
from core.store.executors import ExecutorStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore, operation_of
from handlers.blocks.card import Card
from handlers.blocks.operation import card_of_operation
from handlers.chat import Chat
from handlers.groups import Groups
from handlers.listener import Listener
from handlers.outbox import CardOf, Outbox
from handlers.routes import Doors, register


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running bot. `bolt` takes Slack's requests; `socket` is None over HTTP."""

    database: Database
    cloud: GoogleCloud
    engine: Engine
    outbox: Outbox
    upkeep: Upkeep
    bolt: App
    socket: SocketModeHandler | None
    pools: tuple[ThreadPoolExecutor, ...]

    def start(self) -> None:
        """Go on with what was left, then listen."""
        self.outbox.start()
        self.upkeep.start()
        if self.socket is not None:
            self.socket.connect()

    def stop(self) -> None:
        """Stop listening, then let go of everything; what is under way is recorded."""
        if self.socket is not None:
            self.socket.close()
        self.upkeep.stop()
        self.outbox.stop()
        for pool in self.pools:
            pool.shutdown(wait=False, cancel_futures=True)
        self.engine.stop()
        self.cloud.close()
        self.database.close()

    def problems(self) -> Sequence[str]:
        """Say what the bot cannot reach at the moment; empty means ready."""
        found = [] if self.database.alive() else ["The database does not answer."]
        if self.socket is not None and not self.socket.client.is_connected():
            found.append("Socket Mode is not connected.")
        return [*found, *self.upkeep.problems()]


def build(settings: Settings, at_boundary: Boundary = lambda _: None) -> Runtime:
    """Make every part and launch the engine, which goes on with unfinished operations at once.

    Raises:
        OpsError: the database is in use, or Google Cloud gives no credentials.
    """
    database = open_database(settings.database_url)
    me = _identity(database)
    records = _records(settings, database, me)
    cloud = GoogleCloud.connect(settings.deployment(), settings.endpoints())
    client = WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=10,
    )
    chat = Chat(client)
    outbox = Outbox(
        chat, records.messages, _cards_of(records.operations), utc_now, settings.edit_pace()
    )
    engine = start_engine(
        settings.database_url,
        me.executor,
        f"cache:{settings.deployment().project}:{settings.deployment().bucket}",
        _runner(settings, cloud, records, outbox, at_boundary),
    )
    desk = _desk(settings, cloud, records, engine, client)
    answers = ThreadPoolExecutor(settings.threads, thread_name_prefix="answer")
    acks = ThreadPoolExecutor(settings.threads, thread_name_prefix="ack")
    listener = Listener(desk, chat, outbox, answers, log_call)
    bolt = App(
        client=client,
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        token_verification_enabled=False,
        listener_executor=acks,
    )
    register(bolt, Doors(listener, utc_now), settings.slash_command)
    handler = None
    if settings.slack_transport is Transport.SOCKET:
        handler = SocketModeHandler(
            bolt, settings.slack_app_token.get_secret_value(), web_client=client
        )
    upkeep = Upkeep(desk, engine, listener, ExecutorStore(database), me, client)
    return Runtime(database, cloud, engine, outbox, upkeep, bolt, handler, (answers, acks))


def _identity(database: Database) -> Identity:
    """Name this process: among the executors, and as the owner of requests and messages.

    On SQLite the executor's name stays the same from boot to boot, so that the engine
    recovers its own work at launch; there is only ever one process.
    """
    boot = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"[:64]
    return Identity(executor=boot if database.shared else "bot", owner=boot)


def _records(settings: Settings, database: Database, me: Identity) -> Records:
    return Records(
        CallStore(database, me.owner),
        OperationStore(database),
        InventoryStore(database, settings.deployment().bucket),
        MessageStore(database, me.owner),
    )


def _cards_of(operations: OperationStore) -> CardOf:
    def card_of(key: str) -> Card | None:
        operation = operations.get(operation_of(key))
        return None if operation is None else card_of_operation(operation, utc_now())

    return card_of


def _runner(
    settings: Settings,
    cloud: GoogleCloud,
    records: Records,
    outbox: Outbox,
    at_boundary: Boundary,
) -> Runner:
    return Runner(
        cloud=cloud,
        deployment=settings.deployment(),
        store=records.operations,
        inventories=records.inventories,
        clock=utc_now,
        pace=settings.pace(),
        changed=lambda _: outbox.wake(),
        at_boundary=at_boundary,
    )


def _desk(
    settings: Settings, cloud: GoogleCloud, records: Records, engine: Engine, client: WebClient
) -> Desk:
    return Desk(
        cloud=cloud,
        deployment=settings.deployment(),
        expectations=settings.expectations(),
        check_timeout=settings.check_timeout(),
        policy=settings.policy(Groups(client, utc_now).members),
        records=records,
        engine=engine,
        clock=utc_now,
    )
