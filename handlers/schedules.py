"""What the schedules do: each makes its message, which is posted once however often it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.call import Place
from core.desk import Desk
from core.errors import Unavailable
from core.inspection.findings import Verdict
from core.inspection.weekly import report_weekly
from core.parallel import Unknown
from core.schedules.reminders import look_for_reminders
from core.schedules.schedule import Schedule, ScheduleName, slot_key
from core.schedules.slots import TRIES, KnownSlot, SlotState
from core.schedules.staleness import look_for_staleness
from core.snapshot import Snapshot
from core.store.tellings import Telling
from handlers.blocks.card import Card
from handlers.blocks.reminders import (
    card_of_failure,
    card_of_nothing,
    card_of_reminders,
    card_of_staleness,
    with_lateness,
)
from handlers.blocks.schedule import times_in
from handlers.blocks.slack import to_slack
from handlers.blocks.weekly import card_of_weekly
from handlers.kept import telling_of
from handlers.outbox import Outbox

_LOOKED_AT = 25


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making: in words, and as a card where there is something to tell.

    `blind`: next to nothing could be read, so it is worth another try.
    """

    outcome: str
    card: Card | None = None
    blind: bool = False


Making = Callable[[datetime], Made]


def weekly_report(desk: Desk, now: datetime) -> Made:
    """Make the weekly report: every check, the week against the one before, pictures."""
    report = report_weekly(Snapshot(desk.cloud), desk, now)
    unknown = [one.verdict is Verdict.UNKNOWN for one in report.health.findings]
    no_numbers = isinstance(report.hits, Unknown) and isinstance(report.size, Unknown)
    return Made(
        f"the verdict is {report.verdict.value}",
        card_of_weekly(report),
        blind=no_numbers or all(unknown),
    )


def staleness_check(desk: Desk, now: datetime) -> Made:
    """Look what has gone stale; nothing is told where nothing has."""
    report = look_for_staleness(Snapshot(desk.cloud), desk, now)
    if not report.found:
        return Made("nothing has gone stale")
    return Made(f"{len(report.found)} found", card_of_staleness(report), report.blind)


def daily_reminders(desk: Desk, now: datetime) -> Made:
    """Remind of what is switched off; nothing is told where nothing is."""
    reminders = look_for_reminders(Snapshot(desk.cloud), desk, now)
    if reminders.empty:
        return Made("nothing to remind of")
    return Made("something is still off", card_of_reminders(reminders))


@dataclass(frozen=True, slots=True)
class Duties:
    """Does what a slot is for, to be told at `place`: nowhere where that is None."""

    desk: Desk
    outbox: Outbox
    place: Place | None
    makings: Mapping[ScheduleName, Making]

    def do(self, schedule: Schedule, known: KnownSlot) -> tuple[str, Telling | None]:
        """Make what is due; return what came of it, and what is to be told of that.

        Raises:
            OpsError: it could not be made, or next to nothing could be read for it.
        """
        now = self.desk.clock()
        made = self.makings[schedule.name](now)
        if made.blind and known.tries < TRIES:
            raise Unavailable("Google Cloud did not answer what I asked for it.")
        missed, card = self._missed_before(schedule, known), made.card
        was_told = self.outbox.store.get(slot_key(known.slot.id)) is not None
        if card is None and (missed or was_told):
            card = card_of_nothing(known, made.outcome, after_all=was_told)
        if card is None:
            return made.outcome, None
        card = with_lateness(card, known.slot.late(now), missed)
        return made.outcome, self._telling(known, card)

    def excuse(self, known: KnownSlot, why: str, *, final: bool) -> Telling | None:
        """Say that something due did not go out; what goes out later takes its place."""
        return self._telling(known, card_of_failure(known, why, final=final))

    def tell(self) -> None:
        """Have told by now what was recorded."""
        self.outbox.wake()

    def _missed_before(self, schedule: Schedule, known: KnownSlot) -> str:
        """Name the slots right before this one that nobody did, where that matters.

        What is deleted a day later is deleted all the same.
        """
        if schedule.name is ScheduleName.RETENTION:
            return ""
        missed: list[KnownSlot] = []
        for one in self.desk.records.slots.recent(schedule.name, _LOOKED_AT):
            if one.slot.due >= known.slot.due:
                continue
            if one.state is not SlotState.MISSED:
                break
            missed.append(one)
        return f"{times_in(missed, schedule.zone)} ({schedule.zone.key})" if missed else ""

    def _telling(self, known: KnownSlot, card: Card) -> Telling | None:
        if self.place is None:
            return None
        return telling_of(slot_key(known.slot.id), self.place, to_slack(card))
