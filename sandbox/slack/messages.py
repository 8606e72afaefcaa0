"""A message and every state that it has been in."""

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.slack.wire import Json


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows: top-level text, blocks, legacy attachments, files by id."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    link_names: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a message and when it came to be; a deletion has no content."""

    at: datetime
    content: Content | None


@dataclass(slots=True)
class Message:
    """A message in a channel; `private_to` makes it "Only visible to you" for one person."""

    ts: str
    channel: str
    user: str
    revisions: list[Revision]
    bot_id: str | None = None
    username: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    private_to: str | None = None
    metadata: Json | None = None
    edited: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def deleted(self) -> bool:
        """Tell whether the message has been deleted."""
        return self.revisions[-1].content is None

    @property
    def content(self) -> Content:
        """Return what the message shows now."""
        return self.revisions[-1].content or Content()

    @property
    def text(self) -> str:
        """Return the top-level text: what a screen reader and a notification say."""
        return self.content.text

    @property
    def blocks(self) -> tuple[Json, ...]:
        """Return the blocks that are shown now."""
        return self.content.blocks

    @property
    def posted_at(self) -> datetime:
        """Return when the message first appeared."""
        return self.revisions[0].at

    @property
    def is_reply(self) -> bool:
        """Tell whether the message is a reply in a thread (its root is not)."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be posted; `user` is its author's user id."""

    channel: str
    user: str
    content: Content
    thread_ts: str | None = None
    broadcast: bool = False
    private_to: str | None = None
    bot_id: str | None = None
    username: str | None = None
    subtype: str | None = None
    metadata: Json | None = None


@dataclass(slots=True)
class View:
    """A modal or a Home tab as one person sees it; `payload` is the view as the app sent it."""

    id: str
    user: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return a modal's title, "" for a Home tab."""
        return str(self.payload.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        """Return the blocks of the view."""
        return list(self.payload.get("blocks", []))
