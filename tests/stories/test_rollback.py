"""Stories of `/cache rollback`, over the wire from the typed word to the restored objects."""

from typing import Any

import pytest

from sandbox.cloud import disasters
from sandbox.cloud.content import Literal
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.cloud.service_disasters import set_job_variable, set_service_variable
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.messages import Message
from tests.stories.conftest import INCIDENTS, PATIENCE, VIC, Story
from tests.stories.plan_cards import asked_for_word, proposed, typed

REWRITE, DELETE = "storage.objects.rewrite", "storage.objects.delete"
INSERT = "storage.objects.insert"
TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"


def live(story: Story) -> dict[str, int]:
    """Return the checksums of the live objects that make up a version, by name."""
    kept = ("ollama/", "sbert/", "manifest.json", ".done")
    found = story.stage.project.bucket.list()
    return {one.name: one.crc32c for one in found if one.name.startswith(kept)}


def versions(story: Story) -> tuple[str, str]:
    """Return the version before the live one, and the live one."""
    names = [
        one.content.read(0, one.size_bytes).decode()
        for one in story.stage.project.bucket.list("manifest.json", versions=True)
    ]
    found = sorted({part.split('"')[3] for part in names})
    return found[-2], found[-1]


def job_env(story: Story) -> dict[str, str]:
    """Return the sync job's literal variables."""
    job: Any = story.stage.project.state.job(JOB)
    return {one.name: one.value for one in job.template.template.containers[0].env}


def rolled_back(story: Story, words: str = "rollback previous") -> Message:
    """Ask for a rollback, type its version, and return the operation's message at its end."""
    card = proposed(story, words)
    version = card.text.split("Restore version ")[1].split()[0].strip("`")
    message = typed(story, card, version)
    story.until_ended(message)
    return message


def test_a_rollback_restores_every_object_and_undo_leads_back(story: Story) -> None:
    """Both ways byte for byte; the nightly trigger is paused and, at the end, enabled again."""
    old, new = versions(story)
    before = live(story)
    known = set(before)
    message = rolled_back(story)
    assert message.text.startswith("Rolling the model cache back: done"), message.text
    after = live(story)
    assert after != before
    assert story.stage.project.bucket.get(".done").content.read(0, 100) == f"{old}\n".encode()
    assert {name for name in after if name.startswith("sbert/")} != {
        name for name in known if name.startswith("sbert/")
    }
    assert "nightly trigger is paused" in message.text
    assert f"version {old}" in message.text.replace("`", "").lower()
    story.person().click(message, "Undo")
    card = story.stage.slack.wait_for(
        lambda: next((one for one in story.public() if "Plan: undo" in one.text), None), PATIENCE
    )
    assert card is not None
    text = story.until_ended(typed(story, card, new))
    assert "done" in text.splitlines()[0]
    assert "nightly trigger is enabled" in text
    assert live(story) == before


def test_the_first_startup_on_the_restored_version_is_told_in_the_thread(story: Story) -> None:
    """The operation ends before; whoever follows its thread learns that it took."""
    old, _ = versions(story)
    message = rolled_back(story)

    def told() -> list[Message]:
        return [one for one in story.stage.slack.messages(INCIDENTS) if one.thread_ts == message.ts]

    story.stage.slack.wait_for(told, PATIENCE)
    assert f"found version {old}" in told()[0].text.replace("`", "")
    assert len(told()) == 1


def test_a_version_with_a_lost_source_is_refused_without_a_write(story: Story) -> None:
    """What is left is a re-download, called what it is, one tap away."""
    old, _ = versions(story)
    bucket = story.stage.project.bucket
    gone = next(
        one for one in bucket.list("sbert/", versions=True)
        if not one.is_live and one.size_bytes > 1_000_000
    )  # fmt: skip
    bucket.delete(gone.name, gone.generation)
    told = story.ask_privately("rollback previous")
    assert f"Version {old} cannot be restored" in told
    assert "this is no rollback" in told
    assert "Join or start a sync" in told
    assert story.public() == []
    assert story.stage.faults.seen(REWRITE) == []


def test_a_source_that_goes_between_the_plan_and_the_click_costs_no_write(story: Story) -> None:
    """The facts are read again at the click: nothing was written, the reason is told."""
    old, _ = versions(story)
    card = proposed(story, "rollback previous")
    bucket = story.stage.project.bucket
    for one in bucket.list("sbert/", versions=True):
        if not one.is_live:
            bucket.delete(one.name, one.generation)
    view = asked_for_word(story, card)
    before = len(story.private())
    story.person().submit(view, {"word": old})
    story.stage.slack.wait_for(lambda: len(story.private()) > before, PATIENCE)
    assert "cannot be restored" in story.private()[before].text
    assert story.stage.faults.seen(REWRITE) == []


def test_a_wrong_word_a_viewer_and_a_running_sync_are_refused(slow_story: Story) -> None:
    """Each is told why, and nothing is changed."""
    story = slow_story
    card = proposed(story, "rollback previous")
    view = asked_for_word(story, card)
    assert story.person().submit(view, {"word": "yes"}).errors
    assert "needs the role operator" in story.ask_privately("rollback previous", user=VIC)
    assert "There is no version" in story.ask_privately("rollback 20200101-000000")
    disasters.start_rival_execution(story.stage.project)
    assert "would overwrite" in story.ask_privately("rollback previous")
    assert story.stage.faults.seen(REWRITE) == []


def test_a_change_between_the_plan_and_the_click_gets_a_fresh_plan(story: Story) -> None:
    """A startup that left its stub is told as what has changed; the new plan replaces it."""
    old, _ = versions(story)
    card = proposed(story, f"rollback {old}")
    disasters.stub_out_manifest(story.stage.project)
    view = asked_for_word(story, card)
    known = {one.ts for one in story.public()}
    story.person().submit(view, {"word": old})
    fresh = story.answer(known)
    assert "What has changed since the last plan" in fresh.text
    assert story.stage.faults.seen(REWRITE) == []
    assert "done" in story.until_ended(typed(story, fresh, old)).splitlines()[0]


def test_the_other_model_is_pinned_in_job_and_service(story: Story) -> None:
    """The job would bring it back, and a new revision told of it would miss the cache."""
    set_job_variable(story.stage.project, "LLM_MODEL_NAME", "llama3.2:3b")
    set_service_variable(story.stage.project, "LLM_MODEL_NAME", "llama3.2:3b")
    text = rolled_back(story).text
    assert 'tabular_llm_model_name = "llama3.2:1b"' in text
    assert job_env(story)["LLM_MODEL_NAME"] == "llama3.2:1b"
    service: Any = story.stage.project.state.services.get(SERVICE)
    env = {one.name: one.value for one in service.template.containers[0].env}
    assert env["LLM_MODEL_NAME"] == "llama3.2:1b"


@pytest.mark.parametrize("prepare", ["pin_traffic", "disable_flag", "remove_scheduler"])
def test_what_cannot_take_part_is_said_and_left_out(story: Story, prepare: str) -> None:
    """Pinned traffic and a switched-off volume get no revision, an absent trigger no pause."""
    getattr(disasters, prepare)(story.stage.project)
    message = rolled_back(story)
    assert "done" in message.text.splitlines()[0]
    left_out = "no new revision is made" in message.text or "is not made" in message.text
    assert left_out == (prepare != "remove_scheduler")
    assert ("nightly" in message.text.lower()) == (prepare != "remove_scheduler")


@pytest.mark.parametrize(
    "kind", [Refuse(503), LoseReply(), Refuse(412)], ids=["503", "lost reply", "412"]
)
def test_each_storage_call_answered_badly_once_ends_in_the_same_state(
    story: Story, kind: Refuse | LoseReply
) -> None:
    """Every kind of call, reads and writes alike: the same objects, or a plan that was refused."""
    calm = f"{versions(story)[0]}\n".encode()
    reads = isinstance(kind, Refuse) and kind.status == 412
    card = proposed(story, "rollback previous")
    methods = (REWRITE, DELETE, INSERT, *(() if reads else ("storage.objects.list",
               "storage.objects.get", "storage.buckets.get")))  # fmt: skip
    for method in methods:
        story.stage.faults.add(Fault(method, kind, times=1))
    text = story.until_ended(typed(story, card, versions(story)[0]))
    assert "done" in text.splitlines()[0], text
    assert story.stage.project.bucket.get(".done").content.read(0, 100) == calm


def test_somebody_elses_write_in_the_middle_ends_it_with_the_state_told(story: Story) -> None:
    """Nothing of theirs is buried; the message says what was done and what is left."""
    old, _ = versions(story)
    card = proposed(story, "rollback previous")
    project = story.stage.project
    theirs = Literal(b"theirs")

    def meddle(method: str, _phase: object) -> None:
        if method == REWRITE:
            story.stage.faults.unwatch(meddle)
            project.bucket.put("manifest.json", theirs)

    story.stage.faults.watch(meddle)
    message = typed(story, card, old)
    text = story.until_ended(message)
    assert "failed" in text.splitlines()[0]
    assert "manifest.json was changed by somebody else" in text
    assert "The cache is inconsistent" in text
    assert f"Roll back to {old}" in text
    assert project.bucket.get("manifest.json").content.read(0, 10) == b"theirs"
