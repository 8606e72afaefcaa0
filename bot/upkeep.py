"""Upkeep: what has to happen now and then so that nothing is ever left lying.

A heartbeat, the taking over of what dead processes left (requests, operations, messages),
and the watch over the connection to Slack.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.heartbeat import Heartbeat
from bot.recurring import Recurring
from core.confirm import expire
from core.desk import Desk, Launching
from core.first_startup import StartupWatch
from core.mending import mend, mend_proposals
from core.series.sampling import take_samples
from core.stocktaking import take_stock
from handlers.account import Account
from handlers.chat import ChatError, ChatRefused
from handlers.listener import Listener
from handlers.startups import tell_first_startups

_log = logging.getLogger(__name__)

ASK = timedelta(seconds=5)
"""How often Slack is asked whether it is there; readiness is at most that old."""

STOCK = timedelta(minutes=10)
"""How often it is looked whether there is a new version; syncs are hours apart."""

SAMPLE = timedelta(hours=1)
"""How often it is looked whether yesterday has its sample; where it has, that costs nothing."""

SETTLED = timedelta(minutes=1)
"""How long after its start a bot takes samples: what was left lying comes first."""


class Recovering(Launching, Protocol):
    """What can take over from dead processes, such as `core.engine.Engine`."""

    def owners(self) -> frozenset[str]:
        """Return the executors that have operations under way, dead or alive."""
        ...

    def recover(self, dead: frozenset[str]) -> None:
        """Take over the operations of dead executors."""
        ...


@dataclass(slots=True)
class Upkeep:
    """Runs the recurring chores of one process."""

    desk: Desk
    engine: Recovering
    listener: Listener
    heartbeat: Heartbeat
    account: Account
    startups: StartupWatch
    _slack_problem: str = "Slack has not answered yet"
    _recurring: Recurring = field(default_factory=Recurring)

    def start(self) -> None:
        """Do everything once now, then keep doing it."""
        self.every(self.heartbeat.span, self.heartbeat.beat)
        self.every(self.heartbeat.span, self.take_over)
        self.every(ASK, self.ask_slack)
        self.every(self.startups.soonest, self.tell_startups)
        self.every(STOCK, self.take_stock)
        self.every(SAMPLE, self.take_samples, after=SETTLED)
        self._recurring.start()

    def stop(self) -> None:
        """Do no chores any more."""
        self._recurring.stop()

    def take_over(self) -> None:
        """Take over what dead processes left: operations, requests, forgotten submissions."""
        records = self.desk.records
        pictures = self.listener.outbox.pictures
        owners = self.engine.owners() | records.messages.owners() | records.calls.owners()
        owners |= records.slots.owners()
        owners |= pictures.owners()
        if dead := self.heartbeat.dead(owners):
            _log.warning("taking over from %s", ", ".join(sorted(dead)))
            self.engine.recover(dead)
            records.messages.release(dead)
            records.slots.release(dead)
            pictures.release(dead)
            self.listener.take_over(dead)
        for operation in records.operations.unfinished():
            mend(operation, self.engine, self.desk)
        mend_proposals(self.desk)
        expire(self.desk)

    def ask_slack(self) -> None:
        """Ask Slack whether it knows the bot; the answer is what readiness tells."""
        try:
            self.account.learn(self.listener.chat.who_am_i())
        except ChatRefused as exc:
            self._slack_problem = f"Slack refuses the bot token: {exc.code}"
        except ChatError as exc:
            self._slack_problem = f"Slack does not answer: {exc}"
        else:
            self._slack_problem = ""

    def tell_startups(self) -> None:
        """Tell the first startups that were waited for."""
        tell_first_startups(self.startups, self.listener.outbox)

    def take_stock(self) -> None:
        """Keep the list of objects of a version that somebody else's sync has made."""
        take_stock(self.desk)

    def take_samples(self) -> None:
        """Keep what yesterday was like, for reports that look back further than logs do."""
        take_samples(self.desk)

    def problems(self) -> Sequence[str]:
        """Say what is wrong with the connection to Slack."""
        return [self._slack_problem] if self._slack_problem else []

    def every(
        self, span: timedelta, chore: Callable[[], None], after: timedelta = timedelta()
    ) -> None:
        """Have a chore done at the start or `after` it, and again after each `span`."""
        self._recurring.every(span, chore, after)
