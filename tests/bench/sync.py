"""What becomes of a sync whose start gets no reply, and of procedures whose bot is killed."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.bot_process import BotDiedError
from sandbox.faults import Fault, LoseReply
from sandbox.stage import Setup, Stage
from tests.bench.figures import Figure
from tests.bench.scene import BenchError
from tests.stories.conftest import BRISK, RUN_JOB, Story
from tests.stories.lives import Ending, boundaries, chains, play
from tests.stories.procedures import SCENARIOS, Scenario


def measure_lost_reply() -> list[Figure]:
    """Start a sync whose RunJob is carried out and whose reply is lost."""
    part = "A sync whose RunJob reply is lost"
    with _stage() as stage:
        before = _executions(stage)
        story = Story(stage, stage.start_bot())
        stage.faults.add(Fault(RUN_JOB, LoseReply(), times=1))
        story.until_ended(story.ask("sync"))
        story.bot.kill()
        done = [one for one in story.public() if one.text.partition("\n")[0].endswith(": done")]
        return [
            _exactly(part, "executions", _executions(stage) - before),
            _exactly(part, "calls of RunJob", len(stage.faults.seen(RUN_JOB))),
            _exactly(part, 'messages, ending in "done"', len(done)),
        ]


def measure_kills() -> list[Figure]:
    """Kill the bot at each boundary between steps, effects and records of every procedure.

    Raises:
        BenchError: an operation did not come to its end.
    """
    deaths, pairs = 0, []
    for name, scenario in SCENARIOS.items():
        try:
            for chain, disturbed, undisturbed in _killed(scenario):
                pairs.append((disturbed, undisturbed))
                deaths += len(chain)
        except (AssertionError, TimeoutError, BotDiedError) as exc:
            raise BenchError(f"{name}: {exc}") from exc
    sys.stderr.write("\n")
    part = f"kill -9 at each of {deaths} boundaries of {len(SCENARIOS)} roads, then a restart"
    return [
        Figure.count(part, what, sum(same(*pair) for pair in pairs), len(pairs))
        for what, same in _SAME.items()
    ]


def _killed(scenario: Scenario) -> Iterator[tuple[Sequence[str], Ending, Ending]]:
    """Play a scenario without a death, then by chains of deaths."""
    with TemporaryDirectory(prefix="cachebot-bench-") as folder:
        operation, undisturbed = play(Path(folder) / "undisturbed", scenario, ())
        for number, chain in enumerate(chains(boundaries(operation))):
            _, disturbed = play(Path(folder) / str(number), scenario, chain)
            sys.stderr.write("." * len(chain))
            sys.stderr.flush()
            yield chain, disturbed, undisturbed


_SAME: Mapping[str, Callable[[Ending, Ending], bool]] = {
    "the cloud as without a death": lambda one, other: one.cloud == other.cloud,
    "no call made twice": lambda one, other: one.calls == other.calls,
    "one message each, in its last state": lambda one, other: one.titles == other.titles,
    "every step ended the same": lambda one, other: one.steps == other.steps,
}


def _exactly(part: str, what: str, count: int) -> Figure:
    return Figure(part, what, str(count), "1", float(count), count == 1)


def _executions(stage: Stage) -> int:
    return len(stage.project.state.executions.all())


@contextmanager
def _stage() -> Iterator[Stage]:
    with TemporaryDirectory(prefix="cachebot-bench-") as folder:
        stage = Stage(Path(folder), Setup(speed=400, settings=BRISK)).start()
        try:
            yield stage
        finally:
            stage.stop()
