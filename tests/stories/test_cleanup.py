"""Stories of `/cache cleanup`: what goes is shown, asked for, deleted exactly and proven."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.cloud import disasters
from sandbox.cloud.deployment import EMBEDDING, JOB
from sandbox.cloud.project import bytes_by_type
from sandbox.faults import Fault, Kind, LoseReply, Refuse
from sandbox.stage import Setup, Stage
from tests.stories.conftest import BRISK, OLGA, PATIENCE, VIC, Story, play
from tests.stories.plan_cards import asked_for_word, proposal_id, proposed, told_privately, typed

DELETE = "storage.objects.delete"
DAY = timedelta(days=1)
SETUP = Setup(speed=400, ago=12 * DAY, settings=BRISK)
LEFTOVERS = 6
GB = 10**9


def neglected(stage: Stage) -> None:
    """Live through twelve days without lifecycle rules: six dead syncs, then four good ones."""
    project = stage.project
    disasters.remove_lifecycle(project)
    disasters.fill_bucket(project, LEFTOVERS)
    for _ in range(4):
        project.registry.publish(EMBEDDING)
        with project.clock.back_to(project.clock.now()):
            project.executions.live_through(project.state.job(JOB), "nightly")
        project.clock.advance(DAY)
    project.clock.advance(SETUP.ago - 4 * DAY)


@pytest.fixture
def old_story(tmp_path: Path) -> Iterator[Story]:
    """A stage with a neglected bucket of its own."""
    yield from play(tmp_path, SETUP, neglected)


@pytest.fixture
def busy_story(tmp_path: Path) -> Iterator[Story]:
    """The same with a sync that takes some ten seconds."""
    yield from play(tmp_path, replace(SETUP, speed=40), neglected)


@pytest.fixture(scope="module")
def shared_old_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A neglected bucket for all the stories that delete nothing."""
    yield from play(tmp_path_factory.mktemp("stage"), SETUP, neglected)


def held(story: Story, prefix: str = "", *, live: bool | None = None) -> set[tuple[str, int]]:
    """Return the versions that the bucket holds: all, live ones, or noncurrent ones."""
    return {
        (one.name, one.generation)
        for one in story.stage.project.bucket.list(prefix, versions=True)
        if live is None or one.is_live is live
    }


def leftovers(story: Story) -> set[tuple[str, int]]:
    """Return the live objects under `.tmp/`, apart from the folder itself."""
    return {one for one in held(story, ".tmp/", live=True) if one[0] != ".tmp/"}


def sizes(story: Story) -> dict[str, int]:
    """Return the bytes in the bucket by kind."""
    project = story.stage.project
    return dict(bytes_by_type(project.buckets, project.bucket_name))


def bucket(story: Story) -> str:
    """Return the word that has to be typed."""
    return story.stage.project.bucket_name


def test_old_leftovers_go_for_good_and_nothing_else_does(old_story: Story) -> None:
    """The plan tells what, how much and how old; the result tells the bytes before and after."""
    others = held(old_story) - leftovers(old_story)
    before = sizes(old_story)
    card = proposed(old_story, "cleanup")
    assert "Delete 6 versions (13.8 GB, all live)" in card.text
    assert "12 d" in card.text
    assert "gcloud storage restore" in card.text
    assert "Nothing has been changed yet" in card.text
    assert old_story.stage.faults.seen(DELETE) == []
    text = old_story.until_ended(typed(old_story, card, bucket(old_story)))
    assert "done" in text.splitlines()[0]
    assert "6 versions (13.8 GB) deleted, and nothing else touched" in text
    assert held(old_story) == others
    after = sizes(old_story)
    assert before["live-object"] - after["live-object"] == LEFTOVERS * 2_293_000_000
    assert f"{before['live-object'] / GB:.1f} GB before" in text
    assert f"{after['live-object'] / GB:.1f} GB now" in text
    assert len(old_story.stage.faults.seen(DELETE)) == LEFTOVERS
    assert "nothing to clean" in old_story.ask_privately("cleanup")


def test_old_versions_go_and_the_newest_three_can_still_be_restored(old_story: Story) -> None:
    """What the kept versions need stays to the last object, and bytes of each kind are told."""
    live = held(old_story, live=True) - leftovers(old_story)
    restorable = old_story.ask("versions").text
    assert "6 of the newest 6 versions can be restored" in restorable
    card = proposed(old_story, "cleanup versions")
    assert ".tmp/ noncurrent" in card.text
    assert "sbert/ noncurrent" in card.text
    text = old_story.until_ended(typed(old_story, card, bucket(old_story)))
    assert "done" in text.splitlines()[0]
    assert held(old_story, live=True) == live
    assert {name for name, _ in held(old_story, ".tmp/")} == {".tmp/"}
    left = old_story.ask("versions").text
    assert "3 of the newest 3 versions can be restored" in left
    can = "can be restored"  # why is told by an inventory as soon as stock was taken
    newest = [line.partition(can)[0] + can for line in restorable.splitlines() if can in line]
    assert all(line in left for line in newest[1:4])
    assert "Restore version" in old_story.ask_privately("rollback previous --dry-run")


def test_troubles_are_overcome_and_what_remains_is_told_exactly(old_story: Story) -> None:
    """Busy once, a reply lost once, a precondition failed once, and one object refused."""
    card = proposed(old_story, "cleanup")
    kinds: tuple[Kind, ...] = (
        Refuse(503),
        LoseReply(),
        Refuse(412),
        Refuse(403, "denied by a hold"),
    )
    for after, kind in enumerate(kinds):
        old_story.stage.faults.add(Fault(DELETE, kind, times=1, after=after))
    operation = typed(old_story, card, bucket(old_story))
    text = old_story.until_ended(operation)
    assert "failed" in text.splitlines()[0]
    assert "5 of 6 versions deleted (11.5 GB). 1 remains (2.3 GB)" in text
    ((name, generation),) = leftovers(old_story)
    assert f"{name}#{generation}" in text
    assert "may not delete" in text
    assert "The cache is consistent" in text
    shown = old_story.ask(f"show {proposal_id(card)}").text
    assert f"{name}#{generation}" in shown
    again = proposed(old_story, "cleanup 7d")
    assert "Delete 1 version " in again.text
    text = old_story.until_ended(typed(old_story, again, bucket(old_story)))
    assert "done" in text.splitlines()[0]


def test_a_change_between_plan_and_yes_is_refused_and_shown(old_story: Story) -> None:
    """A yes counts for the exact set that was shown."""
    card = proposed(old_story, "cleanup")
    name, generation = min(leftovers(old_story))
    old_story.stage.project.bucket.delete(name, generation)
    fresh = typed(old_story, card, bucket(old_story))
    assert "Delete 5 versions" in fresh.text
    assert "What has changed since the last plan" in fresh.text
    old_story.stage.slack.wait_for(lambda: "facts have changed" in card.text, PATIENCE)
    assert old_story.stage.faults.seen(DELETE) == []


def test_beside_a_sync_nothing_is_planned_and_nothing_confirmed(busy_story: Story) -> None:
    """Neither what it is downloading nor what it may need is in danger."""
    card = proposed(busy_story, "cleanup")
    rival = disasters.start_rival_execution(busy_story.stage.project)
    assert f"{rival} is running" in busy_story.ask_privately("cleanup versions")
    before = len(busy_story.private(OLGA))
    busy_story.person().submit(asked_for_word(busy_story, card), {"word": bucket(busy_story)})
    busy_story.stage.slack.wait_for(lambda: len(busy_story.private(OLGA)) > before, PATIENCE)
    assert f"{rival} is running" in busy_story.private(OLGA)[-1].text
    assert busy_story.stage.faults.seen(DELETE) == []


def test_nothing_to_clean_is_said_with_what_there_is(shared_old_story: Story) -> None:
    """How much lies there, and that it is younger."""
    told = shared_old_story.ask_privately("cleanup 60d")
    assert "nothing to clean: no leftovers older than 60 days" in told
    assert "the oldest 12 d" in told
    assert "/cache cleanup 7d would free" in told


def test_a_dry_run_shows_the_exact_plan_to_the_asker_alone(shared_old_story: Story) -> None:
    """Nothing waits for a yes."""
    told = shared_old_story.ask_privately("cleanup versions --dry-run")
    assert "This is only the plan" in told
    assert "Versions kept" in told
    assert shared_old_story.public() == []


def test_a_wrong_word_and_the_wrong_person_delete_nothing(shared_old_story: Story) -> None:
    """The name has to be typed letter for letter, by somebody with the role."""
    assert "needs the role operator" in shared_old_story.ask_privately("cleanup", user=VIC)
    card = proposed(shared_old_story, "cleanup")
    view = asked_for_word(shared_old_story, card)
    wrong = shared_old_story.person().submit(view, {"word": "tabular-model-cash"})
    assert wrong.errors != {}
    told = told_privately(shared_old_story, card, "Confirm…", VIC)
    assert "needs the role operator" in told
    assert shared_old_story.stage.faults.seen(DELETE) == []
