"""The bot as a process of its own: started by its command, killed as hard as one likes."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LISTENS = re.compile(r"cachebot listens on (http://\S+)")


class BotDiedError(RuntimeError):
    """The bot ended instead of starting; the text is its last output."""


@dataclass(slots=True)
class BotProcess:
    """Runs `command` in a process group, with `environment` added to a clean environment."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = None
    _url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where the bot's own web server listens."""
        return self._url

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self, patience_seconds: float = 60.0) -> None:
        """Start it and wait until it listens.

        Raises:
            BotDiedError: it ended, or it did not listen in time.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            begin = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 - the command is the caller's own
                list(self.command),
                env={**_inherited(), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._url = self._await_listening(begin, patience_seconds)

    def kill(self) -> None:
        """End it and everything it started by SIGKILL: no warning, no clean-up."""
        self._signal_group(signal.SIGKILL)
        self._wait()

    def stop(self, patience_seconds: float = 20.0) -> int:
        """Ask it to end by SIGTERM and return its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def wait_for_end(self, patience_seconds: float = 60.0) -> int:
        """Wait until it ends by itself and return its exit code (negative: a signal)."""
        if self._process is None:
            raise RuntimeError("the bot was never started")
        return self._process.wait(patience_seconds)

    def _await_listening(self, begin: int, patience_seconds: float) -> str:
        waited = threading.Event()
        for _ in range(int(patience_seconds / 0.05)):
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            if found := _LISTENS.search(said):
                return found[1]
            if not self.running:
                raise BotDiedError(said[-3000:] or "it said nothing")
            waited.wait(0.05)
        self.kill()
        raise BotDiedError(f"it did not listen within {patience_seconds:.0f} s")

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return  # everything in the group has ended already

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait()


def _inherited() -> dict[str, str]:
    """Pass on what a process needs to run at all, and none of the caller's settings."""
    names = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}
