"""The clockwork: does what schedules have due, once over all processes, until it is done.

APScheduler wakes each schedule at its next time. All of them are looked at now and then besides,
however the clock is set: that takes up what a dead process left, what is tried again, and what
was due while nobody was there.
"""

import logging
import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.recurring import Recurring
from core.context import Clock
from core.errors import OpsError
from core.schedules.schedule import Schedule, ScheduleName, SlotId
from core.schedules.slots import TRIES, KnownSlot, SlotState, settle, take_due, too_late
from core.store.database import DatabaseAway
from core.store.slots import SlotStore
from core.store.tellings import Telling

_log = logging.getLogger(__name__)

_TELL_FROM = 3
"""The first tries may fail without a word: most troubles pass in seconds."""

_LONGEST_WAIT = 600.0


class Doing(Protocol):
    """What does the work of a slot, such as `handlers.schedules.Duties`."""

    def do(self, schedule: Schedule, known: KnownSlot) -> tuple[str, Telling | None]:
        """Do it; return what came of it, and what is to be told of that."""
        ...

    def excuse(self, known: KnownSlot, why: str, *, final: bool) -> Telling | None:
        """Return what tells that it could not be done; `final`: and will not be."""
        ...

    def tell(self) -> None:
        """Have told by now what was recorded."""
        ...


@dataclass(slots=True)
class Clockwork:
    """The schedules of one process. `tick` is how often all of them are looked at."""

    schedules: tuple[Schedule, ...]
    slots: SlotStore
    duties: Doing
    clock: Clock
    tick: timedelta
    _begun: dict[ScheduleName, datetime] = field(default_factory=dict)
    _in_hand: set[SlotId] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _recurring: Recurring = field(default_factory=Recurring)
    _scheduler: BackgroundScheduler = field(
        default_factory=lambda: BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(8)},
            # However late it is woken: what is due is decided by the slots, and the newest only.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 3},
        )
    )

    def start(self) -> None:
        """Catch up with what was due meanwhile, then keep watch."""
        for schedule in self.schedules:
            self._recurring.every(self.tick, partial(self.look, schedule))
        self._scheduler.start()
        self._recurring.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way is taken up by the others."""
        self._recurring.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def look(self, schedule: Schedule) -> None:
        """Do everything that a schedule has to be done now, and wake at its next time.

        Of one that is off only what was begun before is brought to its end.
        """
        if not schedule.off:
            self._wake_for(schedule)
        while (known := self._take(schedule)) is not None:
            try:
                self._do(schedule, known)
            except DatabaseAway as exc:
                _log.warning("%s waits for the database: %s", known.slot.id, exc.message)
                return  # it is still this process's, and taken up at the next look
            finally:
                with self._lock:
                    self._in_hand.discard(known.slot.id)

    def _wake_for(self, schedule: Schedule) -> None:
        following = schedule.calendar.after(self.clock())
        if following is not None and self._scheduler.running:
            self._scheduler.add_job(
                self.look,
                "date",
                [schedule],
                run_date=following,
                id=schedule.name.value,
                replace_existing=True,
            )

    def _take(self, schedule: Schedule) -> KnownSlot | None:
        """Take what is to be done: first what was begun before."""
        with self._lock:
            now = self.clock()
            if schedule.name not in self._begun:
                self._begun[schedule.name] = settle(schedule, self.slots, now)
            known = self.slots.take_up(schedule.name, now, self._in_hand)
            if known is None and not schedule.off:
                known = take_due(schedule, self.slots, self._begun[schedule.name], now)
            if known is not None:
                self._in_hand.add(known.slot.id)
        return known

    def _do(self, schedule: Schedule, known: KnownSlot) -> None:
        if why := too_late(known, schedule, self.clock()):
            state = SlotState.FAILED if known.outcome else SlotState.MISSED
            self._give_up(known, state, known.outcome or why)
        elif known.tries > TRIES:
            why = f"I began it {TRIES} times, and was stopped in the middle of it each time."
            self._give_up(known, SlotState.FAILED, why)
        else:
            self._try(schedule, known)

    def _try(self, schedule: Schedule, known: KnownSlot) -> None:
        try:
            outcome, telling = self.duties.do(schedule, known)
        except DatabaseAway:
            raise
        except OpsError as exc:
            self._not_done(known, f"{exc.message} {exc.hint}".strip())
        except Exception:  # noqa: BLE001 - the seam of scheduled jobs: told by number
            number = secrets.token_hex(3)
            _log.exception("internal error %s in %s", number, known.slot.id)
            self._not_done(known, f"Internal error {number}; my log has it in full.")
        else:
            done = replace(known, state=SlotState.DONE, ended_at=self.clock(), outcome=outcome)
            self._record(done, telling)
            _log.info("%s: %s", known.slot.id, outcome)

    def _not_done(self, known: KnownSlot, why: str) -> None:
        """Try again later, until a newer one takes its place or it was tried often enough."""
        newest = self.slots.latest(known.slot.schedule)
        replaced = newest is not None and newest.slot.due > known.slot.due
        if replaced or known.tries >= TRIES:
            self._give_up(known, SlotState.FAILED, why)
            return
        _log.warning("%s is not done, try %d: %s", known.slot.id, known.tries, why)
        wait = timedelta(seconds=min(2.5 * 2.0 ** min(known.tries, 20), _LONGEST_WAIT))
        waiting = replace(
            known, state=SlotState.WAITING, not_before=self.clock() + wait, outcome=why
        )
        untold = known.tries < _TELL_FROM
        self._record(waiting, None if untold else self.duties.excuse(known, why, final=False))

    def _give_up(self, known: KnownSlot, state: SlotState, why: str) -> None:
        _log.error("%s is given up, %s: %s", known.slot.id, state, why)
        given_up = replace(known, state=state, ended_at=self.clock(), outcome=why)
        self._record(given_up, self.duties.excuse(known, why, final=True))

    def _record(self, known: KnownSlot, telling: Telling | None) -> None:
        """Record how it stands and what is told of it, both or none."""
        if not self.slots.record(known, self.clock(), telling):
            _log.warning("%s is another process's by now", known.slot.id)
        elif telling is not None:
            self.duties.tell()
