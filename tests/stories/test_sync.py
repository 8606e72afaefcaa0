"""Stories of `/cache sync`, over the wire from the typed word to the proven cache."""

from itertools import pairwise

from sandbox.cloud import disasters
from sandbox.cloud.sync_script import Cause
from sandbox.faults import Fault, LoseReply, Refuse
from tests.stories.conftest import ANNA, INCIDENTS, RUN_JOB, VIC, Story


def test_a_sync_is_started_once_followed_and_proven(story: Story) -> None:
    """One execution, one message edited in place, evidence at the end."""
    before = story.executions()
    message = story.ask("sync")
    text = story.until_ended(message)
    assert text.startswith("Sync of the model cache: done")
    assert "in place and proven" in text
    assert story.executions() == before + 1
    assert len(story.public()) == 1
    version = story.stage.project.bucket.get(".done").content.read(0, 100).decode().strip()
    assert version in text


def test_a_progress_is_shown_while_it_runs(slow_story: Story) -> None:
    """Attempt, log line, elapsed time and a bar, in edits that keep Slack's pace."""
    message = slow_story.ask("sync")
    slow_story.stage.slack.wait_for(lambda: "Last log line:" in message.text, 60)
    slow_story.stage.slack.wait_for(lambda: "%" in message.text, 60)
    text = slow_story.until_ended(message)
    assert "done" in text.splitlines()[0]
    times = [revision.at for revision in message.revisions]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert min(gaps) > 0.4, "edits come no faster than the setting says"


def test_somebody_elses_execution_is_joined(slow_story: Story) -> None:
    """A second sync beside the CI's would overwrite it; it is followed instead."""
    theirs = disasters.start_rival_execution(slow_story.stage.project)
    before = slow_story.executions()
    text = slow_story.until_ended(slow_story.ask("sync"))
    assert f"Joined {theirs}" in text
    assert "done" in text.splitlines()[0]
    assert slow_story.executions() == before
    assert slow_story.stage.faults.seen(RUN_JOB) == []


def test_a_lost_reply_yields_exactly_one_execution(story: Story) -> None:
    """RunJob is applied and its answer lost: the bot looks, finds it and adopts it."""
    before = story.executions()
    story.stage.faults.add(Fault(RUN_JOB, LoseReply(), times=1))
    text = story.until_ended(story.ask("sync"))
    assert "done" in text.splitlines()[0]
    assert story.executions() == before + 1
    assert len(story.stage.faults.seen(RUN_JOB)) == 1


def test_a_start_without_any_answer_ends_unknown_and_is_not_repeated(story: Story) -> None:
    """Where nothing turned up, the bot says what it sees instead of trying again."""
    before = story.executions()
    story.stage.faults.add(Fault(RUN_JOB, Refuse("UNAVAILABLE"), times=1))
    text = story.until_ended(story.ask("sync"))
    assert "The outcome is not known" in text
    assert "The cache is consistent" in text
    assert story.executions() == before
    assert len(story.stage.faults.seen(RUN_JOB)) == 1


def test_a_failed_sync_says_why_and_what_state_the_cache_is_in(story: Story) -> None:
    """A misspelt model is named in the words of the log, and the cache is looked at."""
    disasters.fail_next_sync(story.stage.project, Cause.MODEL_NOT_FOUND)
    text = story.until_ended(story.ask("sync"))
    assert "file does not exist" in text
    assert "The cache is consistent" in text


def test_a_death_in_promotion_is_told_as_an_inconsistent_cache(story: Story) -> None:
    """The marker still stands and means nothing: the models are gone."""
    disasters.die_half_way_through_promotion(story.stage.project)
    text = story.until_ended(story.ask("sync"))
    assert "The cache is inconsistent" in text
    again = story.until_ended(story.ask("sync"))
    assert "in place and proven" in again


def test_a_sync_can_be_stopped(slow_story: Story) -> None:
    """The execution is cancelled, and the last word is on the state of the cache."""
    message = slow_story.ask("sync")
    slow_story.stage.slack.wait_for(lambda: "Follow the execution: tab" in message.text, 60)
    told = slow_story.ask_privately("cancel", user=ANNA)
    assert "stops at its next safe point" in told
    text = slow_story.until_ended(message)
    assert "stopped" in text.splitlines()[0]
    assert "was cancelled" in text
    assert "The cache is" in text


def test_the_stop_button_takes_the_same_road(slow_story: Story) -> None:
    """A button is a command: it is confirmed by Slack's dialog and checked by the policy."""
    message = slow_story.ask("sync")
    vic, olga = slow_story.person(VIC), slow_story.person()
    slow_story.stage.slack.wait_for(lambda: "Follow the execution: tab" in message.text, 60)
    before = len(slow_story.private(VIC))
    vic.click(message, "Stop")
    slow_story.stage.slack.wait_for(lambda: len(slow_story.private(VIC)) > before, 30)
    assert "needs the role operator" in slow_story.private(VIC)[-1].text
    olga.click(message, "Stop")
    assert "stopped" in slow_story.until_ended(message).splitlines()[0]


def test_a_second_sync_is_told_what_runs(slow_story: Story) -> None:
    """Nothing is queued unseen behind a running operation."""
    message = slow_story.ask("sync")
    told = slow_story.ask_privately("sync", user=ANNA)
    assert "is already running" in told
    assert "done" in slow_story.until_ended(message).splitlines()[0]
    assert len(slow_story.public(INCIDENTS)) == 1


def test_a_viewer_is_refused_privately(story: Story) -> None:
    """The channel does not hear of a refusal, and nothing is started."""
    before = story.executions()
    told = story.ask_privately("sync", user=VIC)
    assert "needs the role operator; you have viewer" in told
    assert story.public() == []
    assert story.executions() == before


def test_a_dry_run_starts_nothing(story: Story) -> None:
    """The plan is shown to the asker alone."""
    before = story.executions()
    told = story.ask_privately("sync --dry-run")
    assert "nothing was changed" in told
    assert story.executions() == before
