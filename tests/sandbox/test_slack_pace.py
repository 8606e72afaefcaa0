"""How fast an app may call, and what is refused, lost or recorded on purpose."""

from collections.abc import Iterator
from datetime import timedelta
from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.faults import Delay, Fault, LoseReply, Refuse
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import client_of, running_slack

CACHE, RANDOM = "C0CACHE", "C0RANDOM"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


@pytest.fixture
def client(slack: PretendSlack) -> WebClient:
    """Slack's own client with the bot's token."""
    return client_of(slack)


def test_a_channel_takes_a_burst_and_then_one_a_second(
    slack: PretendSlack, client: WebClient
) -> None:
    """Beyond a short burst a channel is answered 429 with Retry-After, another is not."""

    def flood() -> None:
        for number in range(200):
            client.chat_postMessage(channel=("#ml-cache", CACHE)[number % 2], text=str(number))

    with pytest.raises(SlackApiError) as caught:
        flood()
    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "1"
    assert 10 <= len(slack.messages(CACHE)) < 100
    client.chat_postMessage(channel="C0INCIDENTS", text="elsewhere")
    slack.clock.advance(timedelta(seconds=1))
    client.chat_postMessage(channel=CACHE, text="later")


def test_updates_are_held_to_tier_three(slack: PretendSlack, client: WebClient) -> None:
    """The 51st chat.update within a minute waits for the first to be a minute old."""
    ts = client.chat_postMessage(channel=CACHE, text="x")["ts"]
    for number in range(50):
        client.chat_update(channel=CACHE, ts=ts, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        client.chat_update(channel=CACHE, ts=ts, text="one too many")
    assert 50 <= int(caught.value.response.headers["Retry-After"]) <= 60
    slack.clock.advance(timedelta(minutes=1))
    client.chat_update(channel=CACHE, ts=ts, text="later")
    assert slack.messages(CACHE)[0].text == "later"


def test_the_pace_can_be_switched_off(slack: PretendSlack, client: WebClient) -> None:
    """With the pace off nothing is rate-limited."""
    slack.pace.enforced = False
    for number in range(30):
        client.chat_postMessage(channel=CACHE, text=str(number))
    assert len(slack.messages(CACHE)) == 30


@pytest.mark.parametrize(
    ("refuse", "status", "error"),
    [
        (Refuse(429, retry_after_seconds=7), 429, "ratelimited"),
        (Refuse(503), 503, "internal_error"),
        (Refuse("fatal_error"), 200, "fatal_error"),
    ],
    ids=["429", "503", "by name"],
)
def test_an_injected_refusal_applies_nothing(
    slack: PretendSlack, client: WebClient, refuse: Refuse, status: int, error: str
) -> None:
    """A fault answers its status or its name once, and the message is not shown."""
    slack.faults.add(Fault("chat.postMessage", refuse, times=1))
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CACHE, text="x")
    response = caught.value.response
    assert (response.status_code, response["error"]) == (status, error)
    assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert slack.messages(CACHE) == []
    client.chat_postMessage(channel=CACHE, text="x")


def test_a_lost_reply_was_applied(slack: PretendSlack, client: WebClient) -> None:
    """LoseReply drops the connection after the message is shown."""
    client.retry_handlers.clear()
    slack.faults.add(Fault("chat.postMessage", LoseReply(), times=1))
    with pytest.raises(RemoteDisconnected):
        client.chat_postMessage(channel=CACHE, text="x")
    assert [each.text for each in slack.messages(CACHE)] == ["x"]


def test_calls_are_recorded_with_their_place(slack: PretendSlack, client: WebClient) -> None:
    """The faults have seen each call by method, with channel and ts."""
    slack.faults.add(Fault("chat.*", Delay(0.01)))
    ts = client.chat_postMessage(channel=CACHE, text="x")["ts"]
    client.chat_update(channel=CACHE, ts=ts, text="y")
    assert [each.detail for each in slack.faults.seen("chat.update")] == [f"C0CACHE {ts}"]
