"""Stories of `/cache disable`, `/cache enable` and the plan cards that ask for a yes."""

import threading
from typing import Any

import pytest
from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.deployment import SERVICE
from tests.stories.conftest import ANNA, INCIDENTS, OLGA, PATIENCE, VIC, Story
from tests.stories.plan_cards import confirmed, proposed, told_privately

TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"
UPDATE = "google.cloud.run.v2.Services/UpdateService"


def service(story: Story) -> Any:
    """Return the service as the pretend Cloud Run holds it, a run_v2.Service."""
    return story.stage.project.state.services.get(SERVICE)


def template(story: Story) -> dict[str, Any]:
    """Return the service's template as plain values."""
    plain: Any = run_v2.Service
    return dict(plain.to_dict(service(story))["template"])


def env(story: Story) -> dict[str, str]:
    """Return the service's literal variables."""
    return {one.name: one.value for one in service(story).template.containers[0].env}


def test_disable_shows_its_plan_asks_and_changes_one_variable(story: Story) -> None:
    """Before the yes nothing is changed; after it exactly one variable is, and it took."""
    before, old = env(story), template(story)
    card = proposed(story, "disable the mount is broken")
    assert "Nothing has been changed yet" in card.text
    assert f"{TOGGLE} from true to false" in card.text.replace("`", "")
    assert story.stage.faults.seen(UPDATE) == []
    text = story.until_ended(confirmed(story, card))
    assert "is ready and receives all of the traffic" in text
    assert env(story) == before | {TOGGLE: "false"}
    new = template(story)
    assert {name for name in old if old[name] != new[name]} - {"revision"} == {
        "annotations",
        "containers",
    }
    assert "Confirmed by" in card.text
    assert "Buttons" not in card.text


def test_undo_puts_the_old_value_back(story: Story) -> None:
    """What was changed can be taken back by a plan of its own."""
    before = env(story)
    operation = confirmed(story, proposed(story, "disable"))
    story.until_ended(operation)
    known = {one.ts for one in story.public()}
    story.person().click(operation, "Undo")
    card = story.answer(known)
    assert "Take back disable-" in card.text
    assert "done" in story.until_ended(confirmed(story, card)).splitlines()[0]
    assert env(story) == before


def test_enable_syncs_first_and_then_switches(story: Story) -> None:
    """The volume is switched on only behind a cache that was just proven."""
    disasters.disable_flag(story.stage.project)
    executions = story.executions()
    text = story.until_ended(confirmed(story, proposed(story, "enable")))
    assert "done" in text.splitlines()[0]
    assert "in place and proven" in text
    assert story.executions() == executions + 1
    assert env(story)[TOGGLE] == "true"


def test_enable_refuses_an_inconsistent_cache(story: Story) -> None:
    """Where the sync dies half-way, nothing is switched, and the reader learns the state."""
    disasters.disable_flag(story.stage.project)
    disasters.die_half_way_through_promotion(story.stage.project)
    text = story.until_ended(confirmed(story, proposed(story, "enable")))
    assert "failed" in text.splitlines()[0]
    assert "The cache is inconsistent" in text
    assert env(story)[TOGGLE] == "false"


def test_pinned_traffic_is_refused_with_the_reason(story: Story) -> None:
    """A new revision would get no traffic, so nothing would change."""
    disasters.pin_traffic(story.stage.project)
    told = story.ask_privately("disable")
    assert "is pinned" in told
    assert story.public() == []


def test_what_is_so_already_is_said_plainly(story: Story) -> None:
    """No plan is shown where there is nothing to do."""
    assert "is on already" in story.ask_privately("enable")
    assert "enabled already" in story.ask_privately("resume nightly")


def test_a_change_between_plan_and_click_is_refused_and_shown(story: Story) -> None:
    """A yes counts for what was shown; what is there now gets a plan of its own."""
    card = (
        proposed(story, "enable") if env(story)[TOGGLE] == "false" else proposed(story, "disable")
    )
    rename = "tabular-service-00099-new"

    def deploy(one: Any) -> None:
        for field in ("latest_ready_revision", "latest_created_revision"):
            setattr(one, field, f"{one.name}/revisions/{rename}")

    story.stage.project.state.services.change(SERVICE, deploy)
    known = {one.ts for one in story.public()}
    story.person().click(card, "Confirm")
    fresh = story.answer(known)
    assert rename in fresh.text
    assert "revision now: was" in fresh.text
    story.stage.slack.wait_for(lambda: "facts have changed" in card.text, PATIENCE)
    assert story.stage.faults.seen(UPDATE) == []


def test_the_first_click_wins_and_each_other_gets_its_own_answer(story: Story) -> None:
    """Ten people click at once: one operation, nine private answers."""
    card = proposed(story, "disable")
    clicks = [threading.Thread(target=story.person(user).click, args=(card, "Confirm"))
              for user in (OLGA, ANNA) * 5]  # fmt: skip
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    story.stage.slack.wait_for(lambda: len(story.public()) == 2, PATIENCE)
    assert "done" in story.until_ended(story.public()[1]).splitlines()[0]

    def answers() -> list[str]:
        return [one.text for user in (OLGA, ANNA) for one in story.private(user)]

    story.stage.slack.wait_for(lambda: len(answers()) == 9, PATIENCE)
    assert all("is confirmed already" in text for text in answers())
    assert len(story.stage.faults.seen(UPDATE)) == 1


def test_a_viewer_may_not_confirm(story: Story) -> None:
    """Slack's dialog is no authorisation; the role is asked for at the click again."""
    card = proposed(story, "disable")
    assert "needs the role operator" in told_privately(story, card, "Confirm", VIC)
    assert "Buttons: Confirm" in card.text


def test_a_no_closes_the_card(story: Story) -> None:
    """Who said no and when stays readable; a late yes is told so."""
    card = proposed(story, "disable")
    first = card.revisions[-1]
    assert "Nothing was changed" in told_privately(story, card, "Cancel", ANNA)
    story.stage.slack.wait_for(lambda: "Cancelled by" in card.text, PATIENCE)
    before = len(story.private(OLGA))
    story.person().click(card, "Confirm", as_seen=first)
    story.stage.slack.wait_for(lambda: len(story.private(OLGA)) > before, PATIENCE)
    assert "has cancelled" in story.private(OLGA)[-1].text
    assert env(story)[TOGGLE] == "true"


def test_a_dry_run_shows_the_plan_to_the_asker_alone(story: Story) -> None:
    """Nothing waits for a yes, nothing can be clicked."""
    told = story.ask_privately("disable --dry-run")
    assert "This is only the plan" in told
    assert "Confirm" not in told
    assert story.public(INCIDENTS) == []


def test_a_plan_that_waits_survives_a_restart(story: Story) -> None:
    """The yes may come to another process than the one that asked."""
    card = proposed(story, "disable")
    story.bot.kill()
    story.bot.start()
    story.stage.connect(story.bot)
    assert "done" in story.until_ended(confirmed(story, card)).splitlines()[0]


def test_the_nightly_trigger_is_paused_and_resumed(story: Story) -> None:
    """Pausing asks, resuming does not."""
    text = story.until_ended(confirmed(story, proposed(story, "pause nightly")))
    assert "The nightly trigger is paused" in text
    text = story.until_ended(story.ask("resume nightly"))
    assert "The nightly trigger is enabled" in text


@pytest.mark.parametrize("break_it", ["fails", "hangs"])
def test_a_revision_that_does_not_become_ready_is_told_with_the_way_back(
    story: Story, break_it: str
) -> None:
    """The old revision goes on serving, and a button takes the change back."""
    getattr(disasters, f"next_revision_{break_it}")(story.stage.project)
    if break_it == "hangs":
        pytest.skip("the wait for a hanging revision is ten minutes long")
    text = story.until_ended(confirmed(story, proposed(story, "disable")))
    assert "did not become ready" in text
    assert "goes on serving" in text
    assert "Undo" in text
