"""10,000 webhooks in a minute for 500 incidents: all kept, all answered, and answered soon."""

import base64
import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from sandbox.cloud.channels import Webhook
from sandbox.cloud.default_policies import HIGH_USAGE, LOW_HIT_RATE, SYNC_FAILURES
from sandbox.cloud.notifications import notification
from sandbox.cloud.policies import Incident
from sandbox.slack.messages import Message
from sandbox.stage import Setup, Stage
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.scene import BenchError, scene

WEBHOOKS, INCIDENTS, SECONDS = 10_000, 500, 60.0
CONNECTIONS = 12
MOST_SECONDS = 0.25
_CHANNEL = "C0CACHE"
_TOLD_SECONDS = 120.0
_PART = f"{WEBHOOKS:,} webhooks in {SECONDS:.0f} s for {INCIDENTS} incidents"
_ABOUT_ONE = ("Diagnosis", "Open again")
"""Replies that name an incident which another message tells of."""
_TITLES = (LOW_HIT_RATE, SYNC_FAILURES, HIGH_USAGE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one webhook; `late` is by how much the sender itself was behind its plan."""

    status: int
    took: float
    late: float


def measure_alerts() -> list[Figure]:
    """Send them evenly, and compare what was answered with what the database holds.

    Each incident opens and is told of again and again, some flap; every other one closes last.
    """
    with scene(Setup(settings={"CACHEBOT_ALERT_CHANNEL": _CHANNEL})) as place:
        channels = place.stage.project.channels
        if (hook := channels.webhook) is None:
            raise BenchError("the stage has no webhook")
        channels.webhook = None
        incidents = _incidents(place.stage)
        bodies = list(_bodies(place.stage, incidents))
        began = time.monotonic()
        answers = _send(hook, bodies)
        took = time.monotonic() - began
        kept = _kept(place.stage)
        _wait_until_told(place.stage, incidents)
        told = place.stage.slack.messages(_CHANNEL)
    return [
        *_answered(answers, took),
        *_in_the_database(incidents, kept),
        *_in_slack(incidents, told),
    ]


def _incidents(stage: Stage) -> list[Incident]:
    """Make incidents of the three policies, which Monitoring then tells of by itself no more."""
    policies = stage.project.policies
    names = [str(policies.named(title).name) for title in _TITLES]
    return [policies.open_incident(names[which % 3], 0.5) for which in range(INCIDENTS)]


def _bodies(stage: Stage, incidents: list[Incident]) -> Iterator[bytes]:
    """Return the webhooks in their order: rounds over all incidents, the last one of closes.

    Every tenth incident flaps: in the middle it closes, and a round later it is open again.
    """
    rounds = WEBHOOKS // len(incidents)
    now = datetime.now(UTC)
    for number in range(rounds):
        for which, incident in enumerate(incidents):
            told, flaps = incident, which % 10 == 0
            if flaps and number == rounds // 2:
                told = replace(incident, closed=now + timedelta(seconds=20))
            elif flaps and number > rounds // 2:
                told = replace(incident, opened=now + timedelta(seconds=30))
            if number == rounds - 1 and which % 2 == 0:
                told = replace(told, closed=now + timedelta(minutes=1))
            yield json.dumps(notification(told, stage.project.place)).encode()


def _send(hook: Webhook, bodies: list[bytes]) -> list[Answer]:
    """Send each at its time over a few connections, as a fleet of senders does."""
    pair = base64.b64encode(f"{hook.user}:{hook.password}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
    begins = time.monotonic() + 0.1
    answers: list[Answer] = []

    def post_every(first: int) -> None:
        address = urlsplit(hook.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        for number in range(first, len(bodies), CONNECTIONS):
            due = begins + number * SECONDS / len(bodies)
            time.sleep(max(0.0, due - time.monotonic()))
            answers.append(_post(connection, address.path, bodies[number], headers, due))
        connection.close()

    threads = [threading.Thread(target=post_every, args=(one,)) for one in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _post(
    connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str], due: float
) -> Answer:
    began = time.monotonic()
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, HTTPException):
        connection.close()
        status = 0
    return Answer(status, time.monotonic() - began, began - due)


def _kept(stage: Stage) -> Mapping[str, tuple[str, int]]:
    """Read the state and the number of notices of each incident in the bot's database."""
    with sqlite3.connect(stage.folder / "cachebot.sqlite") as database:
        rows: list[Any] = database.execute("select id, state, notices from incidents").fetchall()
    database.close()
    return {row[0]: (row[1], row[2]) for row in rows}


def _wait_until_told(stage: Stage, incidents: list[Incident]) -> None:
    """Wait until the channel shows every incident; one that is missing is counted later."""
    with suppress(TimeoutError):
        stage.slack.wait_for(
            lambda: not _missing(incidents, stage.slack.messages(_CHANNEL)), _TOLD_SECONDS
        )


def _missing(incidents: list[Incident], told: Sequence[Message]) -> list[Incident]:
    said = "\n".join(message.text for message in told)
    return [incident for incident in incidents if incident.id not in said]


def _in_slack(incidents: list[Incident], told: Sequence[Message]) -> list[Figure]:
    """Say what the channel shows: each incident once, as a root or in the list of a storm."""
    shown = len(incidents) - len(_missing(incidents, told))
    roots = [message for message in told if not message.is_reply]
    lists = [one for one in told if not one.text.startswith(_ABOUT_ONE)]
    listed = Counter(
        incident.id for message in lists for incident in incidents if incident.id in message.text
    )
    once = sum(listed[incident.id] == 1 for incident in incidents)
    posted = sorted(message.posted_at for message in told)
    took = (posted[-1] - posted[0]).total_seconds()
    gap = min((later - one).total_seconds() for one, later in pairwise(posted))
    return [
        Figure.count(_PART, "incidents in Slack", shown, len(incidents)),
        Figure.count(_PART, "...each in one message of one thread", once, len(incidents)),
        Figure(_PART, "threads", str(len(roots))),
        Figure(_PART, "messages for them", f"{len(told)} in {took:.0f} s"),
        Figure(_PART, "least time between two", milliseconds(gap), "> 1 s", 1 / gap, gap > 1),
    ]  # fmt: skip


def _answered(answers: list[Answer], took: float) -> list[Figure]:
    statuses = Counter(answer.status for answer in answers)
    good = sum(count for status, count in statuses.items() if 200 <= status < 300)
    times = [answer.took for answer in answers]
    p99, late = percentile(times, 99), percentile((one.late for one in answers), 99)
    return [
        Figure.count(_PART, "answered 2xx", good, WEBHOOKS),
        Figure(_PART, "answered after, p50", milliseconds(percentile(times, 50))),
        Figure(_PART, "answered after, p99", milliseconds(p99),
               f"< {milliseconds(MOST_SECONDS)}", p99 / MOST_SECONDS, p99 < MOST_SECONDS),
        Figure(_PART, "answered after, worst", milliseconds(max(times))),
        Figure(_PART, "sent in", f"{took:.1f} s; each at most {milliseconds(late)} late (p99)"),
    ]  # fmt: skip


def _in_the_database(
    incidents: list[Incident], kept: Mapping[str, tuple[str, int]]
) -> list[Figure]:
    there = sum(incident.id in kept for incident in incidents)
    ends = ["closed" if which % 2 == 0 else "open" for which in range(len(incidents))]
    right = sum(
        kept.get(incident.id, ("", 0))[0] == state
        for incident, state in zip(incidents, ends, strict=True)
    )
    counted = sum(notices for _, notices in kept.values())
    return [
        Figure.count(_PART, "incidents in the database", there, len(incidents)),
        Figure.count(_PART, "...in their last state", right, len(incidents)),
        Figure.count(_PART, "webhooks counted there", counted, WEBHOOKS),
    ]
