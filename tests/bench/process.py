"""How soon the bot is ready, and how much memory it takes before and after work."""

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from sandbox.bot_process import BotProcess
from sandbox.stage import Setup, Stage
from tests.bench.acks import AT_ONCE, one_round
from tests.bench.figures import Figure
from tests.bench.scene import PATIENCE, BenchError, Scene

LOADS = 3
_PART = "The process"


def measure_process() -> list[Figure]:
    """Start the bot, wait until it is ready, weigh it, load it, weigh it again."""
    with TemporaryDirectory(prefix="cachebot-bench-") as folder:
        stage = Stage(Path(folder), Setup(settings={"CACHEBOT_LOG_FORMAT": "json"})).start()
        bot = stage.bot()
        try:
            began = time.monotonic()
            bot.start()
            listens = time.monotonic() - began
            _await_ready(bot)
            ready = time.monotonic() - began
            idle = _resident_bytes(bot)
            for number in range(LOADS):
                one_round(Scene(stage, bot), number)
            loaded = _resident_bytes(bot)
        finally:
            bot.kill()
            stage.stop()
    return [
        Figure(_PART, "started: listens after", f"{listens:.1f} s"),
        Figure(_PART, "started: /readyz answers 200 after", f"{ready:.1f} s"),
        Figure(_PART, "resident memory when idle", _megabytes(idle)),
        Figure(_PART, f"resident memory after {LOADS * AT_ONCE} commands", _megabytes(loaded)),
    ]


def _await_ready(bot: BotProcess) -> None:
    address = urlsplit(bot.url)
    pause, ends = threading.Event(), time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass  # the port is open a moment before anybody answers on it
        finally:
            connection.close()
        pause.wait(0.02)
    raise BenchError("the bot was never ready")


def _resident_bytes(bot: BotProcess) -> int:
    """Add up what the server and its worker hold; pages that they share count once.

    Source: proc(5), smaps_rollup, "Pss"
    """
    return sum(
        int(line.split()[1]) * 1024
        for process in _processes(bot)
        for line in (process / "smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )


def _processes(bot: BotProcess) -> Iterator[Path]:
    """Find the processes of the bot's group: it was started as the first of a new one."""
    assert bot._process is not None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(after_name[2]) == bot._process.pid:
            yield process


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 10**6:.0f} MB"
