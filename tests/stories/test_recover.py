"""Stories of `/cache recover`: each disaster, and the least destructive road back."""

import json
from collections.abc import Callable, Mapping

from sandbox.cloud import disasters
from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.deployment import SERVICE
from sandbox.cloud.project import Project
from sandbox.cloud.startup_log import Outcome
from sandbox.cloud.sync_script import Cause
from sandbox.slack.messages import Message
from tests.stories.conftest import PATIENCE, VIC, Story
from tests.stories.plan_cards import confirmed, proposal_id, proposed, typed
from tests.waiting import eventually

TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"
CREATE_BUCKET = "storage.buckets.insert"


def contents(project: Project) -> Mapping[str, object]:
    """Return what is live, by name, but for what instances and dead syncs leave behind."""
    live = project.bucket.list()
    return {one.name: one.content for one in live if not one.name.startswith((".tmp/", "tmp/"))}


def models(project: Project) -> Mapping[str, object]:
    """Return what is live under the models' folders, by name."""
    found = contents(project)
    return {name: found[name] for name in found if name.startswith(("ollama/", "sbert/"))}


def version(project: Project) -> str:
    """Return the version that the manifest names."""
    content = project.bucket.get("manifest.json").content
    return str(json.loads(content.read(0, content.size_bytes))["version"])


def toggle(project: Project) -> str:
    """Return the value of the service's toggle."""
    (container,) = project.state.services.get(SERVICE).template.containers
    return str(next(one.value for one in container.env if one.name == TOGGLE))


def confirm(story: Story, card: Message) -> str:
    """Type the bucket's name, wait for the end, and return what the message says then."""
    return story.until_ended(typed(story, card, story.stage.project.bucket_name))


def recovered(story: Story) -> str:
    """Ask, confirm, wait for the end; return what the message says then."""
    return confirm(story, proposed(story, "recover"))


def seen(story: Story, method: str) -> int:
    """Count the calls of a method."""
    return len(story.stage.faults.seen(method))


def test_a_deleted_bucket_is_restored_with_every_object(story: Story) -> None:
    """It is not created anew, its objects come back byte for byte, and nothing is downloaded."""
    project = story.stage.project
    executions, live = story.executions(), version(project)
    before, generation, policy = models(project), project.bucket.generation, project.bucket.policy
    disasters.delete_bucket(project)
    card = proposed(story, "recover")
    assert "was deleted at" in card.text
    assert "can be restored until" in card.text
    assert seen(story, "storage.buckets.restore") == 0
    text = confirm(story, card)
    assert text.startswith("Recovery of the model cache: done"), text
    assert f"All 40 objects of the newest complete version, {live}, are live" in text
    assert f"The cache is whole at version {live}" in text
    assert (story.executions(), version(project)) == (executions, live)
    assert (project.bucket.generation, project.bucket.policy) == (generation, policy)
    assert models(project) == before
    assert seen(story, "storage.objects.restore") == 40
    assert seen(story, CREATE_BUCKET) == 0
    assert f"Version {live} is in place and proven" in text


def test_a_bucket_gone_for_good_is_made_anew_or_the_volume_is_switched_off(story: Story) -> None:
    """To the spec, with both accounts' roles; a sync that fails leaves a service without it."""
    project = story.stage.project
    access = set(project.bucket.policy.bindings)
    disasters.delete_bucket_for_good(project)
    disasters.fail_next_sync(project, Cause.REGISTRY_TIMEOUT)
    text = recovered(story)
    assert "failed" in text.splitlines()[0]
    assert "The cache is inconsistent" in text
    assert "The shared volume is switched off" in text
    assert "every start fails" in text
    assert toggle(project) == "false"
    assert project.bucket.settings == BucketSettings()
    assert set(project.bucket.policy.bindings) == access
    assert "no rollback is possible until a second version" in text
    text = recovered(story)
    assert "is in place and proven" in text
    assert seen(story, CREATE_BUCKET) == 1
    story.until_ended(confirmed(story, proposed(story, "enable")))
    assert toggle(project) == "true"
    assert disasters.start_instances(project)[0].outcome is Outcome.HIT


def test_whatever_breaks_is_brought_back_from_what_is_left(story: Story) -> None:
    """Settings, roles and objects, each by the least that it takes, and without a download."""
    project = story.stage.project
    before, whole = version(project), contents(project)
    assert "nothing to recover" in story.ask_privately("recover")
    breaking: tuple[Callable[[], object], ...] = (
        lambda: disasters.empty_bucket(project),
        lambda: disasters.stub_out_manifest(project),
        lambda: disasters.remove_done(project),
        lambda: disasters.lose_blob(project),
        lambda: _half_promote(story),
        lambda: _lose_all_settings(project),
    )
    executions = story.executions() + 1  # the one that dies half-way
    for break_it in breaking:
        break_it()
        assert "done" in recovered(story).splitlines()[0]
        assert (version(project), contents(project)) == (before, whole)
    assert story.executions() == executions
    assert project.bucket.settings == BucketSettings()
    assert disasters.start_instances(project)[0].outcome is Outcome.HIT
    assert "nothing to recover" in story.ask_privately("recover")


def test_a_wiped_bucket_is_restored_by_the_list_that_was_kept_of_it(story: Story) -> None:
    """Soft-deleted versions cannot be read, but a kept list proves them, so no sync is needed."""
    project = story.stage.project
    log = story.bot.log
    assert eventually(lambda: "took stock of version" in log.read_text())
    executions, before = story.executions(), contents(project)
    disasters.wipe_bucket(project)
    card = proposed(story, "recover")
    assert "proven whole" in card.text
    assert "done" in confirm(story, card).splitlines()[0]
    assert (story.executions(), contents(project)) == (executions, before)


def test_a_recovery_needs_the_role_the_word_and_the_state_that_was_shown(story: Story) -> None:
    """A viewer, another word and a changed bucket are refused; nothing is touched by any of it."""
    project = story.stage.project
    assert "needs the role operator" in story.ask_privately("recover", user=VIC)
    disasters.delete_bucket(project)
    card = proposed(story, "recover")
    plan = proposal_id(card)
    told = story.ask_privately(f"confirm {plan} some-bucket")
    assert f"type {project.bucket_name} exactly" in told
    assert "needs the role" in story.ask_privately(f"confirm {plan} x", user=VIC)
    project.buckets.forget(project.bucket_name)
    fresh = typed(story, card, project.bucket_name)
    assert "is gone, and no soft-deleted bucket is left" in fresh.text
    assert "bucket: was soft-deleted" in fresh.text
    story.stage.slack.wait_for(lambda: "facts have changed" in card.text, PATIENCE)
    assert seen(story, CREATE_BUCKET) + seen(story, "storage.buckets.restore") == 0


def _half_promote(story: Story) -> None:
    disasters.die_half_way_through_promotion(story.stage.project)
    assert "failed" in story.until_ended(story.ask("sync")).splitlines()[0]


def _lose_all_settings(project: Project) -> None:
    disasters.remove_done(project)
    disasters.drop_bindings(project)
    disasters.suspend_versioning(project)
    disasters.remove_lifecycle(project)
