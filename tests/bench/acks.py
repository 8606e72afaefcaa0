"""How soon Slack hears that a command has come, with fifty of them at the same moment."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sandbox.slack.acts import Outcome
from sandbox.stage import Setup
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.scene import PEOPLE, BenchError, Scene, is_finished, scene

AT_ONCE = 50
MOST_SECONDS = 0.25
WORDS = (
    "health",
    "status",
    "history",
    "manifest",
    "models",
    "versions",
    "hits",
    "size",
    "ops",
    "logs",
    "help",
    "heatlh",
    "sync --dry-run",
)
"""Reports of every kind, private answers, a mistake; a fourth of the askers has no role."""


@dataclass(frozen=True, slots=True)
class Round:
    """Fifty commands: seconds until each was acknowledged (None: too late), answers, their time."""

    acks: tuple[float | None, ...]
    answers: tuple[int, ...]
    took: float


def measure_acks(rounds: int, *, http: bool) -> list[Figure]:
    """Send fifty commands at once, several times over, by one of the two transports.

    Each goes to a channel of its own, so that what is told there is the answer to it. Between
    two rounds Slack's clock moves on by a minute: its limits are per minute.
    """
    with scene(Setup(http=http)) as place:
        measured = []
        for number in range(rounds):
            measured.append(one_round(place, number))
            place.stage.project.clock.advance(timedelta(minutes=1))
        refused = Counter(one.error for one in place.stage.slack.rejections())
    if refused:
        raise BenchError(f"Slack refused: {dict(refused)}")
    return _figures(measured, "signed HTTP" if http else "Socket Mode")


def one_round(place: Scene, number: int) -> Round:
    """Send the fifty and wait until every one of them is answered."""
    channels = [place.channel(f"r{number}c{which}") for which in range(AT_ONCE)]
    began = time.monotonic()
    outcomes = _all_at_once(place, channels)
    place.stage.slack.wait_for(
        lambda: all(any(map(is_finished, place.told(channel))) for channel in channels), 90
    )
    took = time.monotonic() - began
    return Round(
        acks=tuple(one.ack.latency.total_seconds() if one.ack and one.acked else None
                   for one in outcomes),
        answers=tuple(len(place.told(channel)) for channel in channels),
        took=took,
    )  # fmt: skip


def _all_at_once(place: Scene, channels: list[str]) -> list[Outcome]:
    outcomes = [Outcome() for _ in channels]
    gate = threading.Barrier(len(channels))

    def ask(which: int, channel: str) -> None:
        person = place.stage.slack.as_user(PEOPLE[which % len(PEOPLE)])
        gate.wait()
        outcomes[which] = person.slash(channel, f"/cache {WORDS[which % len(WORDS)]}")

    threads = [threading.Thread(target=ask, args=each) for each in enumerate(channels)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _figures(rounds: list[Round], transport: str) -> list[Figure]:
    part = f"{AT_ONCE} commands at once, {len(rounds)} times, by {transport}"
    acks = [ack for one in rounds for ack in one.acks]
    in_time = [ack for ack in acks if ack is not None]
    p99 = percentile(in_time, 99)
    exactly_once = [count == 1 for one in rounds for count in one.answers]
    return [
        Figure.count(part, "acknowledged within Slack's 3 s", len(in_time), len(acks)),
        Figure(part, "acknowledged after, p50", milliseconds(percentile(in_time, 50))),
        Figure(part, "acknowledged after, p99", milliseconds(p99),
               f"< {milliseconds(MOST_SECONDS)}", p99 / MOST_SECONDS, p99 < MOST_SECONDS),
        Figure(part, "acknowledged after, worst", milliseconds(max(in_time))),
        Figure.count(part, "answered, exactly once", sum(exactly_once), len(exactly_once)),
        Figure(part, "all answered after, worst round", f"{max(one.took for one in rounds):.1f} s"),
    ]  # fmt: skip
