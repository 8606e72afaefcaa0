"""Alerts at will: incidents of the default policies opened, closed and told of again."""

from sandbox.cloud.default_policies import HIGH_USAGE, LOW_HIT_RATE, SYNC_FAILURES
from sandbox.cloud.deployment import SERVICE
from sandbox.cloud.policies import Incident
from sandbox.stage import Stage

ALERTS = {
    "hit rate": (LOW_HIT_RATE, 0.625),
    "sync failures": (SYNC_FAILURES, 2.0),
    "usage": (HIGH_USAGE, 8.9e9),
}
"""The policies by what they are about, and what each observes unless it is told otherwise."""


def fire_alert(stage: Stage, about: str, observed: float | None = None) -> Incident:
    """Open an incident; the bot is told before this returns, unless by Pub/Sub.

    `about` is a key of ALERTS, or the display name of a policy that a test has put.
    """
    title, usual = ALERTS.get(about, (about, 1.0))
    policies = stage.project.policies
    value = usual if observed is None else observed
    return policies.open_incident(str(policies.named(title).name), value)


def fire_storm(stage: Stage, revisions: int = 9) -> None:
    """Open the hit-rate alert of many revisions at once; the bot is told of each."""
    title, value = ALERTS["hit rate"]
    policies = stage.project.policies
    for number in range(1, revisions + 1):
        labels = {"revision_name": f"{SERVICE}-{number:05}-old"}
        policies.open_incident(str(policies.named(title).name), value, labels=labels)


def close_alert(stage: Stage, incident: Incident) -> Incident:
    """Close an incident; the bot is told."""
    return stage.project.policies.close_incident(incident.id)


def repeat_alert(stage: Stage, incident: Incident) -> None:
    """Tell the bot of an incident again, as it stands now."""
    known = stage.project.policies.incidents()
    stage.project.channels.notify(next(one for one in known if one.id == incident.id))


def send_test(stage: Stage) -> None:
    """Do what the console's button "Send test notification" does."""
    stage.project.channels.send_test()


def open_alerts(stage: Stage) -> list[Incident]:
    """Return the incidents that are open."""
    return [one for one in stage.project.policies.incidents() if one.closed is None]
