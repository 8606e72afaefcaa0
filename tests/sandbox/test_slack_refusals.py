"""What the Web API refuses, by the names that Slack uses."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.directory import BOT_TOKEN, Manifest
from sandbox.slack.messages import Content, Draft
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import client_of, running_slack, section

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


def refusal(call: Callable[[], object]) -> dict[str, Any]:
    """Return the body of the error that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        call()
    body = caught.value.response.data
    assert isinstance(body, dict)
    return body


def test_rich_text_is_not_replaced_by_other_blocks(client: WebClient) -> None:
    """An update that has no rich_text where the message had some is a block_mismatch."""
    rich = {"type": "rich_text", "elements": []}
    ts = client.chat_postMessage(channel=CACHE, text="a", blocks=[rich])["ts"]
    body = refusal(
        lambda: client.chat_update(channel=CACHE, ts=ts, text="b", blocks=[section("b")])
    )
    assert body["error"] == "block_mismatch"


def test_an_invalid_block_is_pointed_at(slack: PretendSlack, client: WebClient) -> None:
    """invalid_blocks says what is wrong where, and nothing is shown."""
    body = refusal(lambda: client.chat_postMessage(channel=CACHE, text="x", blocks=[section("")]))
    expected = "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [expected]
    assert slack.messages(CACHE) == []
    assert [each.error for each in slack.rejections()] == ["invalid_blocks"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": RANDOM, "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": CACHE}, "no_text"),
        ("chat.postMessage", {"channel": CACHE, "blocks": "[{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": CACHE, "blocks": {"a": 1}}, "invalid_blocks"),
        (
            "chat.postMessage",
            {"channel": CACHE, "text": "x", "thread_ts": "1.000001"},
            "thread_not_found",
        ),
        ("chat.postMessage", {"channel": CACHE, "text": "x", "username": "boss"}, "missing_scope"),
        (
            "chat.postMessage",
            {"channel": CACHE, "text": "x", "metadata": {"event_type": "t"}},
            "invalid_metadata_format",
        ),
        ("chat.update", {"channel": CACHE, "ts": "1.000001", "text": "x"}, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": CACHE, "text": "x", "user": "U0NO"},
            "user_not_in_channel",
        ),
        ("conversations.history", {"channel": RANDOM}, "not_in_channel"),
        ("conversations.history", {"channel": CACHE, "cursor": "?"}, "invalid_cursor"),
        ("conversations.replies", {"channel": CACHE, "ts": "1.000001"}, "thread_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("users.info", {"user": "U0NO"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NO"}, "no_such_subteam"),
        ("views.publish", {"user_id": "U0NO", "view": {}}, "user_not_found"),
        ("views.publish", {"user_id": "U0OLGA", "view": {"type": "home"}}, "invalid_arguments"),
        ("views.update", {"view_id": "V0NO", "view": {}}, "not_found"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.shout", {}, "unknown_method"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_carry_slacks_names(
    client: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    """What Slack refuses is refused by the same name."""
    assert refusal(lambda: client.api_call(method, json=arguments or {"x": 1}))["error"] == error


@pytest.mark.parametrize(
    ("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth")], ids=["none", "wrong"]
)
def test_a_wrong_token_is_refused(slack: PretendSlack, token: str, error: str) -> None:
    """No call gets through without the right token."""
    assert refusal(client_of(slack, token).auth_test)["error"] == error


def test_a_missing_scope_is_named() -> None:
    """missing_scope says which scope is needed."""
    with running_slack(Manifest(scopes=frozenset({"chat:write"}))) as slack:
        body = refusal(lambda: client_of(slack).users_info(user="U0OLGA"))
    assert (body["error"], body["needed"]) == ("missing_scope", "users:read")


def test_a_body_that_is_not_json_is_refused(slack: PretendSlack) -> None:
    """Malformed JSON is answered `invalid_json`, not a crash."""
    request = urllib.request.Request(  # noqa: S310 - the sandbox's own loopback address
        slack.api_url + "chat.postMessage",
        b"{",
        {"Content-Type": "application/json", "Authorization": f"Bearer {BOT_TOKEN}"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        assert json.load(answer)["error"] == "invalid_json"


def test_only_own_messages_can_be_changed(slack: PretendSlack, client: WebClient) -> None:
    """A person's message is neither updated nor deleted."""
    ts = slack.workspace.post(Draft(CACHE, "U0OLGA", Content("mine"))).ts
    changed = refusal(lambda: client.chat_update(channel=CACHE, ts=ts, text="x"))
    deleted = refusal(lambda: client.chat_delete(channel=CACHE, ts=ts))
    assert changed["error"] == "cant_update_message"
    assert deleted["error"] == "cant_delete_message"


def test_update_refuses_what_post_cuts(slack: PretendSlack, client: WebClient) -> None:
    """A posted text is cut at 40,000 characters; an update above 4,000 is refused."""
    ts = client.chat_postMessage(channel=CACHE, text="x" * 40_001)["ts"]
    assert len(slack.messages(CACHE)[0].text) == 40_000
    client.chat_update(channel=CACHE, ts=ts, text="y" * 4_000)
    body = refusal(lambda: client.chat_update(channel=CACHE, ts=ts, text="y" * 4_001))
    assert body["error"] == "msg_too_long"
