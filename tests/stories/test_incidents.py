"""Stories of incidents: each gets one thread with its diagnosis, whatever happens meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.cloud import disasters
from sandbox.slack.messages import Content, Message
from sandbox.stage import Setup
from tests.stories.alerting import (
    ALERTING,
    ALERTS,
    Alert,
    diagnosis_in,
    notify,
    replies,
    root_of,
    roots,
)
from tests.stories.conftest import EVE, INCIDENTS, PATIENCE, RANDOM, Story, play


@pytest.fixture
def alerted(tmp_path: Path) -> Iterator[Story]:
    """A stage and a bot that tells of alerts."""
    yield from play(tmp_path, Setup(speed=400, settings=ALERTING))


def ago(minutes: float) -> datetime:
    """Return a moment in the past."""
    return datetime.now(UTC) - timedelta(minutes=minutes)


def plan_in(story: Story, root: Message) -> Message:
    """Wait for a plan card in a thread."""

    def shown() -> Message | None:
        return next((one for one in replies(story, root) if one.text.startswith("Plan")), None)

    found = story.stage.slack.wait_for(shown, PATIENCE)
    assert found is not None
    return found


def test_an_incident_opens_is_worked_on_closes_and_comes_back(alerted: Story) -> None:
    """One thread: the diagnosis within ten seconds, a plan, the close, and then the flap."""
    disasters.disable_flag(alerted.stage.project)
    first = Alert("0.first", ago(12))
    notify(alerted, first.body())
    root = root_of(alerted, first)
    assert "The hit rate is 83.5 %, below the threshold of 90 %." in root.text
    diagnosis = diagnosis_in(alerted, root)
    assert (diagnosis.posted_at - root.posted_at).total_seconds() < 10
    asked = diagnosis.revisions[-1]
    alerted.person().click(diagnosis, "Switch on")
    plan = plan_in(alerted, root)
    assert "Nothing has been changed yet" in plan.text
    alerted.person().click(plan, "Confirm")
    alerted.stage.slack.wait_for(
        lambda: "is ready and receives" in replies(alerted, root)[-1].text, PATIENCE
    )

    closed = Alert("0.first", first.opened, closed=datetime.now(UTC))
    notify(alerted, closed.body())
    alerted.stage.slack.wait_for(lambda: "Closed after 12 min" in root.text, PATIENCE)
    assert "enable-" in root.text
    assert "done, by Olga" in root.text or "done, by <@U0OLGA>" in root.text
    alerted.stage.slack.wait_for(lambda: "has moved on" in diagnosis.text, PATIENCE)
    assert "Buttons" not in diagnosis.text

    before = len(alerted.private())
    alerted.person().click(diagnosis, "Switch on", as_seen=asked)
    alerted.stage.slack.wait_for(lambda: len(alerted.private()) > before, PATIENCE)
    assert "This incident was closed at" in alerted.private()[-1].text
    assert "@cachebot enable" in alerted.private()[-1].text
    assert alerted.private()[-1].thread_ts == root.ts, "where the button is"

    again = Alert("0.again", datetime.now(UTC))
    notify(alerted, again.body())
    alerted.stage.slack.wait_for(lambda: "0.again" in root.text, PATIENCE)
    assert "Opened 2 times in this thread" in root.text
    diagnosis_in(alerted, root, nth=2)
    (flap,) = (one for one in replies(alerted, root) if one.text.startswith("Open again"))
    assert flap.broadcast, "the channel hears of it"
    assert roots(alerted) == [root]


def test_what_happens_while_the_bot_is_down_is_told_when_it_is_back(alerted: Story) -> None:
    """A kill right after the notice, a close and an opening unheard: each is told, once."""
    policies = alerted.stage.project.policies
    hit_rate, _, usage = (str(policy.name) for policy in policies.all())
    heard = policies.open_incident(hit_rate, 0.5, ago(9))
    alert = Alert(heard.id, heard.opened)
    notify(alerted, alert.body())
    alerted.bot.kill()
    alerted.bot.start()
    alerted.stage.connect(alerted.bot)
    root = root_of(alerted, alert)
    diagnosis = diagnosis_in(alerted, root)

    alerted.bot.kill()
    policies.close_incident(heard.id)
    unheard = policies.open_incident(usage, 9e9)
    alerted.bot.start()
    alerted.stage.connect(alerted.bot)
    alerted.stage.slack.wait_for(lambda: "Closed after 9 min" in root.text, PATIENCE)
    other = root_of(alerted, Alert(unheard.id, unheard.opened))
    condition = policies.named("High Bucket Usage").conditions[0].display_name
    assert condition in other.text
    diagnosis_in(alerted, other)
    alerted.stage.slack.wait_for(lambda: "has moved on" in diagnosis.text, PATIENCE)
    assert roots(alerted) == [root, other]

    listed = alerted.ask("alerts")
    assert "1 incident open" in listed.text
    assert f"/{ALERTS}/thread/{ALERTS}-{other.ts}" in listed.text
    assert "Sync Job Failures" in listed.text


def test_tests_and_strangers_get_threads_and_watched_alerts_diagnoses(tmp_path: Path) -> None:
    """What is no alert of ours invents no cause; what others post is diagnosed in its thread."""
    settings = {**ALERTING, "CACHEBOT_WATCHED_CHANNELS": INCIDENTS}
    for story in play(tmp_path, Setup(speed=400, settings=settings)):
        send_test(story)
        stranger(story)
        watched(story)
        on_demand(story)
        uninvited(story)


_DISK = {"condition_name": "disk is full", "summary": "", "threshold_value": "x"}


def send_test(story: Story) -> None:
    """Send test: a thread that says so, and nothing below it."""
    incident = {"incident_id": "0.test", "state": "OPEN", "started_at": 0, "ended_at": 0,
                "policy_name": "projects/p/alertPolicies/1", "documentation": "x"}  # fmt: skip
    notify(story, {"version": "test", "incident": incident})
    found = story.stage.slack.wait_for(lambda: roots(story), PATIENCE)
    assert found[0].text.startswith("Test of alerts: ")


def stranger(story: Story) -> None:
    """An unknown policy: a thread, a look at the whole, no cause; the test still has no reply."""
    alert = Alert("0.stranger", ago(1), policy="Disk of the wiki <!channel>", more=_DISK)
    notify(story, alert.body())
    diagnosis = diagnosis_in(story, root_of(story, alert))
    assert "no policy that I know the causes of" in diagnosis.text
    assert replies(story, roots(story)[0]) == []


def watched(story: Story) -> None:
    """Another app's alert is diagnosed in its own thread; its talk and its all-clear are not."""
    slack = story.stage.slack
    for said in ("Lunch?", "RESOLVED: Tabular Low Cache Hit Rate"):
        slack.post_as_app(INCIDENTS, "Google Cloud", Content(said))
    posted = slack.post_as_app(
        INCIDENTS, "Google Cloud",
        Content("", attachments=({"title": "Tabular Low Cache Hit Rate", "text": "0.5 < 0.9"},)),
    )  # fmt: skip
    diagnosis = diagnosis_in(story, posted)
    story.person().mention(INCIDENTS, "disable", thread_ts=posted.ts)
    assert "Plan: disable" in plan_in(story, posted).text
    assert [one.thread_ts for one in story.public(INCIDENTS) if one.is_reply].count(
        posted.ts
    ) == len(replies(story, posted))
    assert diagnosis.text.startswith("Diagnosis")


def on_demand(story: Story) -> None:
    """The shortcut diagnoses any message, each time; who may not look is told so."""
    message = story.person().say(INCIDENTS, "Is the hit rate low again?").message
    assert message is not None
    for nth in (1, 2):
        assert story.person().shortcut("diagnose_message", message).acked
        diagnosis_in(story, message, nth)
    assert story.person(EVE).shortcut("diagnose_message", message).acked
    story.stage.slack.wait_for(lambda: story.private(EVE), PATIENCE)
    assert "needs the role viewer" in story.private(EVE)[0].text
    assert story.private(EVE)[0].thread_ts is None, "the message stands in the channel"
    assert len(replies(story, message)) == 2


def uninvited(story: Story) -> None:
    """Where the bot may not post, whoever asks learns how to invite it."""
    message = story.person().say(RANDOM, "Lunch, anyone?").message
    assert message is not None
    assert story.private() == []
    assert story.person().shortcut("diagnose_message", message).acked
    story.stage.slack.wait_for(story.private, PATIENCE)
    assert "/invite @cachebot" in story.private()[0].text


@pytest.fixture
def stormy(tmp_path: Path) -> Iterator[Story]:
    """A stage whose bot takes more than two incidents a minute for a storm."""
    settings = {**ALERTING, "CACHEBOT_STORM_INCIDENTS": "2"}
    yield from play(tmp_path, Setup(speed=400, settings=settings))


def test_a_storm_is_told_in_one_list_at_slacks_pace(stormy: Story) -> None:
    """Two get threads, the rest one list with pages; a message a second, and none is missing."""
    alerts = [Alert(f"0.storm{number:02}", ago(1), f"Policy {number}") for number in range(24)]
    for alert in alerts:
        notify(stormy, alert.body())
    slack = stormy.stage.slack

    def told() -> str:
        return "\n".join(one.text for one in stormy.public(ALERTS))

    slack.wait_for(lambda: all(alert.id in told() for alert in alerts), PATIENCE)
    slack.wait_for(lambda: "22 incidents since" in told(), PATIENCE)
    assert len(roots(stormy)) == 3
    assert len([one for one in roots(stormy) if "Many alerts" in one.text]) == 1
    posted = sorted(one.posted_at for one in stormy.public(ALERTS))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(posted)]
    assert min(gaps) > 1.0

    for alert in alerts:
        notify(stormy, Alert(alert.id, alert.opened, alert.policy, datetime.now(UTC)).body())
    slack.wait_for(lambda: "all of them closed after" in told(), PATIENCE)
