"""Starts the small bot as a process of its own, and speaks to it over real HTTP."""

import hashlib
import hmac
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bot.small_bot import SIGNING_SECRET

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 20.0
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """The first process of the server, and where it listens."""

    process: subprocess.Popen[str]
    port: int
    directory: Path

    def worker(self) -> int:
        """Return the process id of the worker that wrote itself down last."""
        return int((self.directory / "worker").read_text())

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body or None, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def post(
        self, body: bytes, content_type: str = FORM, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Deliver a body as Slack does; `headers` replace those of a good signature."""
        given = {"Content-Type": content_type, **signed(body), **(headers or {})}
        return self.ask("POST", "/slack/events", body, given)


def signed(body: bytes, at: float | None = None) -> dict[str, str]:
    """Sign a body as Slack does.

    Source: docs.slack.dev/authentication/verifying-requests-from-slack
    """
    timestamp = str(int(time.time() if at is None else at))
    base = b":".join((b"v0", timestamp.encode(), body))
    digest = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def run(mode: str, directory: Path, port: int = 0) -> subprocess.Popen[str]:
    """Start the small bot; nothing is waited for."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bot.small_bot", str(port), mode, str(directory)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(mode: str, directory: Path, port: int = 0) -> Iterator[Served]:
    """Have the small bot served, and let nothing of it survive."""
    process = run(mode, directory, port)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("cachebot listens on "), line
        found = urlsplit(line.split()[-1]).port
        assert found is not None
        yield Served(process, found, directory)
    finally:
        workers = descendants(process.pid)
        process.kill()
        for worker in workers:
            end(worker)
        process.communicate(timeout=PATIENCE)


def descendants(pid: int) -> list[int]:
    """Return the children of a process."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in listed.read_text().split()] if listed.exists() else []


def end(pid: int) -> None:
    """Kill a process that may be gone already."""
    if alive(pid):
        os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def accepts(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
