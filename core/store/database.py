"""The one database connection pool, its migrations, and the lock that guards a SQLite file."""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from core.errors import OpsError

_IMPATIENT = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanishes without a word, as in a failover, is given up in seconds, not hours.

Source: postgresql.org/docs/current/libpq-connect.html
"""


class DatabaseInUse(OpsError):
    """Another process holds the SQLite file."""


class DatabaseAway(OpsError):
    """The database does not answer at the moment, or cannot be opened at all."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database with every migration applied.

    `turns` is held during a transaction. SQLite lets one write at a time and has the others
    ask again after pauses of up to 100 ms, whoever came first; a lock wakes the next at once.
    """

    url: str
    engine: Engine
    lock: TextIOWrapper | None
    turns: AbstractContextManager[object] = field(default_factory=nullcontext)

    @property
    def shared(self) -> bool:
        """Whether several processes may use it at once: PostgreSQL yes, a SQLite file no."""
        return self.lock is None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end and rolls back on an error.

        Raises:
            DatabaseAway: it could not be reached, or was lost on the way.
        """
        with _answering(), self.turns, self.engine.begin() as connection:
            yield connection

    def alive(self) -> bool:
        """Ask the database for an answer."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Close every connection and give the file's lock back."""
        self.engine.dispose()
        if self.lock is not None:
            self.lock.close()


def open_database(url: str) -> Database:
    """Open and migrate the database.

    A SQLite file is put into WAL mode, and a lock file beside it refuses a second process:
    two of them would recover each other's operations.

    Raises:
        DatabaseInUse: another process holds the SQLite file.
        DatabaseAway: it cannot be reached, or is no database.
    """
    parsed = make_url(url)
    with _answering():
        if parsed.get_backend_name() != "sqlite":
            engine = _postgresql(parsed)
            migrate(engine)
            return Database(url, engine, None)
        path = Path(parsed.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(path)
        engine = create_engine(parsed, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        migrate(engine)
        return Database(url, engine, lock, Lock())


def peek_database(url: str) -> Database | None:
    """Open the database for looking, beside a running bot; None where there is none yet.

    One that does not answer is opened all the same: not every question is put to it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = _postgresql(parsed)
    elif Path(parsed.database or "").exists():
        engine = create_engine(parsed, connect_args={"timeout": 30})
    else:
        return None
    try:
        empty = not inspect(engine).has_table("operations")
    except SQLAlchemyError:
        empty = False
    if not empty:
        return Database(url, engine, None)
    engine.dispose()
    return None


def memory_database() -> Database:
    """Make an empty database that lives as long as this process, for all of its threads.

    Its one connection is used in turns, as a file's would be.
    """
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    migrate(engine)
    return Database("sqlite://", engine, None, Lock())


def migrate(engine: Engine) -> None:
    """Apply the migrations that are missing; processes starting together take turns."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(724051986)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=10,
        connect_args=_IMPATIENT,
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Tell a database that is away from a mistake of ours."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError, NotSupportedError):
        raise
    except (DBAPIError, PoolTimeout) as exc:
        reason = str(getattr(exc, "orig", None) or exc)
        raise _away(reason) from exc
    except OSError as exc:
        raise _away(str(exc)) from exc


def _away(reason: str) -> DatabaseAway:
    line = next(iter(reason.splitlines()), "")[:200]
    return DatabaseAway(
        f"My database does not answer: {line}.",
        "Try again in a moment. Where it stays so, look at the database and at "
        "CACHEBOT_DATABASE_URL.",
    )


def _lock(path: Path) -> TextIOWrapper:
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise DatabaseInUse(
            f"Another cachebot already uses {path}.",
            "Stop it first, or give each replica the same PostgreSQL database "
            "by CACHEBOT_DATABASE_URL.",
        ) from exc
    return lock


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # sqlite3's own implicit BEGIN is switched off, so that _begin_immediate decides.
    # Source: docs.sqlalchemy.org/en/20/dialects/sqlite.html, "transactions"
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode=wal")
    cursor.execute("pragma synchronous=normal")
    cursor.execute("pragma foreign_keys=on")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # Taking the write lock at once makes writers queue; upgrading a read lock later fails
    # with "database is locked" however long the timeout.
    connection.exec_driver_sql("begin immediate")
