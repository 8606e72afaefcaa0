"""Stories of bad input: a clear answer, never a mention, nothing lost."""

import json
import time

import pytest

from sandbox.cloud.content import Literal
from sandbox.slack.live_mentions import live_mentions
from sandbox.slack.payloads import event_payload
from tests.stories.conftest import INCIDENTS, OLGA, Story


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("heatlh", "Did you mean /cache health"),
        ("health sometime", "no span of time"),
        ("history 0", "no number from 1 to 50"),
        ("sync now", "I do not know what to do with"),
        ("a" * 40_000, "characters"),
        ("sync \x07\x1b[31m", "control characters"),
        ("<!channel> status", "I do not know the word"),
    ],
)
def test_a_mistake_is_answered_privately_and_clearly(
    shared_story: Story, words: str, said: str
) -> None:
    """The asker learns what is wrong; nobody else is bothered, nobody is notified."""
    before = len(shared_story.public())
    told = shared_story.ask_privately(words)
    assert said in told.replace("`", "")
    assert len(shared_story.public()) == before
    assert not notified(shared_story)


def test_a_hostile_model_name_notifies_nobody(story: Story) -> None:
    """What a manifest holds is shown letter for letter, whatever it holds."""
    hostile = "<!channel> @here <@U0ANNA> *bold* `code` & <https://evil.example|click>"
    bucket = story.stage.project.bucket
    stored = bucket.get("manifest.json").content
    manifest = json.loads(stored.read(0, stored.size_bytes))
    manifest["models"]["ollama"]["name"] = hostile
    bucket.put("manifest.json", Literal(json.dumps(manifest).encode()))
    for words in ("manifest", "models", "health", "status"):
        story.ask(words)
    assert not notified(story)


def test_a_hostile_log_line_notifies_nobody(story: Story) -> None:
    """Log lines come from anywhere; they are text and nothing else."""
    story.stage.project.logs.write(
        log_id="run.googleapis.com/stdout",
        resource_type="cloud_run_job",
        resource_labels={"job_name": "tabular-model-sync", "location": "europe-west1"},
        severity="ERROR",
        text="<!everyone> ``` @channel \x1b[2J <!subteam^S0ONCALL> " + "x" * 5000,
    )
    text = story.ask("logs sync errors 1h").text
    assert "everyone" in text
    assert not notified(story)


def test_the_same_delivery_twice_is_one_request(shared_story: Story) -> None:
    """Slack may send an event again; the answer comes once."""
    slack = shared_story.stage.slack
    before = len(shared_story.public())
    root = shared_story.person().say(INCIDENTS, "What is in the cache?").message
    assert root is not None
    event = {
        "type": "app_mention",
        "user": OLGA,
        "text": "<@U0CACHEBOT> manifest",
        "channel": INCIDENTS,
        "ts": root.ts,
        "event_ts": root.ts,
    }
    payload = event_payload(event, time.time())
    for _ in range(3):
        slack.events.deliver(payload)
    slack.wait_for(lambda: len(shared_story.public()) > before, 60)
    shared_story.ask("models")
    assert len(shared_story.public()) == before + 2


def notified(story: Story) -> set[str]:
    """Return whom the bot's messages would have notified, besides the asker."""
    said = [*story.public(), *story.private()]
    shown = [revision.content for one in said for revision in one.revisions]
    return {who for content in shown if content for who in live_mentions(content)} - {OLGA}
