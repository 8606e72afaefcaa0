"""How long `/cache health` takes with a slow cloud, and how many log reads a report costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from statistics import median

from sandbox.faults import CallRecord, Delay, Fault
from sandbox.slack.messages import Message
from sandbox.stage import Setup
from tests.bench.figures import Figure, milliseconds
from tests.bench.scene import PEOPLE, BenchError, Scene, scene

CLOUD = ("storage.*", "google.*", "monitoring.*")
"""Every method of the pretend cloud, as faults name them."""

LATENCY_SECONDS = 0.05
MOST_OVER_LONGEST = 1.3
MOST_LOG_READS = 2
REPORTS = (
    "health",
    "health 7d",
    "status",
    "history",
    "logs",
    "logs service errors 1h",
    "manifest",
    "models",
    "versions",
    "hits",
    "hits 7d",
    "size",
)

_PART = f"/cache health, {LATENCY_SECONDS * 1000:.0f} ms added to each cloud call"
_ENVELOPE, _LIST_ENTRIES = "socket.envelope", "google.logging.v2.LoggingServiceV2/ListLogEntries"
_WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One report, in seconds: from the request to the last edit; its longest check.

    The longest check is the bot's own word. `cloud` is what the cloud saw of the report: from
    the first call to the last reply.
    """

    took: float
    longest: float
    cloud: float

    @property
    def ratio(self) -> float:
        """How much longer the whole took than the longest check in it."""
        return self.took / self.longest


def measure_health(runs: int) -> list[Figure]:
    """Ask again and again, one after another, and compare each with its own longest check.

    Raises:
        BenchError: an answer did not come, or was edited after its end.
    """
    with scene(Setup()) as place:
        for method in CLOUD:
            place.stage.faults.add(Fault(method, Delay(LATENCY_SECONDS)))
        measured = [_run(place, f"run{number}") for number in range(_WARM_UPS + runs)]
        for _, message in measured:
            if len(message.revisions) > 2:
                raise BenchError(f"a report was edited after its end: {message.text}")
    return _figures([run for run, _ in measured[_WARM_UPS:]])


def measure_log_reads() -> list[Figure]:
    """Count the reads of the logs that each kind of report costs."""
    with scene(Setup()) as place:
        reads = {}
        for number, words in enumerate(REPORTS):
            before = len(place.stage.faults.seen(_LIST_ENTRIES))
            _ask(place, f"report{number}", words)
            reads[words] = len(place.stage.faults.seen(_LIST_ENTRIES)) - before
    return [
        Figure(
            "Reads of the logs (entries.list)",
            f"/cache {words}",
            str(count),
            f"<= {MOST_LOG_READS}",
            count / MOST_LOG_READS,
            count <= MOST_LOG_READS,
        )
        for words, count in reads.items()
    ]


def _run(place: Scene, name: str) -> tuple[Run, Message]:
    faults = place.stage.faults
    before = len(faults.calls)
    message = _ask(place, name, "health")
    sent = next(call.at for call in faults.calls[before:] if call.method == _ENVELOPE)
    line = place.line_of_call(message.channel)
    if "13 checks" not in message.text:
        raise BenchError(f"this is no health report: {message.text}")
    cloud = [call.at for call in faults.calls[before:] if _is_cloud(call)]
    run = Run(
        took=(message.revisions[-1].at - sent).total_seconds(),
        longest=line["slowest_check_ms"] / 1000,
        cloud=(max(cloud) - min(cloud)).total_seconds() + LATENCY_SECONDS,
    )
    return run, message


def _ask(place: Scene, name: str, words: str) -> Message:
    channel = place.channel(name)
    outcome = place.stage.slack.as_user(PEOPLE[0]).slash(channel, f"/cache {words}")
    if not outcome.acked:
        raise BenchError(f"/cache {words} was not acknowledged: {outcome.ack}")
    return place.answer(channel)


def _is_cloud(call: CallRecord) -> bool:
    return any(fnmatchcase(call.method, pattern) for pattern in CLOUD)


def _figures(runs: Sequence[Run]) -> list[Figure]:
    longest, took = median(run.longest for run in runs), median(run.took for run in runs)
    cloud = median(run.cloud for run in runs)
    ratio, worst = median(run.ratio for run in runs), max(run.ratio for run in runs)
    target = f"<= {MOST_OVER_LONGEST} x"
    return [
        Figure(_PART, "first cloud call to last reply, median", milliseconds(cloud)),
        Figure(_PART, "longest single check, median", milliseconds(longest)),
        Figure(_PART, "request to last edit, median", milliseconds(took)),
        Figure(_PART, "...over the longest check of the same report, median", f"{ratio:.2f} x",
               target, ratio / MOST_OVER_LONGEST, ratio <= MOST_OVER_LONGEST),
        Figure(_PART, f"...worst of {len(runs)}", f"{worst:.2f} x",
               target, worst / MOST_OVER_LONGEST, worst <= MOST_OVER_LONGEST),
    ]  # fmt: skip
