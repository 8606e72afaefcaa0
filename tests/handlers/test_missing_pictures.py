"""Properties of messages whose pictures cannot be shown: the numbers arrive all the same."""

from dataclasses import replace

from core.store.tellings import tell
from handlers.blocks import limits
from handlers.blocks.card import Bullets, Card, Mark
from handlers.blocks.kit import cost
from handlers.blocks.slack import to_slack
from handlers.charts.findings import finding_of
from handlers.kept import telling_of
from sandbox.faults import Fault, Refuse
from tests.handlers.charts.trends import TRENDS
from tests.handlers.gallery_stage import CHART, Scene, said, said_parts
from tests.handlers.outbox_stage import INCIDENTS


def test_the_numbers_of_a_picture_come_without_it(scene: Scene) -> None:
    """Its finding in words, and each of the last days with its rate and its misses by reason."""
    scene.stage.slack.faults.add(Fault("files.*", Refuse("missing_scope")))
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    shown = str(scene.blocks("section"))
    for text in (shown, scene.stage.seen()[0].text):
        assert finding_of(CHART) in text
        assert "22 Nov: 71 % (30 of 42), 12 model_not_found" in text
        assert "23 Nov so far: 94 % (18 of 19), 1 model_not_found" in text
        assert "16 Nov" not in text, "the last seven days are enough"


def test_a_missing_scope_is_named_with_the_place_to_add_it(scene: Scene) -> None:
    """Slack says which one it wants."""
    manifest = scene.stage.slack.workspace.manifest
    scopes = manifest.scopes - {"files:write"}
    scene.stage.slack.workspace.manifest = replace(manifest, scopes=scopes)
    scene.tell(said(CHART))
    scene.hang(scene.gallery())
    told = str(scene.blocks("context"))
    assert "lacks the scope files:write" in told
    assert "OAuth & Permissions" in told


def test_why_there_are_no_pictures_is_said_once(scene: Scene) -> None:
    """A report with three charts has one fault, not three."""
    scene.stage.slack.faults.add(Fault("files.*", Refuse("missing_scope")))
    charts = (CHART, TRENDS["bytes_fills"], TRENDS["syncs_mixed"])
    scene.tell(said(*charts))
    scene.hang(scene.gallery())
    (message,) = scene.stage.seen()
    assert str(message.blocks).count("could not be shown") == 1
    assert message.text.count("could not be shown") == 1
    assert all(finding_of(chart) in str(message.blocks) for chart in charts)
    assert {one.method for one in scene.stage.slack.rejections()} == {"files.getUploadURLExternal"}


def test_it_is_said_how_many_of_the_pictures_are_missing(scene: Scene) -> None:
    """The others are there."""
    scene.stage.slack.faults.add(Fault("files.getUploadURLExternal", Refuse("x"), times=1))
    scene.tell(said(CHART, TRENDS["bytes_fills"], TRENDS["syncs_mixed"]))
    scene.hang(scene.gallery())
    assert len(scene.blocks("image")) == 2
    assert "1 of 3 pictures could not be shown" in str(scene.blocks("context"))


def test_numbers_that_do_not_fit_any_more_are_left_out(scene: Scene) -> None:
    """Slack would refuse the whole message; the reason is told all the same."""
    scene.stage.slack.faults.add(Fault("files.*", Refuse("missing_scope")))
    lines = tuple((f"{number} {'x' * 300}",) for number in range(60))
    card = Card("t", Mark.INFO, (), (Bullets(lines), *said_parts(CHART, TRENDS["syncs_good"])))
    scene.tell(to_slack(card))
    scene.hang(scene.gallery())
    (message,) = scene.stage.seen()
    assert "could not be shown" in str(scene.blocks("context"))
    assert "could not be shown" in message.text
    assert sum(map(cost, message.blocks)) <= limits.MESSAGE
    assert {one.method for one in scene.stage.slack.rejections()} == {"files.getUploadURLExternal"}


def test_a_chart_that_nobody_can_read_any_more_keeps_no_message_back(scene: Scene) -> None:
    """Its finding stands beside it in words."""
    telling = telling_of("k", INCIDENTS, said(CHART))
    (wanted,) = telling.pictures
    broken = replace(telling, pictures=[replace(wanted, chart="{}")])
    tell(scene.stage.database, broken, scene.watch())
    scene.outbox.tell("k")
    scene.hang(scene.gallery())
    assert "internal error" in str(scene.blocks("context"))
    assert finding_of(CHART) in str(scene.blocks("section"))
