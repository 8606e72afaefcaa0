"""Upkeep: what has to happen now and then so that nothing is ever left lying.

A heartbeat, the taking over of what dead processes left (requests, operations, messages),
and the watch over the connection to Slack. APScheduler is the clock.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from core.desk import Desk
from core.engine import Engine
from core.errors import Busy
from core.operations import Operation, OperationState
from core.store.executors import ExecutorStore
from core.store.operations import message_key
from handlers.listener import Listener

_log = logging.getLogger(__name__)

BEAT = timedelta(seconds=15)
SILENT = timedelta(seconds=60)
"""A process that has not beaten for so long is dead; well above any pause of a live one."""

SETTLED = timedelta(seconds=30)
"""An operation younger than this may still be on its way to the engine."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What this process is called as an executor, and as the owner of what it works on."""

    executor: str
    owner: str


@dataclass(slots=True)
class Upkeep:
    """Runs the recurring chores of one process."""

    desk: Desk
    engine: Engine
    listener: Listener
    executors: ExecutorStore
    me: Identity
    client: WebClient
    _slack_problem: str = "Slack has not answered yet"
    _scheduler: BackgroundScheduler = field(
        default_factory=lambda: BackgroundScheduler(
            timezone="UTC", executors={"default": ThreadPoolExecutor(3)}
        )
    )

    def start(self) -> None:
        """Do everything once now, then keep doing it."""
        self.beat()
        self._every(BEAT, self.beat)
        self._every(BEAT, self.take_over, now=True)
        self._every(timedelta(seconds=30), self.ask_slack, now=True)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop, and tell the others that this process is gone."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self.executors.leave(self.me.executor)

    def beat(self) -> None:
        """Say that this process is alive."""
        self.executors.beat(self.me.executor)

    def take_over(self) -> None:
        """Take over what dead processes left: operations, requests, forgotten submissions."""
        living = self.executors.living(SILENT) | {self.me.executor, self.me.owner}
        for dead in self.engine.recover_dead(living):
            _log.warning("took over the operations of %s", dead)
        self.desk.records.messages.release(living)
        self.listener.take_over(living)
        for operation in self.desk.records.operations.unfinished():
            self._mend(operation)

    def ask_slack(self) -> None:
        """Ask Slack whether it knows the bot; the answer is what readiness tells."""
        try:
            self.client.auth_test()
        except SlackApiError as exc:
            self._slack_problem = f"Slack refuses the bot token: {exc.response.get('error')}"
        except (SlackClientError, OSError, HTTPException) as exc:
            self._slack_problem = f"Slack does not answer: {exc}"
        else:
            self._slack_problem = ""

    def problems(self) -> Sequence[str]:
        """Say what is wrong with the connection to Slack."""
        return [self._slack_problem] if self._slack_problem else []

    def _mend(self, operation: Operation) -> None:
        """Give an operation that the engine never got, or gave up on, its due."""
        now = self.desk.clock()
        if now - operation.created_at < SETTLED:
            return
        if self.engine.given_up(operation.id):
            _log.error("operation %s was given up after too many crashes", operation.id)
            self.desk.records.operations.finish(operation.id, OperationState.UNKNOWN, now)
            return
        if operation.state is OperationState.WAITING:
            try:
                self.engine.submit(operation.id)
            except Busy:
                return  # its turn comes when the running one has ended
            self.desk.records.messages.ensure(message_key(operation.id), operation.place, now)

    def _every(self, span: timedelta, chore: Callable[[], None], *, now: bool = False) -> None:
        first = {"next_run_time": self.desk.clock()} if now else {}
        self._scheduler.add_job(
            chore,
            "interval",
            seconds=span.total_seconds(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            **first,
        )
