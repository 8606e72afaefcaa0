"""What becomes of a sync whose start gets no reply, and of one whose bot is killed."""

import sys
from collections.abc import Callable, Iterator, Sequence
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
    """What one sync left behind; `trouble` says what the bot did wrong besides."""

    executions: int
    messages: int
    last_line: str
    trouble: str = ""


def measure_lost_reply() -> list[Figure]:
    """Start a sync whose RunJob is carried out and whose reply is lost."""
    part = "A sync whose RunJob reply is lost"
    with _stage() as stage:
        before = _executions(stage)
        story = Story(stage, stage.start_bot())
        stage.faults.add(Fault(RUN_JOB, LoseReply(), times=1))
        text = story.until_ended(story.ask("sync"))
        story.bot.kill()
        return [
            _exactly(part, "executions", _executions(stage) - before),
            _exactly(part, "calls of RunJob", len(stage.faults.seen(RUN_JOB))),
            _exactly(part, 'messages, ending in "done"', len(story.public()))
            if "done" in text.splitlines()[0]
            else Figure(part, "last state", text.splitlines()[0], "done", met=False),
        ]


def measure_kills() -> list[Figure]:
    """Kill the bot at each boundary between steps, effects and records, and start another."""
    good = [_end(boundary, lambda _: None) for boundary in GOOD_ROAD]
    bad = [
        _end(boundary, lambda stage: disasters.fail_next_sync(stage.project, Cause.MODEL_NOT_FOUND))
        for boundary in BAD_ROAD
    ]
    sys.stderr.write("\n")
    return [
        *_figures(f"kill -9 at {len(good)} boundaries of a sync, restart", good, "done"),
        *_figures(f"kill -9 at {len(bad)} boundaries of a failing sync, restart", bad, "failed"),
    ]


def _end(boundary: str, prepare: Callable[[Stage], None]) -> End:
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
        first = text.splitlines()[0] if text else ""
        return End(_executions(stage) - before, len(messages), first, trouble)


def _figures(part: str, ends: Sequence[End], last: str) -> list[Figure]:
    final = [end.messages == 1 and end.last_line.endswith(last) for end in ends]
    return [
        Figure.count(part, "exactly one execution", sum(end.executions == 1 for end in ends),
                     len(ends)),
        Figure.count(part, f'exactly one message, ending in "{last}"', sum(final), len(ends)),
        Figure.count(part, "nothing else amiss", sum(not end.trouble for end in ends), len(ends)),
    ]  # fmt: skip


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
