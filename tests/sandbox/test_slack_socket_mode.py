"""Socket Mode: acks, several sockets, refreshed and lost ones, and events."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from slack_bolt import Ack, App
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sandbox.faults import Fault, Hang, LoseReply, Refuse
from sandbox.slack.directory import Manifest, SlashCommand
from sandbox.slack.messages import Content
from sandbox.slack.slack import PretendSlack
from sandbox.slack.transport import AckStatus
from tests.sandbox.slack_fixtures import (
    Json,
    bolt_app,
    client_of,
    echoing_link,
    next_event,
    on_sockets,
    raw_link,
    running_slack,
)

CACHE, OLGA = "C0CACHE", "U0OLGA"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack in which events are retried without long pauses."""
    with running_slack(speed=2000) as running:
        yield running


@pytest.fixture
def app(slack: PretendSlack) -> App:
    """A Bolt app without listeners."""
    return bolt_app(slack)


def test_an_unanswered_command_times_out(slack: PretendSlack, app: App) -> None:
    """After three seconds without an ack the person reads operation_timeout."""
    release = threading.Event()

    @app.command("/cache")
    def cache(ack: Ack) -> None:
        release.wait(10)
        ack()

    with on_sockets(slack, app):
        outcome = slack.as_user(OLGA).slash(CACHE, "/cache health")
        release.set()
    assert outcome.ack is not None
    assert outcome.ack.status is AckStatus.TIMEOUT
    assert 3.0 <= outcome.ack.latency.total_seconds() < 3.5
    assert outcome.shown == '/cache failed with the error "operation_timeout"'
    assert [each.text for each in slack.ephemerals(OLGA)] == [outcome.shown]


def test_a_slack_that_stops_waits_for_no_answer(slack: PretendSlack, app: App) -> None:
    """What the app has not answered by then has timed out, without the three seconds."""
    taken, release = threading.Event(), threading.Event()

    @app.command("/cache")
    def cache(ack: Ack) -> None:
        taken.set()
        release.wait(10)
        ack()

    with on_sockets(slack, app), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(slack.as_user(OLGA).slash, CACHE, "/cache health")
        assert taken.wait(10)
        slack.sockets.abandon()
        outcome = asked.result()
        release.set()
    assert outcome.ack is not None
    assert outcome.ack.status is AckStatus.TIMEOUT
    assert outcome.ack.latency.total_seconds() < 3


def test_without_a_socket_nothing_is_dispatched(slack: PretendSlack) -> None:
    """With no app connected the person is told at once."""
    outcome = slack.as_user(OLGA).slash(CACHE, "/cache health")
    assert outcome.shown == '/cache failed with the error "dispatch_failed"'


def test_fifty_commands_at_once_each_get_their_own_ack(slack: PretendSlack) -> None:
    """Commands are delivered concurrently over one socket, and acks find their sender."""
    words = [f"word-{number}" for number in range(50)]
    together = threading.Barrier(50)

    def type_it(word: str) -> tuple[str, str, float]:
        person = slack.as_user(OLGA)
        together.wait(30)
        outcome = person.slash(CACHE, f"/cache {word}")
        assert outcome.ack is not None
        return word, outcome.shown, outcome.ack.latency.total_seconds()

    with echoing_link(slack, together=50), ThreadPoolExecutor(50) as pool:
        results = list(pool.map(type_it, words))
    assert [(word, shown) for word, shown, _ in results] == [(w, f"echo {w}") for w in words]
    assert max(latency for _, _, latency in results) < 3


def test_each_envelope_goes_to_one_of_the_sockets(slack: PretendSlack, app: App) -> None:
    """With three sockets open every command is heard once, and all of them get some."""
    heard: Counter[str] = Counter()

    @app.command("/cache")
    def cache(ack: Ack, command: Json) -> None:
        heard[command["text"]] += 1
        ack()

    with on_sockets(slack, app, count=3) as handlers:
        busy: Counter[int] = Counter()
        for number, handler in enumerate(handlers):
            listeners = handler.client.socket_mode_request_listeners
            listeners.append(lambda *_request, number=number: busy.update([number]))
        for number in range(9):
            assert slack.as_user(OLGA).slash(CACHE, f"/cache {number}").acked
    assert heard == Counter({str(number): 1 for number in range(9)})
    assert sorted(busy.values()) == [3, 3, 3]


def test_a_refresh_makes_the_app_open_a_new_socket(slack: PretendSlack, app: App) -> None:
    """After `disconnect` the client comes back by itself and hears commands again."""

    @app.command("/cache")
    def cache(ack: Ack) -> None:
        ack()

    with on_sockets(slack, app):
        opened = len(slack.faults.seen("apps.connections.open"))
        slack.sockets.refresh_links()
        slack.wait_for(lambda: slack.sockets.connected == 1)
        assert slack.as_user(OLGA).slash(CACHE, "/cache health").acked
    assert len(slack.faults.seen("apps.connections.open")) == opened + 1


def test_a_ticket_opens_one_socket(slack: PretendSlack) -> None:
    """The address from apps.connections.open works once; hello counts the sockets."""
    client = client_of(slack)
    url = str(client.apps_connections_open(app_token=slack.app_token)["url"])
    with connect(url) as link:
        hello = json.loads(link.recv(timeout=5))
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(InvalidStatus), connect(url):
            pass


def test_an_eleventh_socket_is_sent_away(slack: PretendSlack) -> None:
    """Ten sockets may be open; the next is told too_many_websockets."""
    with ExitStack() as stack:
        for number in range(1, 11):
            link = stack.enter_context(connect(slack.sockets.new_link()))
            assert json.loads(link.recv(timeout=5))["num_connections"] == number
            slack.wait_for(partial(_has_sockets, slack, number))
        extra = stack.enter_context(connect(slack.sockets.new_link()))
        assert json.loads(extra.recv(timeout=5))["reason"] == "too_many_websockets"


def test_a_failed_event_is_sent_again_and_a_click_is_not(slack: PretendSlack, app: App) -> None:
    """Events are tried four times with their number and reason; interactions once."""
    slack.faults.add(Fault("socket.envelope", Refuse(500), times=3))
    attempts: list[Any] = []

    @app.event("app_mention")
    def mentioned(request: Any) -> None:
        attempts.append(request.headers["x-slack-retry-num"][0])

    with on_sockets(slack, app):
        slack.as_user(OLGA).mention(CACHE, "health")
        slack.wait_for(lambda: attempts)
        slack.wait_for(lambda: len(slack.delivery.log()) == 4)
        slack.faults.add(Fault("socket.envelope", Refuse(500), times=1))
        assert not slack.as_user(OLGA).slash(CACHE, "/cache health").acked
    assert attempts == ["3"]
    retries = [each.retry.number if each.retry else 0 for each in slack.delivery.log()]
    assert retries == [0, 1, 2, 3, 0]
    ids = {each.payload["event_id"] for each in slack.delivery.log()[:4]}
    assert len(ids) == 1


def test_a_lost_ack_was_heard(slack: PretendSlack, app: App) -> None:
    """LoseReply on an envelope: the app acted, the person reads a timeout."""
    heard = []

    @app.command("/cache")
    def cache(ack: Ack, command: Json) -> None:
        heard.append(command["text"])
        ack()

    slack.faults.add(Fault("socket.envelope", LoseReply(), times=1))
    with on_sockets(slack, app):
        outcome = slack.as_user(OLGA).slash(CACHE, "/cache sync")
    assert heard == ["sync"]
    assert outcome.shown.endswith('"operation_timeout"')


def test_a_hanging_delivery_ends_with_the_faults(slack: PretendSlack, app: App) -> None:
    """A Hang on an envelope lasts until the faults are cleared; nothing was delivered."""
    slack.faults.add(Fault("socket.envelope", Hang()))
    with on_sockets(slack, app), ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(slack.as_user(OLGA).slash, CACHE, "/cache health")
        slack.wait_for(lambda: slack.faults.seen("socket.envelope"))
        slack.faults.clear()
        assert not outcome.result(10).acked


def test_subscribed_channels_are_heard_in_full() -> None:
    """message.channels brings people, other apps without `user`, edits and the bot itself."""
    manifest = Manifest(events=frozenset({"message.channels"}))
    with running_slack(manifest) as slack, raw_link(slack) as link:
        client_of(slack).chat_postEphemeral(channel=CACHE, user=OLGA, text="psst")
        slack.as_user("U0VIC").say(CACHE, "hi")
        slack.post_as_app(CACHE, "Monitoring", Content("alert"))
        client = client_of(slack)
        ts = client.chat_postMessage(channel=CACHE, text="mine")["ts"]
        client.chat_update(channel=CACHE, ts=ts, text="changed")
        slack.as_user("U0VIC").say("C0RANDOM", "not for the bot")
        events = [next_event(link) for _ in range(4)]
    by_kind = {event.get("subtype", event.get("user", "")): event for event in events}
    assert set(by_kind) == {"U0VIC", "bot_message", "U0CACHEBOT", "message_changed"}
    assert by_kind["U0VIC"]["channel_type"] == "channel"
    assert "user" not in by_kind["bot_message"]
    assert by_kind["bot_message"]["bot_id"] == "B0MONITORIN"
    assert by_kind["U0CACHEBOT"]["bot_id"] == "B0CACHEBOT"
    assert by_kind["message_changed"]["message"]["text"] == "changed"
    assert by_kind["message_changed"]["previous_message"]["text"] == "mine"


def test_escaping_is_the_commands_choice() -> None:
    """should_escape turns names and links into control sequences; else words stay as typed."""
    commands = (SlashCommand("/raw"), SlashCommand("/cooked", should_escape=True))
    with running_slack(Manifest(commands=commands)) as slack, echoing_link(slack):
        typed = "@Anna in #ml-cache: a<b https://a.example/x"
        raw = slack.as_user(OLGA).slash(CACHE, f"/raw {typed}")
        cooked = slack.as_user(OLGA).slash(CACHE, f"/cooked {typed}")
    assert raw.shown == f"echo {typed}"
    assert cooked.shown == "echo <@U0ANNA> in <#C0CACHE|ml-cache>: a&lt;b <https://a.example/x>"


def _has_sockets(slack: PretendSlack, number: int) -> bool:
    return slack.sockets.connected == number
