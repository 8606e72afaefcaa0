"""Talking to Slack: posts, edits and private words, with its errors told apart by what to do.

No retry happens here: slack_sdk's own would sleep in the calling thread or post twice. The
outbox decides when to try again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from core.call import Call, Place
from handlers.blocks.slack import Message
from handlers.blocks.thread_words import for_thread

_EVENT_TYPE = "cachebot_message"
_SCOPES = "x-oauth-scopes"
_PAGES = 3
PUBLIC = "chat:write.public"
"""The scope by which one may post in public channels without being a member."""

_PATIENCE = 10
"""Seconds that one request may take."""


class ChatError(Exception):
    """Slack did not do what was asked."""


class ChatRefused(ChatError):
    """Slack refused and did nothing; `code` is its error code, such as `not_in_channel`.

    `needed` is the scope that was missing, where Slack names one.
    """

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.needed = needed


class ChatBusy(ChatError):
    """Slack asks to wait `retry_after` and did nothing."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"rate limited for {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


class ChatUnclear(ChatError):
    """No answer came: it may or may not have been done."""


def slack_client(token: str, base_url: str) -> WebClient:
    """Make a client that asks once: slack_sdk's own second try would post twice.

    Source: docs.slack.dev/tools/python-slack-sdk/web (RetryHandler)
    """
    return WebClient(token=token, base_url=base_url, timeout=_PATIENCE, retry_handlers=[])


@dataclass(frozen=True, slots=True)
class Conversation:
    """What Slack tells of a channel or a direct message; `scopes` are None where it named none."""

    name: str
    archived: bool
    member: bool
    private: bool
    scopes: frozenset[str] | None

    @property
    def takes_posts(self) -> bool:
        """Whether the bot may post there: as a member, or in a public one by its scope.

        Source: docs.slack.dev/reference/scopes/chat.write.public
        """
        if self.archived or self.member:
            return not self.archived
        return not self.private and (self.scopes is None or PUBLIC in self.scopes)


@dataclass(frozen=True, slots=True)
class Chat:
    """The bot's hands in a workspace."""

    client: WebClient

    def who_am_i(self) -> Mapping[str, object]:
        """Return what Slack knows of the bot: its ids and the workspace's."""
        with translated():
            return cast("Mapping[str, object]", self.client.auth_test().data)

    def post(self, place: Place, message: Message, key: str, *, heard: bool = False) -> str:
        """Post and return the timestamp. `key` goes along as metadata, for `find`.

        A reply that is `heard` is shown in the channel as well as in its thread.
        Source: docs.slack.dev/reference/methods/chat.postMessage ("reply_broadcast")
        """
        message = _worded(message, place)
        with translated():
            answer = self.client.chat_postMessage(
                channel=place.channel_id,
                thread_ts=place.thread_ts or None,
                reply_broadcast=heard or None,
                text=message.text,
                blocks=message.blocks,
                metadata={"event_type": _EVENT_TYPE, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        return str(answer["ts"])

    def edit(self, place: Place, ts: str, message: Message) -> None:
        """Replace what a message says. An edit to what it says already changes nothing."""
        message = _worded(message, place)
        with translated():
            self.client.chat_update(
                channel=place.channel_id, ts=ts, text=message.text, blocks=message.blocks
            )

    def can_post(self, place: Place) -> bool:
        """Whether the bot may post there.

        Where Slack does not say, it is taken for a yes: the outbox tries until it is told.
        """
        try:
            return self.conversation(place.channel_id).takes_posts
        except ChatRefused as exc:
            return exc.code != "channel_not_found"
        except ChatError:
            return True

    def conversation(self, channel_id: str) -> Conversation:
        """Read what Slack tells of a conversation (docs.slack.dev/reference/methods)."""
        with translated():
            answer = self.client.conversations_info(channel=channel_id)
        found = cast("dict[str, object]", answer["channel"])
        return Conversation(
            name=str(found.get("name") or channel_id),
            archived=bool(found.get("is_archived")),
            member=bool(found.get("is_member") or found.get("is_im")),
            private=bool(found.get("is_private")),
            scopes=scopes_in(answer.headers),
        )

    def open_modal(self, trigger_id: str, view: Mapping[str, object]) -> None:
        """Show a modal to whoever has just clicked.

        Source: docs.slack.dev/surfaces/modals (a trigger id is good for 3 seconds, once)
        """
        with translated():
            self.client.views_open(trigger_id=trigger_id, view=dict(view))

    def find(self, place: Place, key: str, not_before: float) -> str:
        """Look for the message posted with `key`; empty where there is none.

        Posting is not idempotent, so after a lost reply the channel itself is asked.
        Source: docs.slack.dev/messaging/message-metadata
        """
        read: Callable[..., object] = self.client.conversations_history
        extra: dict[str, object] = {}
        if place.thread_ts:
            read, extra = self.client.conversations_replies, {"ts": place.thread_ts}
        cursor = ""
        for _ in range(_PAGES):
            with translated():
                answer = read(
                    channel=place.channel_id,
                    oldest=f"{not_before:.6f}",
                    limit=200,
                    include_all_metadata=True,
                    cursor=cursor or None,
                    **extra,
                )
            page = cast("dict[str, object]", cast("SlackResponse", answer).data)
            if found := _posted_with(key, page):
                return found
            following = cast("dict[str, str]", page.get("response_metadata") or {})
            cursor = following.get("next_cursor", "")
            if not cursor:
                break
        return ""

    def whisper(self, call: Call, message: Message) -> None:
        """Tell the asking person alone: in their thread, or in the channel by the response URL.

        A response URL cannot answer privately in a thread, which hides the channel on a phone;
        where the thread does not take it, as where the bot is no member, it is the next best.
        Source: docs.slack.dev/interactivity/handling-user-interaction (5 uses in 30 minutes)
        """
        threaded = bool(call.place.thread_ts)
        if not threaded and self._responded(call.response_url, message):
            return
        try:
            self._whisper_in_place(call, message)
        except (ChatRefused, ChatBusy):
            if not threaded or not self._responded(call.response_url, message):
                raise

    def _whisper_in_place(self, call: Call, message: Message) -> None:
        message = _worded(message, call.place)
        with translated():
            self.client.chat_postEphemeral(
                channel=call.place.channel_id,
                user=call.actor.user_id,
                thread_ts=call.place.thread_ts or None,
                text=message.text,
                blocks=message.blocks,
            )

    def _responded(self, response_url: str, message: Message) -> bool:
        """Use a response URL; False where there is none, or Slack does not take it any more."""
        if not response_url:
            return False
        with translated():
            answer = WebhookClient(response_url, timeout=_PATIENCE, retry_handlers=[]).send(
                text=message.text,
                blocks=message.blocks,
                response_type="ephemeral",
                replace_original=False,
            )
        return answer.status_code == 200


def _worded(message: Message, place: Place) -> Message:
    """Write a message for where it is read: in threads there are no slash commands."""
    return for_thread(message) if place.thread_ts else message


def _posted_with(key: str, page: Mapping[str, object]) -> str:
    """Return the timestamp of the message that carries `key`, empty where none does."""
    for found in cast("list[dict[str, object]]", page["messages"]):
        metadata = cast("dict[str, object]", found.get("metadata") or {})
        payload = cast("dict[str, object]", metadata.get("event_payload") or {})
        if metadata.get("event_type") == _EVENT_TYPE and payload.get("key") == key:
            return str(found["ts"])
    return ""


def scopes_in(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return the scopes that Slack names with every answer; None where it named none.

    Source: docs.slack.dev/authentication/installing-with-oauth (x-oauth-scopes)
    """
    named = {name.lower(): value for name, value in headers.items()}.get(_SCOPES)
    return None if named is None else frozenset(one.strip() for one in named.split(","))


@contextmanager
def translated() -> Iterator[None]:
    """Turn slack_sdk's errors into those that say what to do."""
    try:
        yield
    except SlackApiError as exc:
        raise _told_apart(exc) from exc
    except (SlackClientError, OSError, HTTPException) as exc:
        raise ChatUnclear(str(exc)) from exc


def _told_apart(exc: SlackApiError) -> ChatError:
    response = exc.response
    status = int(response.status_code or 0)
    if status == 429 or response.get("error") == "ratelimited":
        return ChatBusy(_retry_after(response.headers))
    if status >= 500:
        return ChatUnclear(f"HTTP {status}")
    code, needed = response.get("error", "unknown_error"), response.get("needed") or ""
    return ChatRefused(str(code), str(needed))


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    asked = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return timedelta(seconds=int(asked) if asked.isdecimal() else 1)
