"""Why the sync job fails, and whether the cache still serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.causes import Diagnosis
from core.causes_of.content import find_no_access, find_no_bucket, mending
from core.causes_of.facts import Case, Facts, known, read_facts
from core.causes_of.failed_sync import FailedSync, Failure, read_failure
from core.causes_of.going_back import update_to
from core.causes_of.ranking import Found, Look, conclude
from core.causes_of.seen import Part, seen_by, unread_of
from core.executions import Execution, ExecutionState, newest_first
from core.inspection.findings import Check
from core.model_files import is_file_in
from core.objects import TEMPORARY, total_bytes
from core.parallel import Known, Reading, ask
from core.quantities import count_text, duration_text, size_text
from core.signals import LogLine, LogQuery, LogSource
from core.snapshot import Snapshot

_LONGEST = timedelta(days=7)
_ERRORS, _ALL = 100, 60
_TOLD = 3
_FRESH = timedelta(hours=1)
_CHECKS = (Check.NIGHTLY, Check.NAMES)
_SAID = {
    Failure.PROMOTION: (
        "died half-way while it made its download live: the old embedding model may be gone, "
        "and the new one not in place yet."
    ),
    Failure.MEMORY: "ran out of memory: raise the memory limit of the sync job, then sync.",
    Failure.REGISTRY: "could not reach the model registry in time: such a failure often passes.",
    Failure.NO_BUCKET: "could not mount the bucket.",
    Failure.CANCELLED: "was cancelled by somebody.",
}
"""What an execution did, where its own line says enough."""


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """The common facts, and the log lines of the executions that failed."""

    facts: Facts
    lines: Reading[Sequence[LogLine]]

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


def diagnose_sync_failures(case: Case) -> Diagnosis:
    """Find out why syncs fail: at most two requests to the logs, everything else beside them."""
    lines = ask("sync log", lambda: _read_lines(case.reader, case))
    common = read_facts(case, _CHECKS)
    facts = SyncFacts(common, lines.reading(case.within))
    unread = common.unread | unread_of(((Part.SYNC_LOG, facts.lines),))
    return conclude(_LOOKS, facts, seen_by(common.judged, unread, _told(facts)))


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
    failed = failing(reader.executions())
    if not failed:
        return ()
    since = max(min(one.created_at for one in failed[:_TOLD]), case.now - _LONGEST)
    errors = reader.log_lines(LogQuery(LogSource.SYNC, since, errors_only=True, limit=_ERRORS))
    if any(one.execution == failed[0].name for one in errors):
        return errors
    query = LogQuery(LogSource.SYNC, failed[0].created_at, execution=failed[0].name, limit=_ALL)
    return [*reader.log_lines(query), *errors]


def _over(facts: SyncFacts) -> Found | None:
    history = known(facts.facts.syncs)
    if history is None or not history.executions or facts.failed or facts.facts.broken:
        return None
    good, age = history.last_good, history.last_good_age
    if good is None or age is None or not facts.facts.case.opened_at <= facts.facts.case.now - age:
        return None
    return Found(
        f"The failures are over: {good.name} succeeded {duration_text(age)} ago, after the alert "
        "was opened."
    )


def _no_job(facts: SyncFacts) -> Found | None:
    syncs = facts.facts.syncs
    if isinstance(syncs, Known) or Part.SYNCS in facts.facts.unread:
        return None
    case = facts.facts.case
    return Found(
        f"There is no sync job {case.deployment.job} in {case.deployment.region}: it was deleted, "
        "or the bot's settings name another one."
    )


def _no_bucket(facts: SyncFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _no_such_model(facts: SyncFacts) -> Found | None:
    """Look whether a model's name is wrong, and go back to the last one that was fetched."""
    newest, job = facts.newest(Failure.MODEL_UNKNOWN), known(facts.facts.job)
    if newest is None:
        return None
    kind = "embedding" if newest.of_embedding else "language"
    if job is None:
        return Found(f"The registry does not know the {kind} model that was asked for.")
    wrong = job.embedding_model if newest.of_embedding else job.llm_model
    cause = f'The registry does not know the {kind} model "{wrong}", which the sync job asks for.'
    good = _last_good_name(newest, facts)
    if not good or good == wrong:
        return Found(f"{cause} Check the name.")
    back = update_to(embedding=good) if newest.of_embedding else update_to(llm=good)
    return Found(
        f"{cause} The last one that a sync has fetched is {good}.",
        offers=facts.facts.applying(back),
    )


def _last_good_name(newest: FailedSync, facts: SyncFacts) -> str:
    report = known(facts.facts.versions)
    for row in report.rows if report else ():
        if row.manifest is not None and not row.stub:
            model = row.manifest.embedding if newest.of_embedding else row.manifest.ollama
            if model is not None:
                return model.name
    return ""


def _refused(facts: SyncFacts) -> Found | None:
    newest = facts.newest(Failure.PERMISSION)
    if newest is None:
        return None
    text = f"{newest.execution.name} was refused access: grant the job's account the role it needs."
    return find_no_access(facts.facts, known(facts.facts.job), newest.told) or Found(text)


def _out_of_disk(facts: SyncFacts) -> Found | None:
    """Look whether it had no room. A bucket is never full, but leftovers are worth a look."""
    newest, state = facts.newest(Failure.DISK), known(facts.facts.cache)
    if newest is None:
        return None
    case = facts.facts.case
    live = state.live.values() if state else ()
    left = [one for one in live if is_file_in(TEMPORARY, one.name)]
    text = f"{newest.execution.name} ran out of disk under .tmp/."
    if not left:
        room = "Its files are staged in memory: give the sync job more of it, then sync."
        return Found(f"{text} {room}")
    size = size_text(total_bytes(left))
    oldest = max(case.now - one.created_at for one in left)
    old = oldest > case.expectations.temporary_age
    words = "cleanup" if old else "cleanup 1h" if oldest > _FRESH else ""
    return Found(
        f"{text} {count_text(len(left), 'leftover file')} ({size}) lie there.",
        offers=facts.facts.applying(words),
    )


def _at_the_limit(facts: SyncFacts) -> Found | None:
    newest, job = facts.newest(Failure.TIMEOUT), known(facts.facts.job)
    if newest is None:
        return None
    limit = f" of {duration_text(job.attempt_timeout)}" if job else ""
    return Found(
        f"{newest.execution.name} was stopped at the time limit{limit} that an attempt has.",
        offers=_again(facts),
    )


def _as_it_says(facts: SyncFacts) -> Found | None:
    """Go by what the newest failed execution says, where that needs no other look."""
    newest = facts.failed[0] if facts.failed else None
    if newest is None or newest.failure not in _SAID or facts.facts.bucket_gone:
        return None
    offers = {Failure.MEMORY: (), Failure.NO_BUCKET: ("recover",)}.get(newest.failure)
    words = f"{newest.execution.name} {_SAID[newest.failure]}"
    if newest.failure is Failure.CANCELLED and (ours := _stopped_by(newest, facts)):
        words = f"{newest.execution.name} was cancelled by cachebot: {ours} was stopped."
    return Found(words, offers=_again(facts) if offers is None else offers)


def _stopped_by(newest: FailedSync, facts: SyncFacts) -> str:
    """Return the id of the bot's own operation that somebody stopped, and so that execution."""
    stopped = (one for one in facts.facts.case.operations if one.stop_asked_by)
    name = newest.execution.name
    return next((one.id for one in stopped if one.evidence.get("execution") == name), "")


def _unknown(facts: SyncFacts) -> Found | None:
    newest = facts.newest(Failure.UNKNOWN)
    if newest is None:
        return None
    said = f': "{newest.line}"' if newest.line else ", and logged no reason."
    return Found(
        f"{newest.execution.name} failed for a reason that I do not know{said}",
        offers=_again(facts),
        certain=False,
    )


def _again(facts: SyncFacts) -> tuple[str, ...]:
    return mending(facts.facts) if facts.facts.broken else ("sync",)


def _inconsistent(facts: SyncFacts) -> Found | None:
    """Look whether the cache is broken though no execution has failed; else that is evidence."""
    state = known(facts.facts.cache)
    if facts.failed or state is None or state.consistency.consistent:
        return None
    text = f"The cache is not whole. {state.consistency.problems[0].text}"
    return Found(text, offers=mending(facts.facts))


def _told(facts: SyncFacts) -> tuple[str, ...]:
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
    if history is not None and history.last_good and history.last_good_age is not None:
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


_LOOKS = (
    Look(_no_job, (Part.SYNCS,)),
    Look(_no_bucket, (Part.BUCKET,)),
    Look(_over, (Part.SYNCS, Part.CACHE)),
    Look(_no_such_model, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_refused, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_out_of_disk, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_at_the_limit, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_as_it_says, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_unknown, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_inconsistent, (Part.CACHE,)),
)
"""The most telling first."""
