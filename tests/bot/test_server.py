"""The server as a process: how it starts, stops, fails to start, and survives kills."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.bot.served import PATIENCE, accepts, alive, end, run, serving
from tests.waiting import eventually


def test_a_free_port_is_found_and_told(tmp_path: Path) -> None:
    """With port 0 the line that is printed names the port that answers."""
    with serving("ready", tmp_path) as served:
        assert served.port != 0
        assert served.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("mode", ["ready", "busy"])
def test_sigterm_stops_cleanly_within_seconds(tmp_path: Path, mode: str) -> None:
    """The bot is stopped, the exit code is 0, and no thread that still runs holds the process."""
    with serving(mode, tmp_path) as served:
        worker = served.worker()
        assert served.ask("GET", "/readyz").status == 200
        began = time.monotonic()
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 4
        assert not alive(worker)
        assert (tmp_path / "stopped").exists()


def test_an_open_connection_does_not_hold_the_server(tmp_path: Path) -> None:
    """A client that keeps its connection open, or says half a request, is not waited for."""
    with serving("ready", tmp_path) as served:
        idle = socket.create_connection(("127.0.0.1", served.port))
        slow = socket.create_connection(("127.0.0.1", served.port))
        with idle, slow:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            slow.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
            assert served.ask("GET", "/healthz").status == 200
            began = time.monotonic()
            served.process.terminate()
            assert served.process.wait(PATIENCE) == 0
            assert time.monotonic() - began < 5
        assert (tmp_path / "stopped").exists()


def test_a_stop_that_hangs_is_cut_short(tmp_path: Path) -> None:
    """A bot that does not stop does not keep the server from ending."""
    with serving("stuck", tmp_path) as served:
        worker = served.worker()
        began = time.monotonic()
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 6.5
        assert not alive(worker)
        assert served.process.stderr is not None
        assert "was cut short" in served.process.stderr.read()


def test_killing_the_first_process_leaves_nobody_behind(tmp_path: Path) -> None:
    """After kill -9 the worker is gone within a second, and with it the port and the lock."""
    with serving("busy", tmp_path) as served:
        worker = served.worker()
        began = time.monotonic()
        served.process.kill()
        try:
            assert eventually(lambda: not alive(worker))
            assert time.monotonic() - began < 1
        finally:
            end(worker)
        with serving("ready", tmp_path, served.port) as again:
            assert again.ask("GET", "/readyz").status == 200


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    """After kill -9 of the worker a new one serves on the same port, with the database."""
    with serving("ready", tmp_path) as served:
        first = served.worker()
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: served.worker() != first)
        assert eventually(lambda: served.ask("GET", "/readyz").status == 200)
        assert served.process.poll() is None


@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        ("settings", 2, ("CACHEBOT_PROJECT is missing.", "CACHEBOT_PROT is no setting.")),
        ("in-use", 2, ("Another cachebot already uses",)),
        ("broken", 1, ("RuntimeError: a defect",)),
    ],
)
def test_a_bot_that_cannot_start_ends_the_server(
    tmp_path: Path, mode: str, code: int, said: tuple[str, ...]
) -> None:
    """The reason is told once, in full, and the server does not try for ever."""
    process = run(mode, tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert out == ""
    for sentence in said:
        assert err.count(sentence) == 1
    assert "exited with code" not in err
    if code == 2:
        assert "Traceback" not in err


def test_a_port_in_use_is_told_at_once(tmp_path: Path) -> None:
    """Where somebody else listens, the server says so and exits with code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run("ready", tmp_path, port)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert not (tmp_path / "worker").exists()


def test_a_hang_up_stops_and_never_doubles_the_bot(tmp_path: Path) -> None:
    """The signals by which gunicorn would start a second worker do not; a hang-up ends it."""
    with serving("ready", tmp_path) as served:
        worker = served.worker()
        for number in (signal.SIGTTIN, signal.SIGUSR2):
            served.process.send_signal(number)
        assert served.ask("GET", "/healthz").status == 200
        served.process.send_signal(signal.SIGHUP)
        assert served.process.wait(PATIENCE) == 0
        assert served.worker() == worker
        assert not accepts(served.port)


def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    """An interrupt that reaches both processes, as a terminal sends it, ends with a clean stop."""
    with serving("busy", tmp_path) as served:
        os.kill(served.worker(), signal.SIGINT)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(PATIENCE) == 0
        assert (tmp_path / "stopped").exists()
