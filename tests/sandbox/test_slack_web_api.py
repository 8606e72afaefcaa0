"""The Web API as Slack's own client sees it, and what it refuses."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import RemoteDisconnected
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.faults import Delay, Fault, LoseReply, Refuse
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


def test_a_posted_message_is_shown_and_answered(slack: PretendSlack, client: WebClient) -> None:
    """chat.postMessage shows text and blocks, and answers with the message's ts."""
    answer = client.chat_postMessage(channel=CACHE, text="done", blocks=[section("*done*")])
    (message,) = slack.messages(CACHE)
    assert (message.ts, message.text) == (answer["ts"], "done")
    assert answer["message"]["blocks"][0]["block_id"]
    assert answer["message"]["bot_id"] == "B0CACHEBOT"


def test_arguments_may_come_as_a_form(slack: PretendSlack, client: WebClient) -> None:
    """Blocks as a JSON string in a form count like blocks in a JSON body."""
    form = {"channel": CACHE, "blocks": json.dumps([section("hello")])}
    client.api_call("chat.postMessage", params=form)
    assert slack.messages(CACHE)[0].text == "hello"


def test_text_alone_drops_the_blocks(slack: PretendSlack, client: WebClient) -> None:
    """chat.update with text and no blocks leaves no blocks."""
    ts = client.chat_postMessage(channel=CACHE, text="a", blocks=[section("a")])["ts"]
    client.chat_update(channel=CACHE, ts=ts, text="b")
    message = slack.messages(CACHE)[0]
    assert (message.text, message.blocks, message.edited) == ("b", (), True)


def test_blocks_alone_leave_no_edited_mark(slack: PretendSlack, client: WebClient) -> None:
    """chat.update with blocks only shows no "(edited)", and Slack words the text."""
    ts = client.chat_postMessage(channel=CACHE, text="a")["ts"]
    with pytest.warns(UserWarning, match="top-level `text`"):
        client.chat_update(channel=CACHE, ts=ts, blocks=[section("b")])
    message = slack.messages(CACHE)[0]
    assert (message.text, message.edited) == ("b", False)


def test_every_state_of_a_message_is_remembered(slack: PretendSlack, client: WebClient) -> None:
    """Revisions tell what was shown when, in order, up to the deletion."""
    ts = client.chat_postMessage(channel=CACHE, text="0")["ts"]
    message = slack.messages(CACHE)[0]
    for number in range(1, 4):
        client.chat_update(channel=CACHE, ts=ts, text=str(number))
    client.chat_delete(channel=CACHE, ts=ts)
    shown = [each.content.text if each.content else None for each in message.revisions]
    assert shown == ["0", "1", "2", "3", None]
    assert sorted(each.at for each in message.revisions) == [each.at for each in message.revisions]
    assert slack.messages(CACHE) == []


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


def test_a_private_message_cannot_be_updated(slack: PretendSlack, client: WebClient) -> None:
    """The message_ts of chat.postEphemeral is of no use to chat.update."""
    answer = client.chat_postEphemeral(channel=CACHE, user="U0OLGA", text="psst")
    ts = str(answer["message_ts"])
    body = refusal(lambda: client.chat_update(channel=CACHE, ts=ts, text="x"))
    assert body["error"] == "message_not_found"
    assert [each.text for each in slack.ephemerals("U0OLGA")] == ["psst"]
    assert slack.messages(CACHE) == []
    assert slack.ephemerals("U0ANNA") == []


def test_history_pages_from_the_newest(client: WebClient) -> None:
    """History comes newest first in pages, and its cursor leads through all of it once."""
    for number in range(5):
        client.chat_postMessage(channel=CACHE, text=str(number))
    pages = client.conversations_history(channel=CACHE, limit=2)
    texts = [message["text"] for page in pages for message in page["messages"]]
    assert texts == ["4", "3", "2", "1", "0"]


def test_history_is_cut_by_moments(client: WebClient) -> None:
    """`oldest` and `latest` leave their own messages out unless `inclusive`."""
    stamps = [client.chat_postMessage(channel=CACHE, text=str(n))["ts"] for n in range(4)]

    def between(*, inclusive: bool) -> list[str]:
        answer = client.conversations_history(
            channel=CACHE, oldest=stamps[1], latest=stamps[3], inclusive=inclusive
        )
        return [message["text"] for message in answer["messages"]]

    assert between(inclusive=False) == ["2"]
    assert between(inclusive=True) == ["3", "2", "1"]


def test_replies_stay_out_of_the_channel_unless_broadcast(client: WebClient) -> None:
    """A thread is told by replies; history has its root, with the count, and broadcasts."""
    root = str(client.chat_postMessage(channel=CACHE, text="root")["ts"])
    client.chat_postMessage(channel=CACHE, text="quiet", thread_ts=root)
    client.chat_postMessage(channel=CACHE, text="loud", thread_ts=root, reply_broadcast=True)
    history = client.conversations_history(channel=CACHE)["messages"]
    thread = client.conversations_replies(channel=CACHE, ts=root)["messages"]
    assert [each["text"] for each in history] == ["loud", "root"]
    assert history[-1]["reply_count"] == 2
    assert [each["text"] for each in thread] == ["root", "quiet", "loud"]


def test_metadata_is_told_on_request_only(client: WebClient) -> None:
    """Message metadata comes back with include_all_metadata, and an update keeps it."""
    metadata = {"event_type": "operation", "event_payload": {"id": "op-1"}}
    ts = client.chat_postMessage(channel=CACHE, text="x", metadata=metadata)["ts"]
    client.chat_update(channel=CACHE, ts=ts, text="y")
    bare = client.conversations_history(channel=CACHE)["messages"][0]
    full = client.conversations_history(channel=CACHE, include_all_metadata=True)["messages"][0]
    assert "metadata" not in bare
    assert full["metadata"] == metadata


def test_a_permalink_names_channel_and_message(client: WebClient) -> None:
    """chat.getPermalink gives Slack's address of the message."""
    ts = str(client.chat_postMessage(channel=CACHE, text="x")["ts"])
    link = client.chat_getPermalink(channel=CACHE, message_ts=ts)["permalink"]
    assert link == f"https://sandbox.slack.com/archives/C0CACHE/p{ts.replace('.', '')}"


def test_who_is_who(client: WebClient) -> None:
    """The directory tells the bot, its people, groups and channels."""
    me = client.auth_test()
    names = [each["name"] for each in client.conversations_list()["channels"]]
    assert (me["user_id"], me["team_id"]) == ("U0CACHEBOT", "T0SANDBOX")
    assert client.users_info(user="U0ANNA")["user"]["real_name"] == "Anna"
    assert client.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0OLGA", "U0ANNA"]
    assert [each["handle"] for each in client.usergroups_list()["usergroups"]] == [
        "ml-oncall",
        "ml-approvers",
    ]
    assert names == ["incidents", "ml-cache", "random"]
    assert client.conversations_info(channel=RANDOM)["channel"]["is_member"] is False


def test_a_reaction_counts_once(slack: PretendSlack, client: WebClient) -> None:
    """reactions.add is seen on the message, and a second time refused."""
    ts = str(client.chat_postMessage(channel=CACHE, text="x")["ts"])
    client.reactions_add(channel=CACHE, timestamp=ts, name="eyes")
    again = refusal(lambda: client.reactions_add(channel=CACHE, timestamp=ts, name="eyes"))
    assert again["error"] == "already_reacted"
    assert slack.messages(CACHE)[0].reactions == {"eyes": ["U0CACHEBOT"]}


def test_a_direct_message_goes_to_one_person(slack: PretendSlack, client: WebClient) -> None:
    """Posting to a user id opens the direct messages with them."""
    channel = client.chat_postMessage(channel="U0OLGA", text="hello")["channel"]
    assert channel == client.conversations_open(users="U0OLGA")["channel"]["id"] == "D0OLGA"
    assert [each.text for each in slack.messages("D0OLGA")] == ["hello"]


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
