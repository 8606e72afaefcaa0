"""A running pretend Slack and small apps on Bolt that speak to it over real sockets."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import flask
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from websockets.sync.client import ClientConnection, connect

from sandbox.clock import Clock
from sandbox.cloud.http_server import HttpServer
from sandbox.faults import Faults
from sandbox.slack.directory import Manifest
from sandbox.slack.slack import PretendSlack

QUIET = logging.getLogger("tests.slack")
QUIET.setLevel(logging.CRITICAL)

Json = dict[str, Any]


@contextmanager
def running_slack(manifest: Manifest | None = None, speed: float = 1.0) -> Iterator[PretendSlack]:
    """Run a pretend Slack; `speed` shortens the pauses between the tries of an event."""
    slack = PretendSlack(Faults(Clock(speed)), manifest)
    slack.start()
    try:
        yield slack
    finally:
        slack.faults.clear()
        slack.stop()


def client_of(slack: PretendSlack, token: str | None = None) -> WebClient:
    """Return Slack's own client, pointed at the sandbox."""
    return WebClient(
        token=slack.bot_token if token is None else token, base_url=slack.api_url, logger=QUIET
    )


def bolt_app(slack: PretendSlack) -> App:
    """Return a Bolt app without listeners."""
    return App(
        client=client_of(slack),
        signing_secret=slack.signing_secret,
        logger=QUIET,
        raise_error_for_unhandled_request=False,
    )


@contextmanager
def on_sockets(slack: PretendSlack, app: App, count: int = 1) -> Iterator[list[SocketModeHandler]]:
    """Connect an app by `count` sockets of Socket Mode."""
    handlers = [_handler(slack, app) for _ in range(count)]
    before = slack.sockets.connected
    try:
        for handler in handlers:
            handler.client.connect()
        slack.wait_for(lambda: slack.sockets.connected == before + count)
        yield handlers
    finally:
        for handler in handlers:
            handler.client.auto_reconnect_enabled = False
        slack.sockets.drop_links()  # else closing waits for the client's receive timeout of 3 s
        for handler in handlers:
            handler.client.close()


@contextmanager
def on_http(slack: PretendSlack, app: App) -> Iterator[HttpServer]:
    """Serve an app by HTTP and give its address to Slack as the request URL."""
    web = flask.Flask("bolt")
    handler = SlackRequestHandler(app)

    @web.post("/slack/events")
    def events() -> flask.Response:
        answer: flask.Response = handler.handle(flask.request)
        return answer

    server = HttpServer(web)
    server.start()
    slack.request_url = f"{server.url}/slack/events"
    try:
        yield server
    finally:
        server.stop()


def _handler(slack: PretendSlack, app: App) -> SocketModeHandler:
    return SocketModeHandler(app, slack.app_token, logger=QUIET, web_client=client_of(slack))


def plain(text: str) -> Json:
    """Return a `plain_text` object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str, *, verbatim: bool = True) -> Json:
    """Return a `mrkdwn` object."""
    return {"type": "mrkdwn", "text": text, "verbatim": verbatim}


def section(text: str) -> Json:
    """Return a section block."""
    return {"type": "section", "text": mrkdwn(text)}


def button(label: str, action_id: str, **extra: Any) -> Json:
    """Return a button element."""
    return {"type": "button", "text": plain(label), "action_id": action_id, **extra}


def actions(*elements: Json) -> Json:
    """Return an actions block."""
    return {"type": "actions", "elements": list(elements)}


def text_input(block_id: str, **extra: Any) -> Json:
    """Return an input block with one line of text, whose action_id is `value`."""
    element = {"type": "plain_text_input", "action_id": "value", **extra}
    return {"type": "input", "block_id": block_id, "label": plain("Name"), "element": element}


def modal(*blocks: Json, **extra: Any) -> Json:
    """Return a modal with a submit button."""
    words = {"title": plain("Sure?"), "submit": plain("Go"), "close": plain("Stop")}
    return {"type": "modal", "callback_id": "form", **words, "blocks": list(blocks), **extra}


@contextmanager
def raw_link(slack: PretendSlack) -> Iterator[ClientConnection]:
    """Open a bare socket of Socket Mode, past its hello."""
    with connect(slack.sockets.new_link()) as link:
        link.recv(timeout=5)
        slack.wait_for(lambda: slack.sockets.connected)
        yield link


def next_event(link: ClientConnection) -> Json:
    """Receive one event and acknowledge it."""
    envelope = json.loads(link.recv(timeout=10))
    link.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
    event: Json = envelope["payload"]["event"]
    return event


@contextmanager
def answering_link(
    slack: PretendSlack, answer: Callable[[Json], Json] = lambda _payload: {}
) -> Iterator[list[Json]]:
    """Acknowledge each delivery with `answer(payload)`; yield the payloads heard so far."""
    heard: list[Json] = []
    with raw_link(slack) as link, ThreadPoolExecutor(1) as pool:
        served = pool.submit(_serve, link, answer, heard)
        yield heard
        link.close()
        served.result(10)


def _serve(link: ClientConnection, answer: Callable[[Json], Json], heard: list[Json]) -> None:
    for text in link:
        envelope = json.loads(text)
        heard.append(envelope["payload"])
        reply = {"envelope_id": envelope["envelope_id"], "payload": answer(envelope["payload"])}
        link.send(json.dumps(reply))


@contextmanager
def echoing_link(slack: PretendSlack, together: int = 1) -> Iterator[None]:
    """Answer commands with "echo <words>", once `together` of them have arrived, last first."""
    with raw_link(slack) as link, ThreadPoolExecutor(1) as pool:
        answers = pool.submit(_echo, link, together)
        yield
        link.close()
        answers.result(10)


def _echo(link: ClientConnection, together: int) -> None:
    waiting: list[Json] = []
    for text in link:
        waiting.append(json.loads(text))
        if len(waiting) < together:
            continue
        for envelope in reversed(waiting):
            words = {"text": f"echo {envelope['payload']['text']}"}
            answer = {"envelope_id": envelope["envelope_id"], "payload": words}
            link.send(json.dumps(answer))
        waiting.clear()
