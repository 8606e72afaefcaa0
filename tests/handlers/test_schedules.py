"""Properties of what schedules tell: posted once, with how late it is and what was missed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn, cast

import pytest

from core.cloud import Cloud
from core.desk import Desk
from core.errors import Unavailable
from core.schedules.schedule import ScheduleName, Slot
from core.schedules.slots import TRIES, KnownSlot, SlotState
from core.store.database import Database
from core.store.tellings import Telling, tell
from handlers.blocks.card import Card, Mark
from handlers.schedules import Duties, Made, staleness_check, weekly_report
from sandbox.slack.slack import PretendSlack
from tests.core.calendars import every
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import INCIDENTS, NOW, Watch, desk_on
from tests.core.whole_cache import whole_cache
from tests.handlers.outbox_stage import Stage as Told

NAME = ScheduleName.WEEKLY_REPORT
WEEKLY = every(timedelta(days=7))
KNOWN = KnownSlot(Slot(NAME, NOW), SlotState.RUNNING, 1, NOW)


@dataclass
class Stage:
    """Duties of which the test says what they make."""

    duties: Duties
    told: Told
    watch: Watch
    made: list[Made] = field(default_factory=list)

    def do(self) -> str:
        """Do the slot and have everything told."""
        outcome, telling = self.duties.do(WEEKLY, KNOWN)
        self.tell(telling)
        return outcome

    def excuse(self, *, final: bool) -> None:
        """Have told that it did not go out."""
        self.tell(self.duties.excuse(KNOWN, "The cloud is away.", final=final))

    def tell(self, telling: Telling | None) -> None:
        """Record what is to be told, and have everything told that is wanted."""
        if telling is not None:
            tell(self.told.database, telling, self.watch())
        self.duties.tell()
        for key in self.duties.outbox.store.stale(self.watch()):
            self.duties.outbox.tell(key)

    def texts(self) -> list[str]:
        """Return what the channel shows."""
        return [one.text for one in self.told.seen()]


@pytest.fixture
def stage(slack: PretendSlack, file_database: Database) -> Iterator[Stage]:
    """Duties told in the incidents channel; the slot is due now."""
    watch = Watch()
    told = Told(slack, file_database)
    outbox = told.outbox(clock=watch)
    desk = desk_on(file_database, refusing(whole_cache()), None, watch)
    made = Stage(Duties(desk, outbox, INCIDENTS, {}), told, watch)

    def making(_now: datetime) -> Made:
        return made.made[-1]

    made.duties = Duties(desk, outbox, INCIDENTS, {NAME: making})
    made.made.append(Made("posted", Card("Report", Mark.OK, ("All is well.",))))
    yield made
    outbox.stop()


def test_a_report_is_posted_once_however_often_it_is_made(stage: Stage) -> None:
    """A process may die between the making and its record: the message is edited, then."""
    assert stage.do() == "posted"
    assert stage.do() == "posted"
    assert stage.texts() == ["Report: ok\nAll is well."]


def test_what_comes_late_says_so_and_names_what_was_missed(stage: Stage) -> None:
    """The ones right before it, in the schedule's zone; older ones were told by others."""
    for weeks, state in ((1, SlotState.MISSED), (2, SlotState.MISSED), (3, SlotState.DONE)):
        slot = Slot(NAME, NOW - weeks * timedelta(days=7))
        stage.duties.desk.records.slots.note(KnownSlot(slot, state))
    stage.watch.pass_by(timedelta(hours=3))
    stage.do()
    (text,) = stage.texts()
    assert "Late by 3 h." in text
    assert "made up for: Mon 2026-11-16 10:00, Mon 2026-11-09 10:00 (Europe/Berlin)." in text
    assert "11-02" not in text


def test_what_was_missed_is_told_even_if_there_is_nothing_else_to_tell(stage: Stage) -> None:
    """A few by name, and how many more; of the retention nothing is lost by it."""
    slots = stage.duties.desk.records.slots
    for weeks in range(1, 19):
        for name in (NAME, ScheduleName.RETENTION):
            due = NOW - weeks * timedelta(days=7)
            slots.note(KnownSlot(Slot(name, due), SlotState.MISSED))
    stage.made.append(Made("nothing has gone stale"))
    stage.do()
    (text,) = stage.texts()
    assert "is done: nothing has gone stale." in text
    assert text.count(":00,") == 4
    assert text.endswith(" and 13 more (Europe/Berlin).")
    tidy = replace(stage.duties, makings={ScheduleName.RETENTION: lambda _: stage.made[-1]})
    schedule = replace(WEEKLY, name=ScheduleName.RETENTION)
    known = replace(KNOWN, slot=Slot(ScheduleName.RETENTION, NOW))
    assert tidy.do(schedule, known) == ("nothing has gone stale", None)


def test_what_did_not_go_out_is_told_and_replaced_by_what_does(stage: Stage) -> None:
    """In one message: first the reason, then the report itself."""
    stage.excuse(final=False)
    (text,) = stage.texts()
    assert "did not go out: The cloud is away. I go on trying" in text
    stage.do()
    assert stage.texts() == ["Report: ok\nAll is well."]


def test_what_is_done_after_all_and_has_nothing_to_tell_says_that(stage: Stage) -> None:
    """The reason of before would stand there for ever; without one, nothing is said."""
    stage.made.append(Made("nothing has gone stale"))
    assert stage.do() == "nothing has gone stale"
    assert stage.texts() == []
    stage.excuse(final=True)
    assert "I do not try this one again." in stage.texts()[0]
    stage.do()
    assert "is done after all: nothing has gone stale." in stage.texts()[0]


def test_without_a_channel_nothing_is_told(stage: Stage) -> None:
    """What has nothing to tell, such as the retention, is done all the same."""
    silent = Duties(stage.duties.desk, stage.duties.outbox, None, stage.duties.makings)
    assert silent.do(WEEKLY, KNOWN) == ("posted", None)
    assert silent.excuse(KNOWN, "The cloud is away.", final=True) is None


class AwayCloud:
    """A cloud of which no question is answered."""

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def ask(*_args: object, **_kwargs: object) -> NoReturn:
            raise Unavailable(f"{name} did not answer.")

        return ask


@pytest.mark.parametrize("making", [weekly_report, staleness_check])
def test_what_could_not_be_looked_at_is_tried_again_before_it_is_told(
    stage: Stage, making: Callable[[Desk, datetime], Made]
) -> None:
    """Ten bad seconds of the cloud are no report; hours of them are told as what they are."""
    desk = replace(stage.duties.desk, cloud=cast("Cloud", AwayCloud()))
    blind = making(desk, NOW)
    assert blind.blind
    assert blind.card is not None
    stage.made.append(blind)
    with pytest.raises(Unavailable, match="did not answer"):
        stage.do()
    assert stage.texts() == []
    outcome, telling = stage.duties.do(WEEKLY, replace(KNOWN, tries=TRIES))
    assert outcome == blind.outcome
    assert telling is not None


def test_the_weekly_report_is_every_check_and_the_week_against_the_one_before(
    stage: Stage,
) -> None:
    """With its verdict as what came of it."""
    made = weekly_report(stage.duties.desk, NOW)
    assert made.card is not None
    assert not made.blind
    assert made.card.title == "Weekly report of the model cache"
    assert made.outcome == f"the verdict is {made.card.mark.value}"
