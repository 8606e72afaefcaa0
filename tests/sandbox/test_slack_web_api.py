"""The Web API as Slack's own client sees it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

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


def test_a_thread_counts_what_everybody_sees(slack: PretendSlack, client: WebClient) -> None:
    """Deleted replies and private ones are no part of a thread."""
    root = str(client.chat_postMessage(channel=CACHE, text="root")["ts"])
    gone = str(client.chat_postMessage(channel=CACHE, text="gone", thread_ts=root)["ts"])
    client.chat_postEphemeral(channel=CACHE, user="U0OLGA", text="psst", thread_ts=root)
    client.chat_delete(channel=CACHE, ts=gone)
    thread = client.conversations_replies(channel=CACHE, ts=root)["messages"]
    assert [each["text"] for each in thread] == ["root"]
    assert "reply_count" not in thread[0]
    assert slack.ephemerals("U0OLGA")[0].thread_ts == root


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
