"""Delivery by signed HTTP: what Bolt accepts, what a server may answer, and events again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import flask
import pytest
from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from sandbox.cloud.http_server import HttpServer
from sandbox.slack.directory import SIGNING_SECRET, Manifest
from sandbox.slack.slack import PretendSlack
from sandbox.slack.transport import AckStatus
from tests.sandbox.slack_fixtures import (
    Json,
    actions,
    bolt_app,
    button,
    client_of,
    modal,
    on_http,
    running_slack,
    text_input,
)

CACHE, OLGA = "C0CACHE", "U0OLGA"
FAILED = '/cache failed with the error "dispatch_failed"'
Answer = Callable[[flask.Request], flask.typing.ResponseReturnValue]


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack that delivers by HTTP and retries events without long pauses."""
    with running_slack(Manifest(socket_mode=False), speed=2000) as running:
        yield running


@contextmanager
def endpoint(slack: PretendSlack, answer: Answer) -> Iterator[None]:
    """Let a bare function answer the deliveries."""
    web = flask.Flask("endpoint")
    web.post("/hear")(lambda: answer(flask.request))
    server = HttpServer(web)
    server.start()
    slack.request_url = f"{server.url}/hear"
    try:
        yield
    finally:
        server.stop()


def test_bolt_accepts_every_kind_of_delivery(slack: PretendSlack) -> None:
    """Command, click, modal and event pass Bolt's signature check and come back answered."""
    app = bolt_app(slack)

    @app.command("/cache")
    def cache(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("name")))

    @app.view("form")
    def form(ack: Ack, view: Json, client: WebClient) -> None:
        ack()
        typed = view["state"]["values"]["name"]["value"]["value"]
        blocks = [actions(button("Confirm", "confirm"))]
        client.chat_postMessage(channel=CACHE, text=f"typed {typed}", blocks=blocks)

    @app.action("confirm")
    def confirm(ack: Ack, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=CACHE, text="confirmed")

    @app.event("app_mention")
    def mentioned(client: WebClient) -> None:
        client.chat_postMessage(channel=CACHE, text="mentioned")

    olga = slack.as_user(OLGA)
    with on_http(slack, app):
        assert olga.slash(CACHE, "/cache cleanup").acked
        view = slack.wait_for(lambda: slack.workspace.views.top(OLGA))
        assert view is not None
        assert olga.submit(view, {"name": "b & c"}).acked
        card = slack.wait_for(lambda: slack.messages(CACHE))[0]
        assert olga.click(card, "confirm").acked
        slack.wait_for(lambda: len(slack.messages(CACHE)) == 2)
        olga.mention(CACHE, "health")
        slack.wait_for(lambda: slack.messages(CACHE)[-1].text == "mentioned")
    assert card.text == "typed b & c"
    assert slack.rejections() == []


def test_the_signature_is_slacks_own(slack: PretendSlack) -> None:
    """The SDK's verifier accepts the body as sent and refuses it changed by one byte."""
    seen: list[tuple[bytes, dict[str, str]]] = []

    def hear(request: flask.Request) -> str:
        seen.append((request.get_data(), dict(request.headers)))
        return ""

    with endpoint(slack, hear):
        slack.as_user(OLGA).slash(CACHE, "/cache health")
    verifier = SignatureVerifier(SIGNING_SECRET)
    (body, headers) = seen[0]
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b"x", headers)
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("", ""),
        ("plain words", "plain words"),
        ({"text": "as JSON"}, "as JSON"),
        (("gone", 404), FAILED),
        (("{", 200, {"Content-Type": "application/json"}), FAILED),
        (("broken", 500), FAILED),
        (
            {"blocks": [{"type": "hologram"}]},
            '/cache failed with the error "invalid_blocks"',
        ),
    ],
    ids=["empty", "text", "json", "404", "malformed", "500", "invalid blocks"],
)
def test_the_answer_decides_what_is_shown(
    slack: PretendSlack, answer: flask.typing.ResponseReturnValue, shown: str
) -> None:
    """An empty body is silent, text and JSON are private answers, errors are told."""
    with endpoint(slack, lambda _request: answer):
        assert slack.as_user(OLGA).slash(CACHE, "/cache").shown == shown


def test_nobody_listening_is_a_failed_dispatch(slack: PretendSlack) -> None:
    """Without a request URL, or with one that nobody serves, the person is told at once."""
    assert slack.as_user(OLGA).slash(CACHE, "/cache").shown.endswith('"dispatch_failed"')
    with endpoint(slack, lambda _request: ""):
        pass
    assert slack.as_user(OLGA).slash(CACHE, "/cache").shown.endswith('"dispatch_failed"')


def test_a_slow_server_times_out(slack: PretendSlack) -> None:
    """After three seconds without an answer the person reads operation_timeout."""
    release = threading.Event()

    def hear(_request: flask.Request) -> str:
        release.wait(10)
        return ""

    with endpoint(slack, hear):
        outcome = slack.as_user(OLGA).slash(CACHE, "/cache")
        release.set()
    assert outcome.ack is not None
    assert outcome.ack.status is AckStatus.TIMEOUT
    assert timedelta(seconds=3) <= outcome.ack.latency < timedelta(seconds=3.5)


def test_a_failing_server_hears_an_event_four_times(slack: PretendSlack) -> None:
    """Retries carry their number and the reason, and the same event_id."""
    tries: list[tuple[str | None, str | None, str]] = []

    def hear(request: flask.Request) -> flask.typing.ResponseReturnValue:
        body = request.get_json()
        number, reason = (request.headers.get(f"X-Slack-Retry-{n}") for n in ("Num", "Reason"))
        tries.append((number, reason, body["event_id"]))
        return "broken", 500

    with endpoint(slack, hear):
        slack.as_user(OLGA).mention(CACHE, "health")
        slack.wait_for(lambda: len(slack.delivery.log()) == 4)
    assert [each[0] for each in tries] == [None, "1", "2", "3"]
    assert {each[1] for each in tries[1:]} == {"http_error"}
    assert len({each[2] for each in tries}) == 1


def test_a_server_can_stop_the_retries(slack: PretendSlack) -> None:
    """An error with x-slack-no-retry ends it after the first try."""
    answer = ("broken", 500, {"x-slack-no-retry": "1"})
    with endpoint(slack, lambda _request: answer):
        slack.as_user(OLGA).mention(CACHE, "first")
        slack.wait_for(lambda: len(slack.delivery.log()) == 1)
        slack.as_user(OLGA).mention(CACHE, "second")
        slack.wait_for(lambda: len(slack.delivery.log()) == 2)
    assert [each.retry for each in slack.delivery.log()] == [None, None]


def test_deliveries_use_the_present_address(slack: PretendSlack) -> None:
    """A request URL set later is used from then on."""
    client_of(slack).auth_test()
    with endpoint(slack, lambda _request: "first"):
        assert slack.as_user(OLGA).slash(CACHE, "/cache").shown == "first"
    with endpoint(slack, lambda _request: "second"):
        assert slack.as_user(OLGA).slash(CACHE, "/cache").shown == "second"


def test_an_address_proves_itself_by_the_challenge(slack: PretendSlack) -> None:
    """url_verification passes with Bolt behind the address and fails with a stranger."""
    with on_http(slack, bolt_app(slack)):
        assert slack.verify_request_url()
    with endpoint(slack, lambda _request: "hello"):
        assert not slack.verify_request_url()
