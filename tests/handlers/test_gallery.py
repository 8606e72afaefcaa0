"""Properties of the gallery: numbers at once, each picture once, and a word where there is none."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.store.database import Database, DatabaseAway
from core.store.pictures import CLAIM, PictureState, PictureStore
from handlers.blocks.card import Card, Mark, Picture
from handlers.blocks.slack import Message, to_slack
from handlers.charts.findings import Chart, finding_of
from handlers.chat import slack_client
from handlers.files import Files
from handlers.gallery import Gallery
from handlers.outbox import Outbox
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import Watch
from tests.handlers.charts.trends import TRENDS
from tests.handlers.outbox_stage import INCIDENTS, Stage

CHART = TRENDS["hits_fell"]
PNG = b"\x89PNG of a test"


def said(*charts: Chart) -> Message:
    """Make a message that shows these."""
    parts = tuple(Picture(chart, finding_of(chart)) for chart in charts)
    return to_slack(Card("Cache hits", Mark.INFO, ("12 of 14.",), parts))


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


@pytest.fixture
def scene(slack: PretendSlack, file_database: Database) -> Iterator[Scene]:
    """A scene of one's own."""
    made = Scene(Stage(slack, file_database))
    yield made
    for outbox in made.stage.started:
        outbox.stop()


def test_the_numbers_come_first_and_the_picture_into_the_same_message(scene: Scene) -> None:
    """One message, edited once the file can be shown, with the finding as its alternative text."""
    scene.tell(said(CHART))
    assert scene.blocks("image") == []
    assert "12 of 14." in scene.stage.seen()[0].text
    scene.hang(scene.gallery())
    (image,) = scene.blocks("image")
    assert image["alt_text"] == finding_of(CHART)
    assert scene.drawn == [CHART]
    assert scene.stage.slack.rejections() == []


def test_an_edit_that_shows_the_same_uploads_nothing(scene: Scene) -> None:
    """The file is remembered with the message; another picture is another file."""
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    assert scene.uploads() == 1
    assert len(scene.blocks("image")) == 1
    scene.tell(said(CHART, TRENDS["syncs_mixed"]))
    scene.hang(scene.gallery())
    assert scene.uploads() == 2
    assert len(scene.blocks("image")) == 2


def test_a_file_is_shown_only_when_slack_has_looked_at_it(scene: Scene) -> None:
    """Before, Slack refuses the whole message, and it takes a moment as a rule."""
    scene.stage.slack.workspace.files.processing = timedelta(hours=1)
    scene.tell(said(CHART))
    gallery = scene.gallery()
    scene.hang(gallery, 5)
    assert scene.blocks("image") == []
    scene.stage.slack.workspace.files.processing = timedelta()
    scene.hang(gallery)
    assert len(scene.blocks("image")) == 1
    assert scene.stage.slack.rejections() == []


def test_processing_that_never_ends_is_told(scene: Scene) -> None:
    """After ten seconds; the numbers stand, and nobody waits for a picture."""
    scene.stage.slack.workspace.files.processing = timedelta(days=1)
    scene.tell(said(CHART))
    for _ in range(3):
        scene.hang(scene.gallery(), 6)
    assert scene.blocks("image") == []
    assert "The picture could not be shown" in str(scene.blocks("context"))
    assert "The picture could not be shown" in scene.stage.seen()[0].text
    assert "12 of 14." in scene.stage.seen()[0].text


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_refused_upload_is_told_with_slacks_reason(scene: Scene, method: str) -> None:
    """Such as a scope that was not granted."""
    scene.stage.slack.faults.add(Fault(method, Refuse("missing_scope")))
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    assert "missing_scope" in str(scene.blocks("context"))


@pytest.mark.parametrize("trouble", [LoseReply(), Refuse(500), Refuse(429)])
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_passing_trouble_costs_time_and_nothing_else(
    scene: Scene, method: str, trouble: LoseReply | Refuse
) -> None:
    """Whether the lost request was carried out or not, one picture is shown."""
    scene.stage.slack.faults.add(Fault(method, trouble, times=1))
    scene.tell(said(CHART))
    gallery = scene.gallery()
    scene.hang(gallery, 3)
    scene.hang(gallery)
    assert len(scene.blocks("image")) == 1


def test_trouble_that_stays_is_given_up(scene: Scene) -> None:
    """Nothing is tried for ever."""
    scene.stage.slack.faults.add(Fault("files.*", Refuse(503)))
    scene.tell(said(CHART))
    gallery = scene.gallery()
    for _ in range(5):
        scene.hang(gallery, 60)
    assert scene.blocks("context") == []
    for _ in range(20):
        scene.hang(gallery, 60)
    assert "Slack did not take it" in str(scene.blocks("context"))
    assert len(scene.stage.slack.faults.seen("files.*")) == 10


def test_slacks_pace_costs_no_try(scene: Scene) -> None:
    """However often it asks to wait, the picture comes."""
    scene.stage.slack.faults.add(Fault("files.*", Refuse(429), times=15))
    scene.tell(said(CHART))
    gallery = scene.gallery()
    for _ in range(16):
        scene.hang(gallery, 60)
    assert len(scene.blocks("image")) == 1


def test_before_its_message_is_posted_no_picture_is_tried(scene: Scene) -> None:
    """Slack may be away for hours; the message waits for it, and so do its charts."""
    scene.stage.slack.faults.add(Fault("*", Refuse(503)))
    scene.tell(said(CHART))
    gallery = scene.gallery()
    for _ in range(3):
        scene.hang(gallery, 1200)
    assert scene.stage.slack.faults.seen("files.*") == []
    scene.stage.slack.faults.clear()
    scene.hang(gallery, 60)
    scene.hang(gallery)
    assert len(scene.blocks("image")) == 1


def test_a_database_that_is_away_for_a_moment_costs_no_picture(scene: Scene) -> None:
    """Its claim runs out, and it is tried again."""
    scene.tell(said(CHART))
    gallery = scene.gallery()
    drawn = [False]

    def away(chart: Chart) -> bytes:
        if drawn[0]:
            return scene.draw(chart)
        drawn[0] = True
        raise DatabaseAway("My database does not answer.")

    gallery = replace(gallery, draw=away)
    with pytest.raises(DatabaseAway):
        gallery.look()
    scene.watch.pass_by(CLAIM + timedelta(seconds=1))
    scene.hang(gallery)
    assert len(scene.blocks("image")) == 1


def test_a_picture_that_ends_the_process_is_given_up(scene: Scene) -> None:
    """Otherwise each start would end with it, and none of the others be drawn."""
    scene.tell(said(CHART))
    for number in range(10):
        dead = scene.gallery(f"dead{number}")
        assert dead.store.claim(scene.watch()) is not None
        dead.store.release(frozenset({f"dead{number}"}))
    scene.hang(scene.gallery())
    assert "I was stopped 10 times" in str(scene.blocks("context"))
    assert scene.drawn == []


@pytest.mark.parametrize("state", [PictureState.SENDING, PictureState.SHARED])
def test_who_starts_next_goes_on_with_the_same_file(scene: Scene, state: PictureState) -> None:
    """A process that died after the upload leaves a file, and it is not sent again."""
    scene.tell(said(CHART))
    dead = scene.gallery("dead")
    picture = dead.store.claim(scene.watch())
    assert picture is not None
    reserved = dead.files.reserve("a.png", len(PNG), picture.alt)
    assert dead.store.sending(picture, reserved.file_id)
    dead.files.send(reserved, PNG)
    if state is PictureState.SHARED:
        dead.files.finish(reserved.file_id, picture.alt)
        dead.store.shared(picture, scene.watch())
    scene.watch.pass_by(CLAIM + timedelta(seconds=1))
    scene.hang(scene.gallery())
    (image,) = scene.blocks("image")
    assert image["slack_file"] == {"id": reserved.file_id}
    assert scene.uploads() == 1
    assert scene.drawn == []


def test_a_file_that_was_never_sent_is_sent_anew(scene: Scene) -> None:
    """The process died between asking where to send it and sending it."""
    scene.tell(said(CHART))
    dead = scene.gallery("dead")
    picture = dead.store.claim(scene.watch())
    assert picture is not None
    reserved = dead.files.reserve("a.png", len(PNG), picture.alt)
    dead.store.sending(picture, reserved.file_id)
    dead.store.release(frozenset({"dead"}))
    scene.hang(scene.gallery())
    (image,) = scene.blocks("image")
    assert image["slack_file"] != {"id": reserved.file_id}


def test_a_picture_of_before_is_dropped_with_its_failure(scene: Scene) -> None:
    """What the message says now wants another one, and nothing is wrong with that."""
    scene.stage.slack.faults.add(Fault("files.getUploadURLExternal", Refuse("missing_scope")))
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    assert "missing_scope" in scene.stage.seen()[0].text
    scene.stage.slack.faults.clear()
    scene.tell(said(TRENDS["syncs_mixed"]))
    scene.hang(scene.gallery())
    assert len(scene.blocks("image")) == 1
    assert "could not be shown" not in scene.stage.seen()[0].text
    scene.tell(said())
    assert scene.outbox.pictures.of("k") == {}


def test_of_several_pictures_it_is_told_which_failed(scene: Scene) -> None:
    """In words; the others stand in their places."""
    scene.stage.slack.faults.add(
        Fault("files.getUploadURLExternal", Refuse("missing_scope"), times=1)
    )
    scene.tell(said(CHART, TRENDS["syncs_mixed"]))
    scene.hang(scene.gallery())
    assert len(scene.blocks("image")) == 1
    assert "of 2 could not be shown" in scene.stage.seen()[0].text
    assert scene.stage.seen()[0].text.count("could not be shown") == 1


def test_two_processes_upload_one_picture(scene: Scene) -> None:
    """Who has claimed it works on it, and the other finds nothing to do."""
    scene.tell(said(CHART))
    mine, other = scene.gallery(), scene.gallery("other")
    picture = mine.store.claim(scene.watch())
    assert picture is not None
    assert not other.look()
    mine.store.release(frozenset({"me"}))
    scene.hang(other)
    assert scene.uploads() == 1
    assert not mine.store.sending(picture, "F1"), "it is the other's by now"


def test_a_fault_of_our_own_is_told_by_number(scene: Scene) -> None:
    """A chart that cannot be drawn costs nobody the numbers."""

    def broken(chart: Chart) -> bytes:
        raise ValueError(chart)

    scene.tell(said(CHART))
    gallery = scene.gallery()
    scene.hang(replace(gallery, draw=broken))
    assert "internal error" in str(scene.blocks("context"))


def test_a_picture_that_slack_does_not_show_after_all_is_left_out(scene: Scene) -> None:
    """The rest of the message keeps its blocks."""
    scene.tell(said(CHART))
    gallery = scene.gallery()
    scene.stage.slack.faults.add(Fault("chat.update", Refuse("invalid_blocks"), times=1))
    scene.hang(gallery)
    assert scene.blocks("image") == []
    assert "The picture could not be shown" in str(scene.blocks("context"))
    assert len(scene.blocks("header")) == 1
