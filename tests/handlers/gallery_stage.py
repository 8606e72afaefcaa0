"""A stage for the gallery: an outbox and galleries on one database, and the pretend Slack."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.store.pictures import PictureStore
from handlers.blocks.card import Card, Mark, Picture
from handlers.blocks.slack import Message, to_slack
from handlers.charts.findings import Chart, finding_of
from handlers.chat import slack_client
from handlers.files import Files
from handlers.gallery import Gallery
from handlers.outbox import Outbox
from tests.core.small_desk import Watch
from tests.handlers.charts.trends import TRENDS
from tests.handlers.outbox_stage import INCIDENTS, Stage

CHART = TRENDS["hits_fell"]
PNG = b"\x89PNG of a test"


def said(*charts: Chart) -> Message:
    """Make a message that shows these."""
    return to_slack(Card("Cache hits", Mark.INFO, ("12 of 14.",), said_parts(*charts)))


def said_parts(*charts: Chart) -> tuple[Picture, ...]:
    """Make the parts that show these."""
    return tuple(Picture(chart, finding_of(chart)) for chart in charts)


@dataclass
class Scene:
    """An outbox and galleries on the same database, by a clock that the test sets."""

    stage: Stage
    watch: Watch = field(default_factory=Watch)
    drawn: list[Chart] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the pretend Slack's processing under the test's hand."""
        self.stage.slack.workspace.files.processing = timedelta()
        self.outbox: Outbox = self.stage.outbox(clock=self.watch)

    def gallery(self, owner: str = "me") -> Gallery:
        """Make a gallery that does nothing by itself."""
        client = slack_client(self.stage.slack.bot_token, self.stage.slack.api_url)
        store = PictureStore(self.stage.database, owner)
        return Gallery(
            Files(client),
            store,
            self.watch,
            lambda: self.changes.append(owner),
            timedelta(seconds=10),
            self.draw,
        )

    def draw(self, chart: Chart) -> bytes:
        """Note what was drawn."""
        self.drawn.append(chart)
        return PNG

    def tell(self, message: Message) -> None:
        """Want a message told, and have it told."""
        self.outbox.put("k", INCIDENTS, message)
        self.outbox.tell("k")

    def hang(self, gallery: Gallery, seconds: float = 0.0) -> None:
        """Have a gallery do what it can, then let time pass, then have the message told."""
        while gallery.look():
            pass
        self.watch.pass_by(timedelta(seconds=seconds))
        self.outbox.tell("k")

    def blocks(self, kind: str) -> list[dict[str, object]]:
        """Return the message's blocks of a kind."""
        (message,) = self.stage.seen()
        return [block for block in message.blocks if block["type"] == kind]

    def uploads(self) -> int:
        """Count the files that Slack was told of as whole."""
        return len(self.stage.slack.faults.seen("files.completeUploadExternal"))
