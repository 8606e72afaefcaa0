"""The web side over real HTTP: Slack's requests get in, everything else gets a plain 4xx."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from bot.plain_http import MOST_BODY_BYTES
from bot.web import Front, create_web
from tests.bot.served import Served, serving, signed
from tests.bot.small_bot import SIGNING_SECRET, bolt_app

JSON = "application/json"
COMMAND = {
    "command": "/cache",
    "text": "health",
    "user_id": "U0OLGA",
    "channel_id": "C0INCIDENTS",
    "team_id": "T0",
    "trigger_id": "1.2.3",
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U0OLGA", "team_id": "T0"},
    "team": {"id": "T0"},
    "channel": {"id": "C0INCIDENTS"},
    "actions": [{"action_id": "say", "block_id": "b", "action_ts": "1.2", "value": "health"}],
}
MENTION = {
    "type": "event_callback",
    "event_id": "Ev0",
    "team_id": "T0",
    "event": {"type": "app_mention", "channel": "C0INCIDENTS", "ts": "1.2", "user": "U0OLGA"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one small bot for all tests of this module."""
    with serving("ready", tmp_path_factory.mktemp("bot")) as one:
        yield one


@pytest.fixture(scope="module")
def client() -> Client:
    """Return a client that asks the web side without a server between them."""
    return Client(create_web(Front(bolt_app(), SIGNING_SECRET, tuple)))


def form(**changes: str) -> bytes:
    """Return the body of a slash command."""
    return urlencode({**COMMAND, **changes}).encode()


def interaction(payload: object) -> bytes:
    """Return the body of an interaction."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def heard(served: Served, text: str) -> str:
    """Return what the small bot heard of a slash command."""
    answer = served.post(form(text=text))
    assert answer.status == 200
    return answer.body.decode().removeprefix("heard: ")


@pytest.mark.parametrize(
    "text",
    ["health", "disable the payload is wrong", "payload=1", "<!channel> & ü \x07", "x" * 40_000],
)
def test_a_command_is_heard_word_for_word(served: Served, text: str) -> None:
    """Any words reach the bot whole, those included that Bolt's own reading would drop."""
    assert heard(served, text) == text


def test_clicks_and_events_are_taken(served: Served) -> None:
    """An interaction, an event, and Slack's check of the address are all answered with 200."""
    assert served.post(interaction(CLICK)).status == 200
    assert served.post(json.dumps(MENTION).encode(), JSON).status == 200
    check = served.post(b'{"type": "url_verification", "challenge": "abc"}', JSON)
    assert (check.status, json.loads(check.body)) == (200, {"challenge": "abc"})
    assert served.post(b"ssl_check=1&token=x").status == 200


GOOD = signed(form())


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=\xff\xfe"},
        {"X-Slack-Signature": GOOD["X-Slack-Signature"].upper()},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": "\xb2"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "1" * 5_000},
        {"X-Slack-Request-Timestamp": f"{int(time.time())}.5"},
        signed(form(), time.time() - 301),
        signed(form(), time.time() + 3_600),
        signed(form(text="something else")),
    ],
)
def test_what_slack_did_not_sign_just_now_is_refused(
    served: Served, headers: dict[str, str]
) -> None:
    """A wrong, missing or stale signature is a 401, whatever the headers hold."""
    answer = served.post(form(), headers=headers)
    assert answer.status == 401
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_signed_body_that_is_not_text_is_refused(served: Served) -> None:
    """Bytes that are not UTF-8 are never Slack's."""
    assert served.post(b"command=%ff\xff\xfe").status == 401


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b"{"),
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b'"event_callback"'),
        (JSON, b"{}"),
        (JSON, b'{"type": "unheard_of"}'),
        (JSON, b'{"type": ["event_callback"]}'),
        (JSON, b'{"type": "event_callback", "event_id": "Ev0", "event": 5}'),
        (JSON, b'{"type": "event_callback", "event_id": "Ev0", "event": {"type": "app_mention"}}'),
        (JSON, json.dumps({**MENTION, "authorizations": [5]}).encode()),
        (JSON, json.dumps({**MENTION, "team": 5}).encode()),
        (JSON, b'{"type": "url_verification", "challenge": "\\ud800"}'),
        (JSON, b"[" * 100_000),
        (JSON, b'{"type": ' + b"1" * 10_000 + b"}"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"hello"),
        ("application/x-www-form-urlencoded", b"command=/cache"),
        ("application/x-www-form-urlencoded", b"a=1&" * 200 + form()),
        ("application/x-www-form-urlencoded", b"payload={"),
        ("application/x-www-form-urlencoded", b"payload=[]"),
        ("application/x-www-form-urlencoded", interaction({**CLICK, "type": "unheard_of"})),
        ("application/x-www-form-urlencoded", interaction({**CLICK, "actions": []})),
        ("application/x-www-form-urlencoded", interaction({**CLICK, "actions": "say"})),
        ("application/x-www-form-urlencoded", interaction({**CLICK, "user": "U0OLGA"})),
        ("application/x-www-form-urlencoded", interaction({**CLICK, "channel": "C0"})),
        ("application/x-www-form-urlencoded", interaction({"type": "view_submission"})),
    ],
)
def test_a_signed_body_of_no_known_shape_is_a_bad_request(
    served: Served, content_type: str, body: bytes
) -> None:
    """What cannot be read, or lacks what Slack always sends, is a 400 and reaches nobody."""
    assert served.post(body, content_type).status == 400


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "", "/"])
def test_other_content_types_are_refused(served: Served, content_type: str) -> None:
    """Slack sends forms and JSON, so anything else is a 415."""
    assert served.post(form(), content_type).status == 415


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_MORE = ("view", "message", "authorizations", "enterprise", "thread_ts", "response_urls")
_FIELDS = st.sampled_from(
    sorted({*CLICK, *MENTION, *_MORE, "is_ext_shared_channel", "item", "command"})
)


@settings(max_examples=150, deadline=None)
@given(
    base=st.sampled_from([CLICK, MENTION]),
    changes=st.dictionaries(_FIELDS, _VALUES, min_size=1, max_size=3),
)
@example(base=CLICK, changes={"event": None})
@example(base=CLICK, changes={"type": "shortcut", "callback_id": "x", "view": 5})
def test_no_signed_payload_whatever_is_an_internal_error(
    client: Client, base: dict[str, object], changes: dict[str, object]
) -> None:
    """Whatever stands in a field, the answer is a 2xx or a 4xx."""
    payload = {**base, **changes}
    if base is CLICK:
        body, content_type = interaction(payload), "application/x-www-form-urlencoded"
    else:
        body, content_type = json.dumps(payload).encode(), JSON
    answer = client.post(
        "/slack/events", data=body, headers={**signed(body), "Content-Type": content_type}
    )
    assert answer.status_code < 500


def test_a_body_over_the_limit_is_refused_however_it_is_sent(served: Served) -> None:
    """With a length or in chunks, more than a megabyte is a 413, and a megabyte is not."""
    head = "POST /slack/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as declared:
        declared.sendall(f"{head}Content-Length: {MOST_BODY_BYTES + 1}\r\n\r\n".encode())
        assert declared.recv(1_000).split()[1] == b"413"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as chunked:
        chunked.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(17):
            chunked.sendall(b"10000\r\n" + b"a" * 65_536 + b"\r\n")
        chunked.sendall(b"0\r\n\r\n")
        assert chunked.recv(1_000).split()[1] == b"413"
    padding = "x" * (MOST_BODY_BYTES - len(form(text="")))
    assert heard(served, padding) == padding


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_posts_reach_slacks_route(served: Served, method: str) -> None:
    """Another method is a 405 that names the right one."""
    answer = served.ask(method, "/slack/events")
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/_ah/start", "/_ah/stop"])
def test_the_platforms_questions_are_answered(served: Served, path: str) -> None:
    """Each is a 200, by GET and by HEAD."""
    assert served.ask("GET", path).status == 200
    head = served.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/", "/slack", "/slack/events/", "/static/x", "/" + quote("ü\n"), "/..%2f..%2fetc"]
)
def test_everything_else_is_a_plain_404(served: Served, path: str) -> None:
    """Unknown paths get a short text and no page of the framework."""
    answer = served.ask("GET", path)
    assert (answer.status, answer.body) == (404, b"404 Not Found\n")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_readiness_tells_what_is_missing() -> None:
    """Not being connected is a 503 with every reason; being alive is another question."""
    reasons = ["the database does not answer", "Slack has not answered yet"]
    client = Client(create_web(Front(None, "", lambda: reasons)))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"ready": False, "problems": reasons}
    assert client.get("/healthz").status_code == 200


def test_a_readiness_check_that_breaks_is_not_ready() -> None:
    """An error in the check is a 503, never a 500 and never a 200."""

    def broken() -> list[str]:
        raise OSError

    answer = Client(create_web(Front(None, "", broken))).get("/readyz")
    assert answer.status_code == 503


def test_over_socket_mode_there_is_no_route_for_slack() -> None:
    """Without HTTP transport, nothing that comes by HTTP reaches the bot."""
    answer = Client(create_web(Front(None, "", tuple))).post("/slack/events", data=form())
    assert answer.status_code == 404


def test_a_defect_is_a_number_to_the_outside() -> None:
    """An error of ours is a 500 without its text, and its number is in the log."""
    web = create_web(Front(None, "", tuple))

    def defect() -> str:
        raise RuntimeError("inside")

    web.add_url_rule("/defect", view_func=defect)
    answer = Client(web).get("/defect")
    assert answer.status_code == 500
    assert answer.text.startswith("internal error ")
    assert "inside" not in answer.text


def test_the_signing_secret_is_in_no_repr(tmp_path: Path) -> None:
    """What the web side is made from can be logged."""
    assert SIGNING_SECRET not in repr(Front(None, SIGNING_SECRET, tmp_path.exists))  # type: ignore[arg-type]  # never called
