"""A stage for the outbox: the pretend Slack, a database, and what makes outboxes on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.call import Place
from core.store.database import Database
from core.store.messages import MessageStore, touch
from handlers.blocks.card import Card, Mark
from handlers.blocks.slack import Message, to_slack
from handlers.chat import Chat, slack_client
from handlers.outbox import CardOf, Outbox
from sandbox.slack.messages import Message as Seen
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW

INCIDENTS, RANDOM = Place("C0INCIDENTS"), Place("C0RANDOM")
PATIENCE = 30.0


def said(text_of_it: str) -> Message:
    """Make a message of one line."""
    return to_slack(Card("Cache", Mark.INFO, (text_of_it,)))


def no_card(key: str) -> Card | None:
    """Render nothing: every message here is kept as it is."""
    raise AssertionError(f"{key} is not to be rendered")


@dataclass
class Stage:
    """A pretend Slack, a database, and what makes outboxes on them."""

    slack: PretendSlack
    database: Database
    started: list[Outbox] = field(default_factory=list)

    def outbox(
        self,
        owner: str = "me",
        card_of: CardOf = no_card,
        clock: Callable[[], datetime] = lambda: NOW,
    ) -> Outbox:
        """Make an outbox that tells nothing by itself."""
        chat = Chat(slack_client(self.slack.bot_token, self.slack.api_url))
        store = MessageStore(self.database, owner)
        made = Outbox(chat, store, card_of, clock, pace=timedelta(seconds=2))
        self.started.append(made)
        return made

    def running(self, owner: str = "me", card_of: CardOf = no_card) -> Outbox:
        """Make an outbox and have it tell, by the real clock."""
        made = self.outbox(owner, card_of, lambda: datetime.now(NOW.tzinfo))
        made.start()
        return made

    def seen(self, channel: str = "C0INCIDENTS") -> list[Seen]:
        """Return the bot's messages that are there."""
        return [one for one in self.slack.messages(channel) if not one.deleted]

    def texts(self, channel: str = "C0INCIDENTS") -> list[str]:
        """Return what they say, in one line each."""
        return [one.text.splitlines()[-1] for one in self.seen(channel)]

    def wait_for_texts(self, *texts: str) -> None:
        """Wait until the channel says exactly this."""
        self.slack.wait_for(lambda: self.texts() == list(texts), PATIENCE)

    def change(self, key: str) -> None:
        """Have what a message tells change."""
        with self.database.begin() as connection:
            touch(connection, key)
