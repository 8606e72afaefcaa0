"""Stories of `/cache health`: the truth about every component, fast, whatever fails."""

import pytest

from sandbox.cloud import disasters
from sandbox.cloud.project import Layout
from sandbox.faults import Fault, Hang, Refuse
from sandbox.stage import Setup, Stage
from tests.stories.conftest import BRISK, LIST_ENTRIES, Story


def row(text: str, title: str) -> str:
    """Return the line of a check."""
    return next(line for line in text.splitlines() if f"] {title}:" in line)


def test_a_healthy_cache_is_said_to_be_healthy(story: Story) -> None:
    """All checks are ok, with at most two reads of the logs."""
    story.stage.faults.calls.clear()
    text = story.ask("health").text
    assert "all 13 checks are ok" in text
    assert 1 <= len(story.stage.faults.seen(LIST_ENTRIES)) <= 2


def test_a_check_that_fails_reads_unknown_and_costs_the_others_nothing(story: Story) -> None:
    """Logging is down: the hit rate is unknown and why, everything else is told."""
    story.stage.faults.add(Fault("google.logging.v2.LoggingServiceV2/*", Refuse("UNAVAILABLE")))
    text = story.ask("health").text
    assert "[unknown] Hit rate" in text
    assert text.count("[ok]") == 12


@pytest.mark.parametrize(
    ("method", "unknown"),
    [
        (LIST_ENTRIES, "Hit rate"),
        ("google.cloud.scheduler.v1.CloudScheduler/GetJob", "Nightly sync"),
        ("monitoring.projects.alerts.list", "Open incidents"),
    ],
)
def test_a_check_that_hangs_reads_unknown(story: Story, method: str, unknown: str) -> None:
    """The report comes within the deadline of one check, with the others' verdicts."""
    story.stage.faults.add(Fault(method, Hang()))
    text = story.ask("health").text
    assert f"[unknown] {unknown}" in text
    assert text.count("[ok]") == 12
    story.stage.faults.clear()


def test_what_is_wrong_is_found_and_comes_with_a_next_step(story: Story) -> None:
    """Each disaster is named by the check whose business it is."""
    project = story.stage.project
    disasters.lose_blob(project)
    disasters.remove_done(project)
    disasters.suspend_versioning(project)
    disasters.pin_traffic(project)
    disasters.pause_scheduler(project)
    disasters.drop_hit_rate(project)
    text = story.ask("health").text
    assert "[failing] Models" in text
    assert "missing" in row(text, "Models")
    assert "[failing] Done marker" in text
    assert "ersioning" in row(text, "Bucket settings")
    assert "paused" in row(text, "Nightly sync")
    assert "[ok] Hit rate" not in text
    assert "pinned" in text
    assert "/cache sync" in text


def test_a_stub_manifest_is_recognised(story: Story) -> None:
    """A startup's stub is a warning or worse, never a version."""
    disasters.stub_out_manifest(story.stage.project)
    assert "stub" in story.ask("health").text


def test_a_missing_bucket_is_said_plainly(story: Story) -> None:
    """The checks of the content say that the bucket is gone, the others go on."""
    disasters.delete_bucket(story.stage.project)
    text = story.ask("health").text
    assert "[failing]" in text
    assert story.stage.project.bucket_name in text
    assert "[ok] Service" in text


def test_absent_components_are_not_configured_and_never_healthy(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A deployment without trigger, metrics and policies is no failure, and is not called ok."""
    layout = Layout(scheduler=False, log_metrics=False, policies=False)
    stage = Stage(tmp_path_factory.mktemp("bare"), Setup(settings=BRISK, layout=layout)).start()
    bot = stage.start_bot()
    try:
        text = Story(stage, bot).ask("health").text
    finally:
        bot.kill()
        stage.stop()
    for title in ("Nightly sync", "Log metrics", "Alert policies"):
        assert f"[not configured] {title}" in text
