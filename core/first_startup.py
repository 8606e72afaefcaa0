"""The first startup after a rollback: looked for after the operation has ended, told once.

The record of the operation's last step is all that is kept: which version, since when. What
has been looked at and when is memory of this process, which a restart may lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.desk import Desk
from core.errors import CloudError
from core.operations import Operation, OperationId, StepRecord, StepState
from core.plans import SetServiceEnv, WatchStartups
from core.signals import Startup, Startups

_LATEST = timedelta(minutes=30)
_LONGEST = timedelta(days=2)
"""How far back operations are looked at; longer than any of them is watched."""

_KIND = "watch_startups"


@dataclass(frozen=True, slots=True)
class FirstStartup:
    """What came of watching: the startup, or None where none came within the time."""

    operation: Operation
    version: str
    waited: timedelta
    startup: Startup | None

    @property
    def as_hoped(self) -> bool:
        """Whether an instance has found the version in the cache."""
        one = self.startup
        return one is not None and one.hit and one.manifest_version == self.version


def startup_key(operation: OperationId) -> str:
    """Name the message that tells of an operation's first startup."""
    return f"startup:{operation}"


@dataclass(slots=True)
class StartupWatch:
    """Looks for the startups that are waited for; less and less often, as logs are rationed.

    Source: cloud.google.com/logging/quotas (60 requests a minute for the whole project)
    """

    desk: Desk
    soonest: timedelta = timedelta(seconds=15)
    _next_look: dict[OperationId, datetime] = field(default_factory=dict)

    def found(self) -> Sequence[FirstStartup]:
        """Return what can be told now and was not told before."""
        now = self.desk.clock()
        told: list[FirstStartup] = []
        for operation in self.desk.records.operations.ended_since(now - _LONGEST, _KIND):
            record = _watching(operation)
            if record is None or self._next_look.get(operation.id, now) > now:
                continue
            if self.desk.records.messages.get(startup_key(operation.id)) is not None:
                self._next_look[operation.id] = datetime.max.replace(tzinfo=now.tzinfo)
                continue
            told += self._look(operation, record, now)
        return told

    def _look(
        self, operation: Operation, record: StepRecord, now: datetime
    ) -> tuple[FirstStartup, ...]:
        watched_from, step = record.finished_at, record.step
        if watched_from is None or not isinstance(step, WatchStartups):
            return ()
        since = _asked_for_revision(operation) or watched_from
        age = now - watched_from
        self._next_look[operation.id] = now + min(max(age / 10, self.soonest), _LATEST)
        try:
            startups = self.desk.cloud.startups(since, now)
        except CloudError:
            return ()  # looked for again: a day is long, and health tells what is wrong
        first = _first(startups, operation)
        if first is None and age < step.longest:
            return ()
        return (FirstStartup(operation, step.version, age, first),)


def _watching(operation: Operation) -> StepRecord | None:
    return next(
        (
            record
            for record in operation.steps
            if isinstance(record.step, WatchStartups) and record.state is StepState.DONE
        ),
        None,
    )


def _asked_for_revision(operation: Operation) -> datetime | None:
    """Return when the new revision was asked for: its first instance starts before it is ready.

    Source: cloud.google.com/run/docs/configuring/healthchecks (a revision is ready once an
    instance of it has started)
    """
    begun = (one.started_at for one in operation.steps if isinstance(one.step, SetServiceEnv))
    return next(begun, None)


def _first(startups: Startups, operation: Operation) -> Startup | None:
    """Return the oldest startup, of the operation's own revision where that is known."""
    revision = operation.evidence.get("revision", "")
    rows = [one for one in startups.rows if revision in ("", one.revision)]
    return min(rows, key=lambda one: one.at, default=None)
