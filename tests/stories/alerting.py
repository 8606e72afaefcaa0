"""What stories of alerts need: a bot with an alert channel, and Monitoring's webhook by hand."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from sandbox.slack.messages import Message
from tests.stories.conftest import BRISK, PATIENCE, Story

ALERTS = "C0CACHE"
"""The channel that gets the threads; the others stay for people."""

_USER, _PASSWORD = "monitoring", "a-password-of-stories"

ALERTING: Mapping[str, str] = {
    **BRISK,
    "CACHEBOT_ALERT_CHANNEL": ALERTS,
    "CACHEBOT_ALERT_CREDENTIALS": f"{_USER}:{_PASSWORD}",
}

HIT_RATE = "Tabular Low Cache Hit Rate"


@dataclass(frozen=True)
class Alert:
    """An incident as Monitoring's webhook tells of it."""

    id: str
    opened: datetime
    policy: str = HIT_RATE
    closed: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the payload, version 1.2."""
        incident = {
            "incident_id": self.id,
            "url": f"https://console.cloud.google.com/monitoring/alerting/incidents/{self.id}",
            "severity": "warning",
            "started_at": int(self.opened.timestamp()),
            "ended_at": None if self.closed is None else int(self.closed.timestamp()),
            "state": "open" if self.closed is None else "closed",
            "policy_name": self.policy,
            "condition_name": "hit rate < 90%",
            "threshold_value": "0.9",
            "observed_value": "0.835",
            "summary": "The hit rate is low.",
        }
        return {"version": "1.2", "incident": {**incident, **self.more}}


def notify(story: Story, body: Mapping[str, Any]) -> None:
    """Post to the bot's webhook as Monitoring does."""
    login = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
    request = Request(  # noqa: S310 - a loopback address
        f"{story.bot.url}/alerts/google",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Basic {login}"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - a loopback address
        assert answer.status == 200


def roots(story: Story, channel: str = ALERTS) -> list[Message]:
    """Return the bot's messages in a channel that are no replies."""
    return [one for one in story.public(channel) if not one.is_reply]


def replies(story: Story, root: Message) -> list[Message]:
    """Return the bot's replies in a thread."""
    return [one for one in story.public(root.channel) if one.is_reply and one.thread_ts == root.ts]


def root_of(story: Story, alert: Alert) -> Message:
    """Wait for the root message of an incident."""
    found = story.stage.slack.wait_for(
        lambda: next((one for one in roots(story) if alert.id in one.text), None), PATIENCE
    )
    assert found is not None
    return found


def diagnosis_in(story: Story, root: Message, nth: int = 1) -> Message:
    """Wait for the nth diagnosis in a thread."""

    def told() -> list[Message]:
        return [one for one in replies(story, root) if one.text.startswith("Diagnosis")]

    story.stage.slack.wait_for(lambda: len(told()) >= nth, PATIENCE)
    return told()[nth - 1]
