"""The state of the pretend workspace: its people, channels and every message ever shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sandbox.clock import Clock
from sandbox.slack.block_ids import identified
from sandbox.slack.changes import Changes
from sandbox.slack.directory import (
    BOT_USER,
    Channel,
    Manifest,
    User,
    default_channels,
    default_groups,
    default_users,
)
from sandbox.slack.files import Files
from sandbox.slack.messages import Content, Draft, Message, Revision
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views

TYPED_COMMAND = "typed_command"  # a person's own slash command, shown because its answer is public


class Change(StrEnum):
    """What has happened to a message."""

    POSTED = "posted"
    EDITED = "edited"
    DELETED = "deleted"


Listener = Callable[[Change, Message], None]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A call that Slack refused, and why: a test of the bot expects none."""

    method: str
    error: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person did and that is no message, such as a click."""

    at: datetime
    user: str
    channel: str
    text: str


class Workspace:
    """Holds the state; every method is safe to call from any thread."""

    def __init__(self, clock: Clock, manifest: Manifest) -> None:
        self.clock = clock
        self.manifest = manifest
        self.changes = Changes()
        self.users = default_users(manifest.name)
        self.channels = default_channels()
        self.groups = default_groups()
        self.triggers = Triggers(clock, self.changes)
        self.views = Views(clock, self.changes)
        self.files = Files(clock, self.changes)
        self.listeners: list[Listener] = []
        self.rejections: list[Rejection] = []
        self._messages: dict[str, dict[str, Message]] = {}  # by channel, by ts
        self._replies: dict[tuple[str, str], list[Message]] = {}  # by channel and root
        self._notes: list[Note] = []
        self._last_ts = 0

    def new_ts(self) -> str:
        """Return a timestamp that is also an id: later than any before it."""
        with self.changes.lock:
            micros = int(self.clock.now().timestamp() * 1_000_000)
            self._last_ts = max(micros, self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, name: str) -> Channel | None:
        """Return a channel by id or #name; a user id means the app's messages with them."""
        if name in self.users and name != BOT_USER:
            return self.direct(self.users[name])
        with self.changes.lock:
            wanted = name.removeprefix("#")
            found = (each for each in self.channels.values() if wanted in (each.id, each.name))
            return next(found, None)

    def welcome(self, user: User, *groups: str) -> None:
        """Let a new person into every public channel and these user groups."""
        with self.changes.lock:
            self.users[user.id] = user
            for channel in self.channels.values():
                if channel.im is None and not channel.is_private:
                    channel.members.add(user.id)
            for name in groups:
                group = self.groups[name]
                self.groups[name] = replace(group, users=(*group.users, user.id))

    def direct(self, user: User) -> Channel:
        """Return the direct messages of the app and a person."""
        channel_id = "D" + user.id.removeprefix("U")
        with self.changes.lock:
            if channel_id not in self.channels:
                channel = Channel(channel_id, user.handle, {user.id, BOT_USER}, True, user.id)
                self.channels[channel_id] = channel
            return self.channels[channel_id]

    def post(self, draft: Draft) -> Message:
        """Show a message and tell the listeners."""
        with self.changes.lock:
            message = Message(
                ts=self.new_ts(),
                channel=draft.channel,
                user=draft.user,
                revisions=[Revision(self.clock.now(), _with_ids(draft.content))],
                bot_id=draft.bot_id,
                username=draft.username,
                subtype=draft.subtype,
                thread_ts=draft.thread_ts,
                broadcast=draft.broadcast,
                private_to=draft.private_to,
                metadata=draft.metadata,
            )
            self._messages.setdefault(message.channel, {})[message.ts] = message
            if message.thread_ts is not None and message.is_reply:
                root = (message.channel, message.thread_ts)
                self._replies.setdefault(root, []).append(message)
        self._tell(Change.POSTED, message)
        return message

    def edit(self, message: Message, content: Content, *, mark: bool) -> None:
        """Replace what a message shows; `mark` adds Slack's "(edited)"."""
        with self.changes.lock:
            message.revisions.append(Revision(self.clock.now(), _with_ids(content)))
            message.edited = message.edited or mark
        self._tell(Change.EDITED, message)

    def delete(self, message: Message) -> None:
        """Take a message away; its history stays readable to tests."""
        with self.changes.lock:
            message.revisions.append(Revision(self.clock.now(), None))
        self._tell(Change.DELETED, message)

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message that is still shown, private ones included."""
        with self.changes.lock:
            found = self._messages.get(channel, {}).get(ts)
            return None if found is None or found.deleted else found

    def messages(self, channel: str) -> list[Message]:
        """Return what everybody sees in a channel and its threads, oldest first."""
        with self.changes.lock:
            shown = list(self._messages.get(channel, {}).values())
        return [each for each in shown if not each.deleted and each.private_to is None]

    def private_messages(self, user: str) -> list[Message]:
        """Return what only this person sees, oldest first."""
        return [each for each in self.everything() if each.private_to == user]

    def replies(self, root: Message) -> list[Message]:
        """Return the public replies to a message, oldest first."""
        with self.changes.lock:
            answers = list(self._replies.get((root.channel, root.ts), []))
        return [each for each in answers if not each.deleted and each.private_to is None]

    def everything(self) -> list[Message]:
        """Return every message that has not been deleted, oldest first."""
        with self.changes.lock:
            shown = [each for channel in self._messages.values() for each in channel.values()]
        return sorted((each for each in shown if not each.deleted), key=lambda each: each.ts)

    def note(self, user: User, channel: str, text: str) -> None:
        """Remember what a person did, for the transcript."""
        with self.changes.lock:
            self._notes.append(Note(self.clock.now(), user.name, channel, text))

    def notes(self) -> list[Note]:
        """Return what people did, oldest first."""
        with self.changes.lock:
            return list(self._notes)

    def reject(self, method: str, error: str, problems: Sequence[str] = ()) -> None:
        """Note a call that was refused."""
        with self.changes.lock:
            self.rejections.append(Rejection(method, error, tuple(problems)))
        self.changes.tell()

    def _tell(self, change: Change, message: Message) -> None:
        self.changes.tell()
        for listener in list(self.listeners):
            listener(change, message)


def _with_ids(content: Content) -> Content:
    attachments = (
        {**each, "blocks": identified(each["blocks"])} if "blocks" in each else each
        for each in content.attachments
    )
    blocks = identified(content.blocks)
    return replace(content, blocks=tuple(blocks), attachments=tuple(attachments))
