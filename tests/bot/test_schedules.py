"""Properties of the clockwork: what is due is done, done again where it failed, and told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import utc_now
from bot.schedules import Clockwork
from core.errors import OpsError
from core.schedules.schedule import Schedule, ScheduleName, Slot, slot_key
from core.schedules.slots import TRIES, KnownSlot, SlotState
from core.store.database import Database, DatabaseAway, open_database
from core.store.messages import MessageStore
from core.store.slots import SlotStore
from core.store.tellings import Telling
from tests.core.calendars import Every, every
from tests.core.small_desk import INCIDENTS, NOW, Watch
from tests.waiting import eventually

DAY = timedelta(days=1)
DAILY = every(DAY)
NAME = ScheduleName.WEEKLY_REPORT


@dataclass
class NotedDuties:
    """Does nothing and notes it; raises what the test says, as often as there is something."""

    troubles: list[Exception] = field(default_factory=list)
    done: list[KnownSlot] = field(default_factory=list)
    excuses: list[tuple[str, bool]] = field(default_factory=list)
    woken: int = 0

    def do(self, _schedule: Schedule, known: KnownSlot, /) -> tuple[str, Telling]:
        """Note it, or raise the next trouble."""
        self.done.append(known)
        if self.troubles:
            raise self.troubles.pop(0)
        return "posted", Telling(slot_key(known.slot.id), INCIDENTS, "posted")

    def excuse(self, known: KnownSlot, why: str, /, *, final: bool) -> Telling:
        """Note it."""
        self.excuses.append((why, final))
        return Telling(slot_key(known.slot.id), INCIDENTS, why)

    def tell(self) -> None:
        """Count how often it was asked for."""
        self.woken += 1


@dataclass
class Stage:
    """One process's clockwork, of which the test looks when it likes."""

    clockwork: Clockwork
    duties: NotedDuties
    slots: SlotStore
    watch: Watch

    def look(self, later: timedelta = timedelta()) -> None:
        """Look, after some time has passed."""
        self.watch.pass_by(later)
        self.clockwork.look(DAILY)

    def says(self, due: datetime) -> str:
        """Return what the message of a slot says."""
        key = slot_key(Slot(NAME, due).id)
        told = MessageStore(self.slots.database, "reader").get(key)
        assert told is not None
        return told.content

    def last(self) -> KnownSlot:
        """Return the newest slot."""
        found = self.slots.latest(NAME)
        assert found is not None
        return found


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    """A database that several threads may use."""
    database = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    yield database
    database.close()


def stage_on(database: Database, owner: str = "me", schedule: Schedule = DAILY) -> Stage:
    """Make a clockwork that has seen its schedule for the first time an hour before a slot."""
    duties, watch = NotedDuties(), Watch(NOW - timedelta(hours=1))
    slots = SlotStore(database, owner)
    clockwork = Clockwork((schedule,), slots, duties, watch, timedelta(seconds=15))
    return Stage(clockwork, duties, slots, watch)


@pytest.fixture
def stage(opened: Database) -> Stage:
    """A clockwork that knows its schedule; nothing is due yet."""
    made = stage_on(opened)
    made.look()
    assert made.duties.done == []
    return made


def test_what_is_due_is_done_once(stage: Stage) -> None:
    """However often it is looked, and recorded with what came of it."""
    stage.look(timedelta(hours=1))
    stage.look()
    stage.look(timedelta(hours=20))
    assert [one.slot.due for one in stage.duties.done] == [NOW]
    assert (stage.last().state, stage.last().outcome) == (SlotState.DONE, "posted")
    assert stage.duties.excuses == []
    assert stage.says(NOW) == "posted"
    assert stage.duties.woken == 1


def test_two_processes_do_it_once_between_them(stage: Stage, opened: Database) -> None:
    """Whoever comes second finds it taken, also where the schedule is new to it."""
    other = stage_on(opened, "other")
    stage.look(timedelta(hours=1))
    other.look(timedelta(hours=1))
    other.look(DAY)
    stage.look(DAY)
    assert len(stage.duties.done) == 1
    assert len(other.duties.done) == 1


def test_what_fails_is_tried_again_and_told_only_when_it_goes_on(stage: Stage) -> None:
    """Twice without a word; what succeeds then is done like any other."""
    stage.duties.troubles = [OpsError("The cloud is away.", "Wait.")] * 2
    stage.look(timedelta(hours=1))
    assert stage.last().state is SlotState.WAITING
    assert stage.last().outcome == "The cloud is away. Wait."
    stage.look(timedelta(seconds=4))
    assert len(stage.duties.done) == 1, "it waits before the next try"
    stage.look(timedelta(seconds=2))
    stage.look(timedelta(seconds=11))
    assert stage.last().state is SlotState.DONE
    assert stage.last().tries == 3
    assert stage.duties.excuses == []


def test_what_goes_on_failing_is_told_and_given_up_when_the_next_is_due(stage: Stage) -> None:
    """First that it is still tried, then that it is not; the next one is done."""
    stage.duties.troubles = [OpsError("The cloud is away.")] * 3
    stage.look(timedelta(hours=1))
    for _ in range(2):
        stage.look(timedelta(minutes=10))
    assert stage.duties.excuses == [("The cloud is away.", False)]
    stage.watch.now = NOW + DAY
    stage.look()
    assert stage.duties.excuses[-1] == ("The cloud is away.", True)
    states = {one.slot.due: one.state for one in stage.slots.recent(NAME, 9)}
    assert states == {NOW: SlotState.FAILED, NOW + DAY: SlotState.DONE}


def test_what_fails_while_the_next_is_taken_is_given_up_at_once(stage: Stage) -> None:
    """The newer one says the same, and later."""
    stage.slots.claim(Slot(NAME, NOW + timedelta(seconds=5)), NOW)
    stage.slots.claim(Slot(NAME, NOW), NOW)
    stage.duties.troubles = [OpsError("The cloud is away.")]
    stage.look(timedelta(hours=1))
    assert stage.duties.excuses == [("The cloud is away.", True)]


def test_what_was_recorded_is_not_taken_back_by_a_process_that_was_frozen(
    stage: Stage, opened: Database
) -> None:
    """It was taken for dead; another has done its work meanwhile, and posted the report."""
    other = stage_on(opened, "other")
    other.look()

    class Frozen(NotedDuties):
        """Fails, when the other is done."""

        def do(self, _schedule: Schedule, known: KnownSlot, /) -> tuple[str, Telling]:
            stage.slots.release(frozenset({"me"}))
            other.look(timedelta(hours=1))
            return super().do(_schedule, known)

    stage.clockwork.duties = stage.duties = Frozen([OpsError("The cloud is away.")])
    stage.slots.claim(Slot(NAME, NOW), NOW)
    for _ in range(3):
        stage.slots.release(frozenset({"me"}))
        assert stage.slots.take_up(NAME, NOW, ()) is not None
    stage.slots.release(frozenset({"me"}))
    stage.look(timedelta(hours=1))
    assert stage.says(NOW) == "posted"
    assert stage.last().state is SlotState.DONE


def test_a_mistake_of_our_own_is_told_by_number(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback in the log, and nothing of the inside in the channel."""
    stage.duties.troubles = [KeyError("a defect")] * 3
    for wait in (timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=1)):
        stage.look(wait)
    ((why, final),) = stage.duties.excuses
    assert not final
    assert why.startswith("Internal error ")
    assert "defect" not in why
    assert "KeyError: 'a defect'" in caplog.text


def test_without_the_database_it_is_done_again_once_that_is_back(stage: Stage) -> None:
    """Its end could not be recorded, and nobody else may take it: this process lives."""
    stage.duties.troubles = [DatabaseAway("My database does not answer.")]
    stage.look(timedelta(hours=1))
    assert stage.last().state is SlotState.RUNNING
    stage.look(timedelta(seconds=15))
    assert stage.last().state is SlotState.DONE
    assert [one.tries for one in stage.duties.done] == [1, 2]


def test_what_a_dead_process_had_begun_is_done_even_if_another_is_due_by_now(
    stage: Stage, opened: Database
) -> None:
    """The older first, then the newer: a death is found out within a minute or so."""
    dead, soon = SlotStore(opened, "dead"), NOW + DAY - timedelta(minutes=1)
    dead.claim(Slot(NAME, soon), NOW)
    dead.release(frozenset({"dead"}))
    stage.look(timedelta(hours=1) + DAY)
    assert [one.slot.due for one in stage.duties.done] == [soon, NOW + DAY]


def test_what_a_dead_process_had_begun_long_ago_is_missed(stage: Stage, opened: Database) -> None:
    """Nobody wants it beside the one of today; that it was not done is told."""
    dead = SlotStore(opened, "dead")
    dead.claim(Slot(NAME, NOW), NOW)
    dead.release(frozenset({"dead"}))
    stage.look(timedelta(hours=1) + DAY)
    assert [one.slot.due for one in stage.duties.done] == [NOW + DAY]
    assert stage.duties.excuses == [("I was away until the next one was due.", True)]
    assert stage.slots.recent(NAME, 9)[1].state is SlotState.MISSED


def test_what_stops_the_process_again_and_again_is_given_up(stage: Stage, opened: Database) -> None:
    """It is told, too: otherwise each start would end in the same place."""
    dead = SlotStore(opened, "dead")
    dead.claim(Slot(NAME, NOW), NOW)
    for _ in range(TRIES - 1):
        dead.release(frozenset({"dead"}))
        assert dead.take_up(NAME, NOW, ()) is not None
    dead.release(frozenset({"dead"}))
    stage.look(timedelta(hours=1))
    assert stage.duties.done == []
    ((why, final),) = stage.duties.excuses
    assert "I began it 30 times" in why
    assert final
    assert stage.last().state is SlotState.FAILED


def test_what_is_too_late_from_the_beginning_is_told(opened: Database) -> None:
    """The next one may be a month away."""
    stage = stage_on(opened, schedule=every(28 * DAY))
    stage.clockwork.look(stage.clockwork.schedules[0])
    stage.watch.pass_by(20 * DAY)
    stage.clockwork.look(stage.clockwork.schedules[0])
    assert stage.duties.excuses == [("I was away for too long.", True)]
    assert stage.last().state is SlotState.MISSED


def test_a_running_clockwork_wakes_at_the_time_itself(opened: Database) -> None:
    """Not only when all schedules are looked at; stopped twice, it is stopped."""
    schedule = Schedule(NAME, "x", ZoneInfo("UTC"), Every(timedelta(seconds=0.3), utc_now()))
    duties, slots = NotedDuties(), SlotStore(opened, "me")
    clockwork = Clockwork((schedule,), slots, duties, utc_now, timedelta(hours=1))
    clockwork.start()
    assert eventually(lambda: len(duties.done) > 3)
    clockwork.stop()
    clockwork.stop()


def test_of_a_schedule_that_is_off_what_was_open_is_ended_and_nothing_begun(
    opened: Database,
) -> None:
    """An open slot would keep all younger records from ever being deleted."""
    off = Schedule(NAME, "x", ZoneInfo("UTC"), Every(DAY), "CACHEBOT_WEEKLY_REPORT is empty.")
    stage = stage_on(opened, schedule=off)
    stage.slots.claim(Slot(NAME, NOW), NOW)
    stage.clockwork.look(off)
    stage.watch.pass_by(3 * DAY)
    stage.clockwork.look(off)
    assert stage.duties.done == []
    assert [one.slot.due for one in stage.slots.recent(NAME, 9)] == [NOW]
    assert stage.last().state is SlotState.MISSED
    assert "CACHEBOT_WEEKLY_REPORT is empty." in stage.last().outcome
