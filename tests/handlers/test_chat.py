"""Properties of talking to Slack: what was done, what was not, and what nobody knows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import flask
import pytest
from slack_sdk import WebClient

from core.call import Actor, Call, Door, Place
from handlers.blocks.slack import Message
from handlers.chat import (
    Chat,
    ChatBusy,
    ChatError,
    ChatRefused,
    ChatUnclear,
    slack_client,
)
from sandbox.cloud.http_server import HttpServer
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.directory import Manifest
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW, OLGA
from tests.sandbox.slack_fixtures import running_slack, section

INCIDENTS, RANDOM = Place("C0INCIDENTS"), Place("C0RANDOM")
SAID = Message("Version 7 is in place.", [section("Version *7* is in place.")])
PUBLIC = Manifest(scopes=Manifest().scopes | {"chat:write.public"})


def call_by(response_url: str = "", place: Place = INCIDENTS, user: str = OLGA) -> Call:
    """Make a request to whisper an answer to."""
    return Call("1", Actor(user, "T0"), Door.SLASH, place, "status", NOW, response_url)


def test_a_post_is_seen_and_can_be_edited(chat: Chat, slack: PretendSlack) -> None:
    """The timestamp is the message's identity; an edit leaves no second message."""
    ts = chat.post(INCIDENTS, SAID, "k")
    chat.edit(INCIDENTS, ts, Message("Version 8 is in place.", [section("Version 8.")]))
    (message,) = slack.messages("C0INCIDENTS")
    assert (message.ts, message.text) == (ts, "Version 8 is in place.")
    assert slack.rejections() == []


def test_a_reply_stays_in_its_thread(chat: Chat, slack: PretendSlack) -> None:
    """The channel does not see it."""
    root = slack.as_user(OLGA).say("C0INCIDENTS", "Who looks?").message
    assert root is not None
    chat.post(Place("C0INCIDENTS", root.ts), SAID, "k")
    assert slack.messages("C0INCIDENTS")[-1].thread_ts == root.ts


@pytest.mark.parametrize("threaded", [False, True])
def test_a_post_is_found_by_its_key(chat: Chat, slack: PretendSlack, *, threaded: bool) -> None:
    """After a lost reply the channel itself is asked, thread or not."""
    root = slack.as_user(OLGA).say("C0INCIDENTS", "Who looks?").message
    assert root is not None
    place = Place("C0INCIDENTS", root.ts if threaded else "")
    since = float(root.ts) - 60
    assert chat.find(place, "k", since) == ""
    ts = chat.post(place, SAID, "k")
    chat.post(place, SAID, "other")
    assert chat.find(place, "k", since) == ts
    assert chat.find(place, "k", float(ts) + 1) == "", "what is older was not asked for"


def test_a_post_is_found_behind_hundreds_of_others(chat: Chat, slack: PretendSlack) -> None:
    """A busy channel in an incident has more than one page."""
    ts = chat.post(INCIDENTS, SAID, "k")
    olga = slack.as_user(OLGA)
    for number in range(250):
        olga.say("C0INCIDENTS", f"message {number}")
    assert chat.find(INCIDENTS, "k", float(ts) - 60) == ts


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Refuse(429, retry_after_seconds=7), ChatBusy),
        (Refuse(500), ChatUnclear),
        (Refuse(503), ChatUnclear),
        (Refuse("invalid_auth"), ChatRefused),
        (LoseReply(), ChatUnclear),
    ],
)
def test_errors_are_told_apart_by_what_to_do(
    chat: Chat, slack: PretendSlack, refusal: Refuse | LoseReply, kind: type[ChatError]
) -> None:
    """Wait, look whether it was done, or give it up: never a plain exception."""
    slack.faults.add(Fault("chat.postMessage", refusal, times=1))
    with pytest.raises(ChatError) as caught:
        chat.post(INCIDENTS, SAID, "k")
    assert type(caught.value) is kind
    if isinstance(caught.value, ChatBusy):
        assert caught.value.retry_after == timedelta(seconds=7)
    if isinstance(caught.value, ChatRefused):
        assert caught.value.code == "invalid_auth"


@contextmanager
def answering(answer: Callable[[], flask.typing.ResponseReturnValue]) -> Iterator[WebClient]:
    """Put a server of our own where Slack should be."""
    web = flask.Flask("no_slack")
    web.add_url_rule("/<path:_>", "any", lambda _: answer(), methods=["POST", "GET"])
    server = HttpServer(web)
    server.start()
    try:
        yield slack_client("xoxb-x", f"{server.url}/")
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (502, "<html>Bad Gateway</html>", {}, ChatUnclear),
        (503, "", {}, ChatUnclear),
        (200, "<html>Please log in</html>", {}, ChatRefused),
        (429, "slow down", {"retry-after": "9"}, ChatBusy),
        (429, "slow down", {"Retry-After": "soon"}, ChatBusy),
        (429, '{"ok": false, "error": "ratelimited"}', {}, ChatBusy),
    ],
)
def test_what_is_no_answer_of_slack_is_told_apart_too(
    status: int, body: str, headers: dict[str, str], kind: type[ChatError]
) -> None:
    """A proxy in between answers in HTML, writes headers in lower case, or nonsense."""
    with answering(lambda: (body, status, headers)) as client, pytest.raises(ChatError) as caught:
        Chat(client).post(INCIDENTS, SAID, "k")
    assert type(caught.value) is kind
    if isinstance(caught.value, ChatBusy):
        expected = 9 if "retry-after" in headers else 1
        assert caught.value.retry_after == timedelta(seconds=expected)


def test_a_slack_that_is_not_there_is_unclear() -> None:
    """Connection refused, and no exception that only a library knows."""
    client = slack_client("xoxb-x", "http://127.0.0.1:1/")
    with pytest.raises(ChatUnclear):
        Chat(client).edit(INCIDENTS, "1.2", SAID)


def test_where_the_bot_may_post(chat: Chat) -> None:
    """Where it is a member, and not where it is none or sees nothing."""
    assert chat.can_post(INCIDENTS)
    assert not chat.can_post(RANDOM)
    assert not chat.can_post(Place("C0SECRET"))


def test_where_the_bot_may_post_uninvited() -> None:
    """With a scope of its own in public channels; not in private or archived ones."""
    with running_slack(PUBLIC) as slack:
        chat = Chat(slack_client(slack.bot_token, slack.api_url))
        channel = slack.workspace.channels["C0RANDOM"]
        assert chat.can_post(RANDOM)
        channel.is_archived = True
        assert not chat.can_post(RANDOM)
        channel.is_archived, channel.is_private = False, True
        assert not chat.can_post(RANDOM)


@pytest.mark.parametrize(
    "refusal", [Refuse(429), Refuse(500), Refuse("missing_scope"), LoseReply()]
)
def test_where_slack_does_not_say_it_is_tried(
    chat: Chat, slack: PretendSlack, refusal: Refuse | LoseReply
) -> None:
    """A sync is not refused because Slack was busy for a second."""
    slack.faults.add(Fault("conversations.info", refusal, times=1))
    assert chat.can_post(INCIDENTS)


def test_a_whisper_is_heard_by_the_asker_alone(chat: Chat, slack: PretendSlack) -> None:
    """By the response URL, which works where the bot may not post, or without one."""
    chat.whisper(call_by(slack.response_urls.issue(OLGA, "C0RANDOM"), RANDOM), SAID)
    chat.whisper(call_by(), SAID)
    assert [one.text for one in slack.ephemerals(OLGA)] == [SAID.text] * 2
    assert slack.messages("C0INCIDENTS") == slack.messages("C0RANDOM") == []


def in_thread(slack: PretendSlack, channel: str) -> Place:
    """Return a thread of a channel, with one reply."""
    olga = slack.as_user(OLGA)
    root = olga.say(channel, "Who looks?").message
    assert root is not None
    olga.say(channel, "I do.", root.ts)
    return Place(channel, root.ts)


def test_a_whisper_to_a_thread_is_heard_there(chat: Chat, slack: PretendSlack) -> None:
    """A response URL would answer in the channel, which the thread hides on a phone."""
    place = in_thread(slack, "C0INCIDENTS")
    chat.whisper(call_by(slack.response_urls.issue(OLGA, "C0INCIDENTS"), place), SAID)
    (told,) = slack.ephemerals(OLGA)
    assert (told.text, told.thread_ts) == (SAID.text, place.thread_ts)


def test_what_is_told_in_a_thread_names_commands_by_a_mention(
    chat: Chat, slack: PretendSlack
) -> None:
    """Posted, edited or whispered; in the channel the slash stays."""
    hint = Message("Run /cache sync.", [section("Run `/cache sync`.")])
    thread = in_thread(slack, "C0INCIDENTS")
    for place, way in ((thread, "@cachebot sync"), (INCIDENTS, "/cache sync")):
        ts = chat.post(place, SAID, "k")
        chat.edit(place, ts, hint)
        chat.whisper(call_by(place=place), hint)
        told = slack.messages("C0INCIDENTS")[-1], slack.ephemerals(OLGA)[-1]
        assert [one.text for one in told] == [f"Run {way}."] * 2
        assert all(f"`{way}`" in str(one.blocks) for one in told)


def test_a_whisper_that_a_thread_does_not_take_is_heard_in_the_channel(
    chat: Chat, slack: PretendSlack
) -> None:
    """As where the bot is no member: better in the wrong place than nowhere."""
    place = in_thread(slack, "C0RANDOM")
    chat.whisper(call_by(slack.response_urls.issue(OLGA, "C0RANDOM"), place), SAID)
    assert [one.text for one in slack.ephemerals(OLGA)] == [SAID.text]
    with pytest.raises(ChatRefused):
        chat.whisper(call_by("", place), SAID)


@pytest.mark.parametrize("why", ["used", "expired", "unknown", "busy"])
def test_a_response_url_that_is_no_good_any_more_is_replaced(why: str) -> None:
    """Five uses, thirty minutes: after a long outage the asker still hears."""
    with running_slack() as slack:
        url = slack.response_urls.issue(OLGA, "C0INCIDENTS")
        chat = Chat(slack_client(slack.bot_token, slack.api_url))
        match why:
            case "used":
                for _ in range(5):
                    chat.whisper(call_by(url), SAID)
            case "expired":
                slack.clock.advance(timedelta(minutes=31))
            case "unknown":
                url = f"{url}x"
            case _:
                slack.faults.add(Fault("response_url", Refuse(429)))
        before = len(slack.ephemerals(OLGA))
        chat.whisper(call_by(url), SAID)
        assert len(slack.ephemerals(OLGA)) == before + 1


def test_a_whisper_that_reaches_nobody_is_an_error(chat: Chat) -> None:
    """The listener notes that the asker does not know."""
    with pytest.raises(ChatRefused) as caught:
        chat.whisper(call_by(user="U0NOBODY"), SAID)
    assert caught.value.code == "user_not_in_channel"


def test_a_public_channel_can_be_posted_to_and_not_read() -> None:
    """What the outbox has to know: looking for a message may be refused there."""
    with running_slack(PUBLIC) as slack:
        chat = Chat(slack_client(slack.bot_token, slack.api_url))
        ts = chat.post(RANDOM, SAID, "k")
        with pytest.raises(ChatRefused) as caught:
            chat.find(RANDOM, "k", float(ts) - 60)
    assert caught.value.code == "not_in_channel"
