"""What is known of failing syncs: the common facts, the executions, and what they logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.causes_of.facts import Case, Facts, known, read_facts
from core.alerts.causes_of.failed_sync import FailedSync, Failure, read_failure
from core.alerts.causes_of.seen import Part, unread_of
from core.executions import Execution, ExecutionState, newest_first
from core.inspection.findings import Check
from core.inspection.history import overdue
from core.parallel import Reading, ask
from core.pauses import PauseAdvice, advise_on, paused_by
from core.quantities import count_text, duration_text
from core.services import NightlyTrigger, TriggerState
from core.signals import LogLine, LogQuery, LogSource
from core.snapshot import Snapshot

_LONGEST = timedelta(days=7)
_ERRORS, _ALL = 100, 60
_TOLD = 3
_CHECKS = (Check.NIGHTLY, Check.NAMES)


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """The common facts, and the log lines of the executions that failed."""

    facts: Facts
    lines: Reading[Sequence[LogLine]]
    nightly: Reading[NightlyTrigger]

    @property
    def failed(self) -> tuple[FailedSync, ...]:
        """The executions since the last good one that did not succeed, newest first.

        Those that somebody cancelled count only where none has failed by itself.
        """
        history = known(self.facts.syncs)
        lines = known(self.lines) or ()
        executions = failing(history.executions) if history else ()
        return tuple(read_failure(one, lines) for one in executions)

    def newest(self, failure: Failure) -> FailedSync | None:
        """Return the newest of them where that is what it failed of."""
        newest = self.failed[0] if self.failed else None
        return newest if newest is not None and newest.failure is failure else None

    @property
    def retrying(self) -> FailedSync | None:
        """The execution under way, where an attempt of it has failed."""
        running = self.facts.running
        if running is None or not running.retried:
            return None
        return read_failure(running, known(self.lines) or ())

    @property
    def unread(self) -> dict[Part, str]:
        """What could not be read."""
        return self.facts.unread | unread_of(((Part.SYNC_LOG, self.lines),))

    @property
    def pause(self) -> PauseAdvice | None:
        """What to say of the nightly trigger where it is known to be paused."""
        trigger = known(self.nightly)
        if trigger is None or trigger.state is not TriggerState.PAUSED:
            return None
        return advise_on(paused_by(self.facts.case.nightly_switches))

    @property
    def overdue(self) -> bool:
        """Whether syncs should come nightly, and the last good one is known to be too old."""
        history, trigger = known(self.facts.syncs), known(self.nightly)
        longest = self.facts.case.expectations.sync_age
        return bool(history and trigger and overdue(history, trigger, longest))


def read_sync_facts(case: Case) -> SyncFacts:
    """Ask everything at the same time: at most two requests to the logs, all else beside them."""
    lines = ask("sync log", lambda: _read_lines(case.reader, case))
    nightly = ask("nightly trigger", case.reader.nightly)
    common = read_facts(case, _CHECKS)
    return SyncFacts(common, lines.reading(case.within), nightly.reading(case.within))


def failing(executions: Sequence[Execution]) -> tuple[Execution, ...]:
    """Return those since the last good one that failed; where none did, those cancelled."""
    since: list[Execution] = []
    for one in newest_first(executions):
        if one.state is ExecutionState.SUCCEEDED:
            break
        since.append(one)
    failed = tuple(one for one in since if one.state is ExecutionState.FAILED)
    return failed or tuple(one for one in since if one.state is ExecutionState.CANCELLED)


def _read_lines(reader: Snapshot, case: Case) -> Sequence[LogLine]:
    """Read the errors of all of them at once; of a silent one everything that it said."""
    executions = reader.executions()
    failed = failing(executions) or tuple(
        one for one in executions if not one.state.finished and one.retried
    )
    if not failed:
        return ()
    since = max(min(one.created_at for one in failed[:_TOLD]), case.now - _LONGEST)
    errors = reader.log_lines(LogQuery(LogSource.SYNC, since, errors_only=True, limit=_ERRORS))
    if any(one.execution == failed[0].name for one in errors):
        return errors
    query = LogQuery(LogSource.SYNC, failed[0].created_at, execution=failed[0].name, limit=_ALL)
    return [*reader.log_lines(query), *errors]


def told_of_syncs(facts: SyncFacts) -> tuple[str, ...]:
    """Tell how the executions went, and whether the last good version still serves."""
    told = [one.told for one in facts.failed[:_TOLD]]
    more = len(facts.failed) - _TOLD
    if more > 0:
        told.append(f"{count_text(more, 'more execution')} failed before.")
    running = facts.facts.running
    if running is not None:
        took = duration_text(running.took(facts.facts.case.now))
        told.append(f"{running.name} is running now, for {took}.")
    history = known(facts.facts.syncs)
    failing_now = facts.failed or facts.retrying
    if failing_now and history and history.last_good and history.last_good_age is not None:
        age = duration_text(history.last_good_age)
        told.append(f"The last good sync, {history.last_good.name}, finished {age} ago.")
    return (*told, *_serves(facts.facts))


def _serves(facts: Facts) -> tuple[str, ...]:
    state = known(facts.cache)
    if state is None:
        return ()
    if state.consistency.consistent:
        service = known(facts.service)
        serves = " and still serves" if service is not None and service.enabled else ""
        return (f"The last good version {state.consistency.version} is whole{serves}.",)
    problems = " ".join(one.text for one in state.consistency.problems[:2])
    return (f"The cache is not consistent now: {problems}",)
