"""Properties of the gallery: numbers at once, each picture once, and a word where there is none."""

from datetime import timedelta

import pytest

from core.store.pictures import CLAIM, PictureState
from handlers.charts.findings import finding_of
from sandbox.faults import Fault, Refuse
from tests.handlers.charts.trends import TRENDS
from tests.handlers.gallery_stage import CHART, PNG, Scene, said


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
    assert "1 of 2 pictures could not be shown" in scene.stage.seen()[0].text
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
