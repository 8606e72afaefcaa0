"""Properties of the heartbeat: nobody alive is called dead."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from bot.heartbeat import Heartbeat, Identity
from core.store.database import Database
from core.store.executors import ExecutorStore
from core.store.tables import executors

SILENT = timedelta(seconds=60)


class Seconds:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def heart(database: Database, name: str, now: Callable[[], float]) -> Heartbeat:
    """Make the heartbeat of a process that has just started."""
    made = Heartbeat(ExecutorStore(database), Identity(name, name), SILENT, now)
    made.beat()
    return made


def silence(database: Database, name: str) -> None:
    """Let a process not have beaten for an hour."""
    with database.begin() as connection:
        seen = connection.execute(executors.select().where(executors.c.id == name)).one().seen_at
        hour_ago = seen - timedelta(hours=1)
        connection.execute(update(executors).where(executors.c.id == name).values(seen_at=hour_ago))


def test_the_silent_and_the_unknown_are_dead(database: Database) -> None:
    """The living and this process itself are not."""
    now = Seconds()
    mine, _other = heart(database, "me", now), heart(database, "other", now)
    heart(database, "silent", now)
    silence(database, "silent")
    owners = frozenset({"me", "other", "silent", "never-beat"})
    assert mine.dead(owners) == {"silent", "never-beat"}


def test_a_fixed_executor_and_the_owner_of_this_boot_are_both_this_process(
    database: Database,
) -> None:
    """On SQLite the one stays the same from boot to boot; the last boot's owner is dead."""
    mine = Heartbeat(ExecutorStore(database), Identity("bot", "boot-2"), SILENT)
    mine.beat()
    assert mine.dead(frozenset({"bot", "boot-1", "boot-2"})) == {"boot-1"}


def test_a_process_that_was_silent_itself_calls_nobody_dead(database: Database) -> None:
    """While the database was away nobody could beat; the first one back must not take over."""
    now = Seconds()
    mine = heart(database, "me", now)
    heart(database, "other", now)
    silence(database, "other")
    now.now += 90
    assert mine.dead(frozenset({"other"})) == frozenset(), "it has not beaten since"
    mine.beat()
    for _ in range(4):
        assert mine.dead(frozenset({"other"})) == frozenset(), "the other has not had the time"
        now.now += 15
        mine.beat()
    assert mine.dead(frozenset({"other"})) == {"other"}


def test_who_comes_back_in_that_time_stays_alive(database: Database) -> None:
    """It was only cut off, as all of them were."""
    now = Seconds()
    mine, other = heart(database, "me", now), heart(database, "other", now)
    silence(database, "other")
    now.now += 90
    mine.beat()
    other.beat()
    for _ in range(5):
        now.now += 15
        mine.beat()
    assert mine.dead(frozenset({"other"})) == frozenset()


def test_who_leaves_is_dead_at_once(database: Database) -> None:
    """Its work is taken over without waiting."""
    now = Seconds()
    mine, other = heart(database, "me", now), heart(database, "other", now)
    other.leave()
    assert mine.dead(frozenset({"other"})) == {"other"}


def test_several_beats_fit_into_the_silence(database: Database) -> None:
    """One that gets lost costs nobody its life."""
    mine = heart(database, "me", Seconds())
    assert mine.span * 3 < mine.silent
