"""How soon Slack hears that a command has come, with fifty of them at the same moment."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sandbox.slack.acts import Outcome
from sandbox.slack.transport import ACK_SECONDS
from sandbox.stage import Setup
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.scene import PATIENCE, PEOPLE, BenchError, Scene, scene

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
    """Fifty commands: seconds until each was acknowledged, and until all were answered.

    One that was not acknowledged in time counts with the three seconds that Slack waits.
    """

    channels: tuple[str, ...]
    acks: tuple[float, ...]
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
        place.bot.stop()  # nothing more can come
        answers = [len(place.told(channel)) for one in measured for channel in one.channels]
        refused = Counter(one.error for one in place.stage.slack.rejections())
    if refused:
        raise BenchError(f"Slack refused: {dict(refused)}")
    return _figures(measured, answers, "signed HTTP" if http else "Socket Mode")


def one_round(place: Scene, number: int) -> Round:
    """Send the fifty and wait until every one of them is answered."""
    channels = [place.channel(f"r{number}c{which}") for which in range(AT_ONCE)]
    began = time.monotonic()
    outcomes = _all_at_once(place, channels)
    place.stage.slack.wait_for(lambda: place.answered() >= set(channels), PATIENCE)
    took = time.monotonic() - began
    return Round(tuple(channels), tuple(map(_latency, outcomes)), took)


def _latency(outcome: Outcome) -> float:
    ack = outcome.ack
    return ack.latency.total_seconds() if ack is not None and ack.ok else ACK_SECONDS


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


def _figures(rounds: list[Round], answers: list[int], transport: str) -> list[Figure]:
    part = f"{AT_ONCE} commands at once, {len(rounds)} times, by {transport}"
    acks = [ack for one in rounds for ack in one.acks]
    in_time = sum(ack < ACK_SECONDS for ack in acks)
    p99 = percentile(acks, 99)
    return [
        Figure.count(part, "acknowledged within Slack's 3 s", in_time, len(acks)),
        Figure(part, "acknowledged after, p50", milliseconds(percentile(acks, 50))),
        Figure(part, "acknowledged after, p99", milliseconds(p99),
               f"< {milliseconds(MOST_SECONDS)}", p99 / MOST_SECONDS, p99 < MOST_SECONDS),
        Figure(part, "acknowledged after, worst", milliseconds(max(acks))),
        Figure.count(part, "answered, exactly once", answers.count(1), len(answers)),
        Figure(part, "all answered after, worst round", f"{max(one.took for one in rounds):.1f} s"),
    ]  # fmt: skip
