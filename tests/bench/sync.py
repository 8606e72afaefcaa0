"""What becomes of a sync whose start gets no reply, and of one whose bot is killed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.bot_process import BotDiedError
from sandbox.cloud import disasters
from sandbox.cloud.sync_script import Cause
from sandbox.faults import Fault, LoseReply
from sandbox.stage import Setup, Stage
from tests.bench.figures import Figure
from tests.stories.conftest import BRISK, RUN_JOB, Story
from tests.stories.test_restarts import BAD_ROAD, GOOD_ROAD, die_and_come_back, the_one_message


@dataclass(frozen=True, slots=True)
class End:
    """What one sync left behind.

    `told` is whether there is one message and it has reached its last state; `trouble` says
    what else the bot did wrong.
    """

    executions: int
    told: bool
    trouble: str


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
    """Kill the bot at each boundary between steps, effects and records, and start another."""
    ends = [_end(boundary, "done", lambda _: None) for boundary in GOOD_ROAD]
    ends += [_end(boundary, "failed", _misspell) for boundary in BAD_ROAD]
    sys.stderr.write("\n")
    part = (
        f"kill -9 at each of {len(ends)} boundaries of a sync ({len(BAD_ROAD)} of them after "
        "it has failed), then a restart"
    )
    return [
        Figure.count(part, "exactly one execution", sum(end.executions == 1 for end in ends),
                     len(ends)),
        Figure.count(part, "one message, in its last state", sum(end.told for end in ends),
                     len(ends)),
        Figure.count(part, "nothing else amiss", sum(not end.trouble for end in ends), len(ends)),
    ]  # fmt: skip


def _misspell(stage: Stage) -> None:
    disasters.fail_next_sync(stage.project, Cause.MODEL_NOT_FOUND)


def _end(boundary: str, last: str, prepare: Callable[[Stage], None]) -> End:
    with _stage() as stage:
        prepare(stage)
        before = _executions(stage)
        trouble, text = "", ""
        try:
            text = the_one_message(die_and_come_back(stage, boundary))
        except (AssertionError, TimeoutError, BotDiedError) as exc:
            trouble = f"{boundary}: {exc}"
            sys.stderr.write(f"\n{trouble}\n")
        sys.stderr.write(".")
        sys.stderr.flush()
        messages = [one for one in stage.slack.workspace.everything() if one.bot_id]
        final = text.partition("\n")[0].endswith(f": {last}")
        return End(_executions(stage) - before, len(messages) == 1 and final, trouble)


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
