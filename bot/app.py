"""The runtime: every part made once, handed to those who need it, started and stopped in order."""

import os
import socket
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slack_bolt import App
from slack_sdk import WebClient

from bot.alert_channel import LOOK
from bot.doctor import self_checks
from bot.duties import duties_of
from bot.heartbeat import Heartbeat, Identity
from bot.incidents import FOLLOW, FORGET, RECONCILE, Alerting, alerting, watched_doors
from bot.logs import log_call
from bot.schedules import Clockwork
from bot.settings import Settings, Transport
from bot.socket_mode import SocketMode, socket_mode
from bot.upkeep import Upkeep
from core.desk import Desk, Records
from core.engine import Engine, start_engine
from core.first_startup import StartupWatch
from core.google.google_cloud import GoogleCloud
from core.runner import Boundary, Runner
from core.store.calls import CallStore
from core.store.database import Database, open_database
from core.store.executors import ExecutorStore
from core.store.incidents import IncidentStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore, operation_of
from core.store.proposals import ProposalStore, proposal_of
from core.store.samples import SampleStore
from core.store.slots import SlotStore
from handlers.account import Account, authorizer
from handlers.blocks.card import Card
from handlers.blocks.operation import card_of_operation
from handlers.blocks.proposal import card_of_proposal
from handlers.chat import Chat, slack_client
from handlers.files import Files
from handlers.gallery import Gallery
from handlers.groups import Groups
from handlers.incident_cards import card_of_key, is_of_incidents
from handlers.listener import Listener
from handlers.modals import Modals
from handlers.outbox import CardOf, Outbox
from handlers.routes import Doors, register

RECONNECT = timedelta(seconds=5)
"""How often it is looked whether the socket is still there."""


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
    gallery: Gallery
    heartbeat: Heartbeat
    listener: Listener
    upkeep: Upkeep
    alerting: Alerting
    clockwork: Clockwork
    bolt: App
    socket: SocketMode | None

    def start(self) -> None:
        """Go on with what was left, then listen."""
        self.outbox.start()
        self.gallery.start()
        self.upkeep.every(FOLLOW, self.alerting.teller.follow)
        self.upkeep.every(RECONCILE, self.alerting.reconcile)
        self.upkeep.every(LOOK, self.alerting.channel.look)
        self.upkeep.every(FORGET, self.alerting.forget)
        if self.socket is not None:
            self.upkeep.every(RECONNECT, self.socket.stay_connected)
        self.upkeep.start()
        self.clockwork.start()

    def stop(self) -> None:
        """Stop answering, then let go of everything; what is under way is recorded.

        The others hear of it once nothing is done here any more: they take over at once what
        was left. The socket takes seconds to close; what still comes by it is kept for them.
        """
        self.listener.leave()
        self.clockwork.stop()
        self.upkeep.stop()
        self.alerting.teller.leave()
        self.outbox.stop()
        self.gallery.stop()
        self.engine.stop()
        self.heartbeat.leave()
        if self.socket is not None:
            self.socket.close()
        self.cloud.close()
        self.database.close()

    def problems(self) -> Sequence[str]:
        """Say what the bot cannot reach at the moment; empty means ready."""
        found = [] if self.database.alive() else ["The database does not answer."]
        if self.socket is not None:
            found += self.socket.problems()
        return [*found, *self.upkeep.problems(), *self.alerting.channel.problems()]


def build(settings: Settings, at_boundary: Boundary = lambda _: None) -> Runtime:
    """Make every part and launch the engine, which goes on with unfinished operations at once.

    Raises:
        OpsError: the database is in use, or Google Cloud gives no credentials.
    """
    database = open_database(settings.database_url)
    me = _identity(database)
    heartbeat = Heartbeat(ExecutorStore(database), me, settings.silent_seconds)
    heartbeat.beat()  # before this process owns anything, or the others would take it for dead
    records = _records(settings, database, me)
    cloud = GoogleCloud.connect(settings.deployment(), settings.endpoints())
    client = slack_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    chat = Chat(client)
    outbox = Outbox(chat, records.messages, _cards_of(records), utc_now, settings.edit_pace())
    gallery = Gallery(
        Files(client), outbox.pictures, utc_now, outbox.wake, settings.picture_seconds
    )
    engine = start_engine(
        settings.database_url,
        me.executor,
        f"cache:{settings.deployment().project}:{settings.deployment().bucket}",
        _runner(settings, cloud, records, outbox, at_boundary),
    )
    desk = _desk(settings, cloud, records, engine, client)
    # Half as many answer as take in: every answer under way delays those at the door.
    answers = ThreadPoolExecutor(max(1, settings.threads // 2), thread_name_prefix="answer")
    listener = Listener(desk, chat, outbox, answers, log_call)
    account = Account()
    bolt = _bolt(settings, account)
    modals = Modals(listener, ThreadPoolExecutor(settings.threads, thread_name_prefix="modal"))
    told = alerting(settings, desk, outbox)
    watched = watched_doors(settings, told, listener, account)
    register(bolt, Doors(listener, modals, utc_now), watched, settings.slash_command)
    socket = None
    if settings.slack_transport is Transport.SOCKET:
        token = settings.slack_app_token.get_secret_value()
        socket = socket_mode(bolt, token, client, settings.threads)
    startups = StartupWatch(desk, settings.pace().logs)
    clockwork = Clockwork(
        desk.schedules,
        records.slots,
        duties_of(settings, desk, outbox, engine),
        utc_now,
        heartbeat.span,
    )
    return Runtime(
        database=database,
        cloud=cloud,
        engine=engine,
        outbox=outbox,
        gallery=gallery,
        heartbeat=heartbeat,
        listener=listener,
        upkeep=Upkeep(desk, engine, listener, heartbeat, account, startups),
        alerting=told,
        clockwork=clockwork,
        bolt=bolt,
        socket=socket,
    )


def _bolt(settings: Settings, account: Account) -> App:
    """Make Bolt's side. Its listeners run in the thread that a request came in by.

    They only keep what came. Handed to an executor, as Bolt does by default, each would wait
    for another thread, be looked after every 10 ms, and could lose its acknowledgement to an
    error that came right after it.
    """
    return App(
        client=WebClient(base_url=settings.slack_api_url),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        authorize=authorizer(account),
        process_before_response=True,
    )


def _identity(database: Database) -> Identity:
    """Name this process: among the executors, and as the owner of requests and messages.

    On SQLite the executor's name stays the same from boot to boot, so that the engine
    recovers its own work at launch; there is only ever one process.
    """
    boot = f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return Identity(executor=boot if database.shared else "bot", owner=boot)


def _records(settings: Settings, database: Database, me: Identity) -> Records:
    return Records(
        CallStore(database, me.owner),
        OperationStore(database),
        InventoryStore(database, settings.deployment().bucket),
        MessageStore(database, me.owner),
        ProposalStore(database),
        IncidentStore(database),
        SlotStore(database, me.owner),
        SampleStore(database, settings.deployment().bucket),
    )


def _cards_of(records: Records) -> CardOf:
    def card_of(key: str) -> Card | None:
        if key.startswith("proposal:"):
            proposal = records.proposals.get(proposal_of(key))
            return None if proposal is None else card_of_proposal(proposal, utc_now())
        if is_of_incidents(key):
            return card_of_key(key, records)
        operation = records.operations.get(operation_of(key))
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
        patience=settings.confirm_seconds,
        schedules=settings.schedules(),
        self_checks=self_checks(settings, client),
    )
