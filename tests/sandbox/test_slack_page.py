"""The page's server: what a person sees, what they can do, and what other sites cannot."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.parse import urlencode

import pytest

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.slack.directory import Manifest
from sandbox.slack.page import PanelButton
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import (
    Json,
    actions,
    answering_link,
    button,
    client_of,
    echoing_link,
    modal,
    running_slack,
    text_input,
)

CACHE, OLGA = "C0CACHE", "U0OLGA"


@pytest.fixture
def pressed() -> list[str]:
    """The panel buttons that were pressed."""
    return []


@pytest.fixture
def slack(pressed: list[str]) -> Iterator[PretendSlack]:
    """A pretend Slack with a drawer of two buttons."""
    panel = [
        PanelButton("fail", "Fail the sync", "Sync"),
        PanelButton("drop", "Drop", "Slack"),
    ]

    def press(name: str) -> str:
        pressed.append(name)
        return f"done: {name}"

    running = PretendSlack(Faults(Clock()), panel=panel, on_panel=press).start()
    try:
        yield running
    finally:
        running.stop()


def get(slack: PretendSlack, path: str, **query: object) -> tuple[Json, dict[str, str]]:
    """Return a JSON answer of the page's server and its headers."""
    url = f"{slack.web_url}{path}?{urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - own loopback address
        return json.load(answer), dict(answer.headers)


def state(slack: PretendSlack, **query: object) -> Json:
    """Return what is on a person's screen."""
    return get(slack, "page/state", **{"as": OLGA, "channel": CACHE, "since": -1} | query)[0]


def act(slack: PretendSlack, **what: object) -> Json:
    """Do something on the page as Olga."""
    headers = {"Content-Type": "application/json", "X-Sandbox": "page"}
    body = json.dumps({"as": OLGA, "channel": CACHE, **what}).encode()
    request = urllib.request.Request(f"{slack.web_url}page/act", body, headers)  # noqa: S310 - as above
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        told: Json = json.load(answer)
        return told


@pytest.mark.parametrize("path", ["", "archives/C0CACHE/p1", "page/page.js", "page/page.css"])
def test_the_files_are_served_with_a_strict_policy(slack: PretendSlack, path: str) -> None:
    """Nothing but the page's own script and style may run, and no other site may frame it."""
    with urllib.request.urlopen(slack.web_url + path) as answer:  # noqa: S310 - as above
        policy = answer.headers["Content-Security-Policy"]
        assert answer.read()
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_no_file_outside_the_folder_is_served(slack: PretendSlack) -> None:
    """A path cannot climb out of the page's folder."""
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{slack.web_url}page/..%2fpage.py")  # noqa: S310 - as above


def test_everybody_sees_their_own_screen(slack: PretendSlack) -> None:
    """Public messages are on all screens, private ones on one."""
    client = client_of(slack)
    client.chat_postMessage(channel=CACHE, text="for all")
    client.chat_postEphemeral(channel=CACHE, user=OLGA, text="psst")
    olga, anna = state(slack), state(slack, **{"as": "U0ANNA"})
    assert ["psst" in each["html"] for each in olga["messages"]] == [False, True]
    assert len(anna["messages"]) == 1
    assert [each["name"] for each in olga["people"]] == ["Olga", "Anna", "Vic", "Eve"]
    assert [each["name"] for each in olga["channels"]] == [
        "incidents",
        "ml-cache",
        "random",
        "olga",
    ]


def test_threads_open_beside_the_channel(slack: PretendSlack) -> None:
    """Replies are in the thread, not in the channel."""
    client = client_of(slack)
    ts = str(client.chat_postMessage(channel=CACHE, text="root")["ts"])
    client.chat_postMessage(channel=CACHE, text="reply", thread_ts=ts)
    shown = state(slack, thread=ts)
    assert len(shown["messages"]) == 1
    assert ["reply" in each["html"] for each in shown["thread"]] == [False, True]


def test_a_private_word_is_shown_in_a_thread_that_has_begun(slack: PretendSlack) -> None:
    """Slack shows an app's private word in a thread only if there is one already."""
    client = client_of(slack)
    ts = str(client.chat_postMessage(channel=CACHE, text="root")["ts"])
    client.chat_postEphemeral(channel=CACHE, user=OLGA, text="psst", thread_ts=ts)
    assert "psst" not in str(state(slack, thread=ts))
    client.chat_postMessage(channel=CACHE, text="reply", thread_ts=ts)
    shown = state(slack, thread=ts)
    assert "psst" in str(shown["thread"])
    assert "psst" not in str(shown["messages"])


def test_a_waiting_screen_hears_of_a_change(slack: PretendSlack) -> None:
    """The long poll returns when something happens, with the new state."""
    before = state(slack)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(state, slack, since=before["version"])
        client_of(slack).chat_postMessage(channel=CACHE, text="news")
        after = waiting.result(15)
    assert after["version"] > before["version"]
    assert "news" in after["messages"][-1]["html"]


def test_a_typed_command_goes_to_the_app(slack: PretendSlack) -> None:
    """The composer sends commands as commands and words as messages."""
    with echoing_link(slack):
        told = act(slack, kind="type", text="/cache health")
        act(slack, kind="type", text="good morning")
    assert told["shown"] == "echo health"
    assert told["milliseconds"] > 0
    assert [each.text for each in slack.messages(CACHE)] == ["good morning"]


def test_buttons_and_modals_work(slack: PretendSlack) -> None:
    """A click and a submission reach the app; its answer closes the modal."""
    blocks = [{**actions(button("Confirm", "confirm")), "block_id": "b"}]
    ts = client_of(slack).chat_postMessage(channel=CACHE, text="x", blocks=blocks)["ts"]
    with answering_link(slack) as heard:
        act(slack, kind="click", name="b/confirm", ts=ts)
        client_of(slack).views_open(
            trigger_id=heard[0]["trigger_id"], view=modal(text_input("name"))
        )
        assert 'data-name="name/value"' in state(slack)["modal"]["html"]
        act(slack, kind="submit", answers={"name/value": "abc"})
    typed = heard[1]["view"]["state"]["values"]["name"]["value"]["value"]
    assert typed == "abc"
    assert state(slack)["modal"] is None


def test_a_yes_counts_though_the_message_has_changed_behind_its_dialog(
    slack: PretendSlack,
) -> None:
    """Two people have the dialog open, the first yes takes the buttons away: Slack sends both."""
    blocks = [{**actions(button("Confirm", "confirm")), "block_id": "b"}]
    client = client_of(slack)
    ts = client.chat_postMessage(channel=CACHE, text="x", blocks=blocks)["ts"]
    (seen,) = [each["revision"] for each in state(slack)["messages"] if each["ts"] == ts]
    client.chat_update(channel=CACHE, ts=ts, text="Confirmed.", blocks=[])
    with answering_link(slack) as heard:
        assert "nothing to use" in act(slack, kind="click", name="b/confirm", ts=ts)["shown"]
        act(slack, kind="click", name="b/confirm", ts=ts, revision=seen)
    assert [each["actions"][0]["action_id"] for each in heard] == ["confirm"]


def test_a_message_has_the_shortcuts_of_the_app() -> None:
    """In a menu of its own, which a private one has not; the app hears which message it was."""
    manifest = Manifest(shortcuts={"diagnose": "Diagnose <it>"})
    with running_slack(manifest) as slack:
        ts = client_of(slack).chat_postMessage(channel=CACHE, text="Alert!")["ts"]
        client_of(slack).chat_postEphemeral(channel=CACHE, user=OLGA, text="psst")
        public, private = (each["html"] for each in state(slack)["messages"])
        assert 'data-shortcut="diagnose">Diagnose &lt;it&gt;</button>' in public
        assert "data-shortcut" not in private
        with answering_link(slack) as heard:
            assert act(slack, kind="shortcut", name="diagnose", ts=ts)["shown"] == ""
    assert (heard[0]["callback_id"], heard[0]["message"]["ts"]) == ("diagnose", ts)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"kind": "click", "name": "x", "ts": "1.000001"}, "that message is gone"),
        ({"kind": "submit", "answers": {}}, "no modal is open"),
        ({"kind": "type", "channel": "C0NO", "text": "/cache"}, "Olga has no channel 'C0NO'"),
        ({"kind": "fly"}, "the page cannot fly"),
    ],
)
def test_the_impossible_is_told(slack: PretendSlack, what: Json, told: str) -> None:
    """What cannot be done is said in words, not by a crash."""
    assert act(slack, **what)["shown"] == told


def test_the_drawer_calls_its_owner(slack: PretendSlack, pressed: list[str]) -> None:
    """A panel button calls on_panel with its id and shows what it says."""
    assert [each["id"] for each in state(slack)["panel"]] == ["fail", "drop"]
    assert act(slack, kind="panel", id="fail")["shown"] == "done: fail"
    assert pressed == ["fail"]


def test_other_sites_cannot_act(slack: PretendSlack, pressed: list[str]) -> None:
    """A request without the page's own header, as a form elsewhere sends it, does nothing."""
    url, body = f"{slack.web_url}page/act", b'{"kind": "panel", "id": "fail"}'
    request = urllib.request.Request(url, body, {"Content-Type": "text/plain"})  # noqa: S310 - as above
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request)  # noqa: S310 - as above
    assert pressed == []


def test_stopping_does_not_wait_for_open_screens(slack: PretendSlack) -> None:
    """A screen that waits for news does not hold up the end."""
    before = state(slack)
    waiting = threading.Thread(target=_ignore_the_end, args=(slack, before["version"]))
    waiting.start()
    slack.stop()
    waiting.join(5)
    assert not waiting.is_alive()


def _ignore_the_end(slack: PretendSlack, version: int) -> None:
    try:
        state(slack, since=version)
    except (OSError, HTTPException):
        return
