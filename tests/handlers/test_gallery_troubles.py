"""Properties of the gallery in trouble: what passes costs no picture, what stays is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.store.database import DatabaseAway
from core.store.pictures import CLAIM
from handlers.charts.findings import Chart
from sandbox.faults import Fault, LoseReply, Refuse
from tests.handlers.gallery_stage import CHART, Scene, said


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
