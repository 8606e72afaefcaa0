"""The web server: gunicorn, with one worker process that holds the whole bot.

The first process opens the port and looks after the worker; the bot is built in the worker,
after the fork, because neither gRPC's channels nor threads survive one. A worker that dies is
started again. One that cannot start ends the server: trying for ever would hide the reason.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.errors import HaltServer

from core.errors import OpsError

_log = logging.getLogger(__name__)

REFUSED = 2
"""The exit code where a person has to mend something, such as a setting."""

BROKEN = 1
"""The exit code where it is not known what is wrong."""

_DRAIN_SECONDS = 1
_STOP_SECONDS = 4.0
_KILL_SECONDS = 7
"""Requests under way get one second, then the bot four to stop; at seven it is killed.

It needs less than two, and over Socket Mode two more, which slack_sdk takes to close it. Cloud
Run and systemd allow ten between SIGTERM and SIGKILL, App Engine, which has no Socket Mode,
only a few.
"""

_SILENT_SECONDS = 120
_BACKLOG = 512
_ON_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG, from prctl(2)
_SAID_ALREADY = frozenset(
    ("Worker (pid:%s) exited with code %s.", "Shutting down: %s", "Reason: %s")
)


class WebRuntime(Protocol):
    """The built and started bot."""

    @property
    def web(self) -> Flask:
        """Return the application that answers requests."""
        ...

    def stop(self) -> None:
        """Stop, leaving what is under way to the next start."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and how many requests to answer at once. Port 0 picks a free one."""

    host: str
    port: int
    threads: int = 16


def serve(address: Address, build: Callable[[], WebRuntime]) -> int:
    """Serve until told to stop, and return the exit code: 0, `REFUSED` or `BROKEN`.

    `build` runs in the worker's main thread. An `OpsError` that it raises is printed as it is.
    """
    try:
        listener = _listen(address)
    except OSError as exc:
        _say(
            sys.stderr,
            f"cachebot cannot listen on {address.host}:{address.port}: {exc.strerror}. "
            "Stop what uses that port, or set CACHEBOT_HOST and CACHEBOT_PORT.",
        )
        return REFUSED
    return _look_after(_Application(_url(listener), build), listener.detach(), address.threads)


def _look_after(application: "_Application", descriptor: int, threads: int) -> int:
    first = os.getpid()
    application.cfg = _configured(
        {
            "bind": f"fd://{descriptor}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "timeout": _SILENT_SECONDS,
            "graceful_timeout": _KILL_SECONDS,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "on_starting": _one_worker_only,
            "post_fork": _at_birth,
            "worker_exit": application.leave,
        }
    )
    code: object = BROKEN
    try:
        arbiter = Arbiter(application)
        _share_logging()
        arbiter.run()
    except (SystemExit, HaltServer) as exc:
        code = exc.code if isinstance(exc, SystemExit) else exc.exit_status
    finally:
        if os.getpid() != first:  # a worker never comes back from here
            os._exit(BROKEN)
    if code == Arbiter.APP_LOAD_ERROR:
        return REFUSED
    return 0 if code in (0, None) else BROKEN


class _Application:
    """What gunicorn asks of an application; `runtime` exists in the worker only."""

    def __init__(self, url: str, build: Callable[[], WebRuntime]) -> None:
        self.cfg: Any = None
        self._url = url
        self._build = build
        self._runtime: WebRuntime | None = None

    def wsgi(self) -> Flask:
        """Build the bot, in the worker, or end the worker with the reason told."""
        try:
            runtime = self._build()
        except OpsError as exc:
            _say(sys.stderr, str(exc))
            _end(Arbiter.APP_LOAD_ERROR)
        except Exception:  # noqa: BLE001 - the seam: whatever it is, it is told in full
            _log.exception("cachebot could not start")
            _end(Arbiter.WORKER_BOOT_ERROR)
        self._runtime = runtime
        # Ctrl-C reaches both processes; the first one decides for both.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _say(sys.stdout, f"cachebot listens on {self._url}")
        return runtime.web

    def leave(self, _arbiter: Any, worker: Any) -> None:
        """Stop the bot and end the worker, whatever threads still run in it."""
        if worker.pid != os.getpid():
            return
        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        deadline = threading.Timer(_STOP_SECONDS, _cut_short)
        deadline.daemon = True
        deadline.start()
        try:
            if self._runtime is not None:
                self._runtime.stop()
        except Exception:  # noqa: BLE001 - the seam: nothing may keep the process
            _log.exception("cachebot did not stop cleanly")
        _end(0)


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    return socket.create_server((address.host, address.port), family=family, backlog=_BACKLOG)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _configured(wanted: Mapping[str, object]) -> Any:
    """Return gunicorn's configuration; what its version does not know is left out."""
    config = Config()
    for name, value in wanted.items():
        if name in config.settings:
            config.set(name, value)
    return config


def _one_worker_only(arbiter: Any) -> None:
    """Have a hang-up stop the server, and other signals not start a second worker.

    Two workers would be two bots, and on SQLite the second cannot start.
    """
    arbiter.handle_hup = arbiter.handle_term
    arbiter.handle_ttin = arbiter.handle_ttou = arbiter.handle_usr2 = lambda: None


def _at_birth(arbiter: Any, worker: Any) -> None:
    """Tie the worker's life to that of the first process: killed with it, at once.

    Elsewhere than on Linux gunicorn's worker notices within a second and stops by itself.
    """
    worker.cfg.set("graceful_timeout", _DRAIN_SECONDS)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_ON_PARENTS_DEATH, signal.SIGKILL)
    if os.getppid() != arbiter.pid:  # it died before this was asked for
        _end(BROKEN)


def _share_logging() -> None:
    """Have gunicorn's own lines look like all others, less those that repeat what was said."""
    logger = logging.getLogger("gunicorn.error")
    logger.handlers.clear()
    logger.propagate = True
    logger.addFilter(lambda record: record.msg not in _SAID_ALREADY)


def _cut_short() -> None:
    _log.warning("cachebot did not stop within %.0f s and was cut short", _STOP_SECONDS)
    os._exit(BROKEN)


def _say(stream: Any, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def _end(code: int) -> NoReturn:
    """End this process now: threads that still run would otherwise be waited for."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it may be gone
            stream.flush()
    os._exit(code)
