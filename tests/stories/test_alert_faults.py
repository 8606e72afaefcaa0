"""Stories of alerts that fire for a fault: Monitoring tells, and the thread names the fault."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.alerting import close_alert, fire_alert
from sandbox.cloud import disasters
from sandbox.cloud.deployment import JOB
from sandbox.cloud.project import Project
from sandbox.cloud.service_disasters import set_job_variable
from sandbox.cloud.sync_script import Cause
from sandbox.slack.messages import Message
from sandbox.stage import Setup
from tests.stories.conftest import BRISK, INCIDENTS, PATIENCE, Story, play

Break = Callable[[Project], object]


def failing(cause: Cause | None) -> Break:
    """Let two syncs in a row have failed, of a cause or of a model's name that is misspelt."""

    def break_it(project: Project) -> None:
        if cause is None:
            set_job_variable(project, "LLM_MODEL_NAME", "lama3.2:1b")
        for _ in range(2):
            if cause is not None:
                disasters.fail_next_sync(project, cause)
            project.executions.live_through(project.state.job(JOB), "dana@example.com")

    return break_it


FAULTS: dict[str, tuple[str, Break, str]] = {
    "stub": ("hit rate", disasters.stub_out_manifest, "manifest.json is a stub"),
    "no marker": ("hit rate", disasters.remove_done, "There is no .done marker"),
    "lost model": ("hit rate", disasters.lose_sbert, "BAAI/bge-m3 is not in the bucket"),
    "bucket gone": ("hit rate", disasters.delete_bucket, "is gone"),
    "no access": ("hit rate", disasters.drop_bindings, "may not use the bucket"),
    "typo": ("sync failures", failing(None), 'does not know the language model "lama3.2:1b"'),
    "disk": ("sync failures", failing(Cause.OUT_OF_DISK), "ran out of disk"),
    "time limit": ("sync failures", failing(Cause.ATTEMPT_TIMEOUT), "time limit of 15 min"),
    "leftovers": ("usage", lambda one: disasters.fill_bucket(one, 4), "Leftovers of syncs"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_alert_is_told_with_its_cause_and_closed_in_the_same_message(
    name: str, tmp_path: Path
) -> None:
    """From Monitoring's webhook to the conclusion in the incident's own thread, and its close."""
    about, break_it, cause = FAULTS[name]
    for story in play(tmp_path, Setup(speed=400, settings=BRISK)):
        break_it(story.stage.project)
        incident = fire_alert(story.stage, about)
        root, diagnosis = told(story)
        assert cause in diagnosis.text.splitlines()[1]
        assert (diagnosis.posted_at - root.posted_at).total_seconds() < 10
        close_alert(story.stage, incident)
        until_closed(story, root)
        assert [one for one in story.public() if not one.is_reply] == [root]


def until_closed(story: Story, root: Message) -> None:
    """Wait until the incident's own message tells of its close."""
    story.stage.slack.wait_for(lambda: "Closed after" in root.text, PATIENCE)


def told(story: Story) -> tuple[Message, Message]:
    """Wait for the incident's message and the diagnosis below it."""

    def both() -> tuple[Message, Message] | None:
        said = story.stage.slack.messages(INCIDENTS)
        root = next((one for one in said if one.text.startswith("Alert")), None)
        reply = next((one for one in said if root and one.thread_ts == root.ts), None)
        return (root, reply) if root and reply else None

    found = story.stage.slack.wait_for(both, PATIENCE)
    assert found is not None
    return found
