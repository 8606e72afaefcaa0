"""What becomes of a schedule on several replicas of which one is killed and replaced, twice."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from core.schedules.schedule import ScheduleName
from core.schedules.slots import KnownSlot, SlotState
from sandbox.bot_process import BotProcess
from sandbox.stage import Setup, Stage
from tests.bench.figures import Figure, percentile
from tests.bench.scene import BenchError
from tests.postgres import fresh_database, postgres_server
from tests.stories.conftest import BRISK, CACHE
from tests.stories.slots import begun, gaps, key_of, posted

REPLICAS = 3
SPAN = timedelta(seconds=5)
LASTS = timedelta(minutes=2)
DEATHS = (timedelta(seconds=30), timedelta(seconds=75))
PATIENCE = timedelta(seconds=90)
SETTINGS = {
    **BRISK,
    "CACHEBOT_REPORT_CHANNEL": CACHE,
    "CACHEBOT_WEEKLY_REPORT": f"*/{SPAN.seconds} * * * * *",
    "CACHEBOT_SILENT_SECONDS": "5",
}
_REPORT = ScheduleName.WEEKLY_REPORT


def measure_schedules() -> list[Figure]:
    """Post a report every five seconds for two minutes; kill whoever is just making one.

    Raises:
        BenchError: the replicas could not be started, or nothing was posted.
    """
    with (
        TemporaryDirectory(prefix="cachebot-bench-") as folder,
        postgres_server() as server,
    ):
        settings = {**SETTINGS, "CACHEBOT_DATABASE_URL": fresh_database(server)}
        stage = Stage(Path(folder), Setup(speed=400, settings=settings)).start()
        bots: list[BotProcess] = []
        try:
            killed = _live_through(stage, bots)
            return _figures(stage, killed)
        finally:
            for bot in bots:
                bot.kill()
            stage.stop()


def _live_through(stage: Stage, bots: list[BotProcess]) -> int:
    for number in range(REPLICAS):
        bots.append(stage.bot(name=f"replica{number}"))
        bots[-1].start()
    _until(lambda: bool(begun(stage, _REPORT)), "nothing was due")
    first = begun(stage, _REPORT)[0].slot.due
    killed = 0
    for number, death in enumerate(DEATHS):
        _until(partial(_past, first + death), "time stands still")
        killed += _kill_the_busy_one(stage, bots)
        bots.append(stage.bot(name=f"replacement{number}"))
        bots[-1].start()
    _until(partial(_past, first + LASTS), "time stands still")
    wanted = [one for one in begun(stage, _REPORT) if one.slot.due < first + LASTS]
    _until(lambda: _all_told(stage, wanted), "not everything was told")
    return killed


def _kill_the_busy_one(stage: Stage, bots: list[BotProcess]) -> int:
    """Kill the replica that has begun a slot and not ended it."""
    found: list[BotProcess] = []

    def busy() -> bool:
        with psycopg.connect(stage.environment()["CACHEBOT_DATABASE_URL"]) as connection:
            query = "select owner from slots where state = 'running'"
            owners = [str(owner) for (owner,) in connection.execute(query).fetchall()]
        pids = [int(owner.rsplit("-", 2)[1]) for owner in owners]
        alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        groups = {os.getpgid(pid) for pid in alive}
        found.extend(bot for bot in bots if bot.running and _group(bot) in groups)
        return bool(found)

    _until(busy, "nobody was busy", pause=0.01)
    found[0].kill()
    return 1


def _past(moment: datetime) -> bool:
    return datetime.now(UTC) > moment


def _group(bot: BotProcess) -> int:
    return bot._process.pid if bot._process is not None else 0


def _all_told(stage: Stage, wanted: list[KnownSlot]) -> bool:
    keys = {key_of(one) for one in wanted}
    ended = [one for one in begun(stage, _REPORT) if one.slot.id in {w.slot.id for w in wanted}]
    return keys <= set(posted(stage)) and all(one.state.ended for one in ended)


def _until(condition: Callable[[], bool], trouble: str, pause: float = 0.2) -> None:
    waited = threading.Event()
    deadline = datetime.now(UTC) + PATIENCE + LASTS
    while not condition():
        if datetime.now(UTC) > deadline:
            raise BenchError(trouble)
        waited.wait(pause)


def _figures(stage: Stage, killed: int) -> list[Figure]:
    part = (
        f"A report every {SPAN.seconds} s for {LASTS.seconds // 60} min on {REPLICAS} replicas, "
        f"{killed} killed while making one, and replaced"
    )
    known = begun(stage, _REPORT)
    first = known[0].slot.due
    known = [one for one in known if one.slot.due < first + LASTS]
    due = LASTS // SPAN
    counts = Counter(posted(stage))
    done = [one for one in known if one.state is SlotState.DONE]
    behind = [(one.ended_at - one.slot.due).total_seconds() for one in done if one.ended_at]
    holes = len(gaps(known, SPAN))
    return [
        Figure.count(part, "slots done", len(done), due),
        Figure(part, "slots left out", str(holes), "0", None, holes == 0),
        Figure.count(part, "reports, posted exactly once each",
                     sum(counts[key_of(one)] == 1 for one in known), due),
        Figure(part, "slots begun by a second replica", str(sum(one.tries > 1 for one in done))),
        Figure(part, "done after its time, p50", f"{percentile(behind, 50):.1f} s"),
        Figure(part, "done after its time, worst", f"{max(behind):.1f} s"),
    ]  # fmt: skip
