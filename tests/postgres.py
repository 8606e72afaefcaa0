"""A PostgreSQL server of our own for tests: a fresh cluster on loopback, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


def missing_or_fail(reason: str) -> None:
    """Skip the test with a reason; where CI=true, fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def binaries() -> Path | None:
    """Find PostgreSQL's server programs: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parts[-2])
    return versions[-1] if versions else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server in a folder of its own and yield its URL without a database name.

    The server refuses to run as root, so as root it runs as the user `postgres`, who may not
    look into pytest's own temporary folders.
    """
    with tempfile.TemporaryDirectory(prefix="cachebot-postgres-") as folder:
        yield from _serve(Path(folder))


def _serve(folder: Path) -> Iterator[str]:
    programs = binaries()
    if programs is None:
        missing_or_fail("PostgreSQL is not installed; scripts/test installs it by apt as root.")
        return
    prefix = _as_other_user(folder)
    data = folder / "data"
    _run([*prefix, str(programs / "initdb"), "-D", str(data), "-U", "cachebot", "-A", "trust"])
    port = _free_port()
    options = (
        f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    )
    control = [*prefix, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql://cachebot@127.0.0.1:{port}"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _as_other_user(folder: Path) -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        missing_or_fail("There is no user postgres to run the server as.")
        return ()
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ("runuser", "-u", "postgres", "--")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(list(command), capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{command[-1]} failed: {done.stderr or done.stdout}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_database(server: str) -> str:
    """Create an empty database and return its URL."""
    import psycopg  # noqa: PLC0415 - only where a server is there

    name = f"cachebot_{time.time_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    return f"{server}/{name}"
