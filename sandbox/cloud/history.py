"""The past of the default deployment: nights of syncs, and the startups of the last two weeks.

Syncs are not forged but lived through: the job's own code runs on a clock turned back, so that
objects, log lines and executions agree with each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandbox.cloud.bucket import Bucket
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.deployment import EMBEDDING, JOB
from sandbox.cloud.executions import Executions
from sandbox.cloud.ids import Ids
from sandbox.cloud.scheduler_api import last_night
from sandbox.cloud.startup_log import MissReason, Outcome, Startup
from sandbox.cloud.sync_job import SyncJob
from sandbox.cloud.sync_script import Cause, SyncScript

_SETTLED = timedelta(minutes=15)  # by then a night's sync is over
_DAY = timedelta(days=1)
_NIGHTS = 9
_TROUBLES = {
    7: SyncScript(Cause.NON_ZERO_EXIT, attempts=1),
    5: SyncScript(Cause.REGISTRY_TIMEOUT),
    3: SyncScript(Cause.OUT_OF_DISK),
}
_MANUAL_NIGHT = 5  # somebody repaired by hand, the morning after
_WEEK = timedelta(days=7)
_STARTUPS = 50
_EARLIER_STARTUPS = 40
_LATEST_STARTUP = timedelta(minutes=20)
_MISSES = {17: MissReason.MODEL_NOT_FOUND, 33: MissReason.MANIFEST_MISSING}
_EARLIER_MISSES = {11: MissReason.MODEL_NOT_FOUND}


@dataclass(frozen=True, slots=True)
class PastSync:
    """A sync that succeeded: when it ended, and its version."""

    ended: datetime
    version: str


def last_sync_time(now: datetime) -> datetime:
    """Return when the newest nightly sync began that must be over by now."""
    return last_night(now - _SETTLED)


def live_through_syncs(
    executions: Executions, program: SyncJob, bucket: Bucket, now: datetime
) -> list[PastSync]:
    """Run ten syncs of the last nights; only the two newest leave anything in the bucket.

    The embedding model was published anew in between, so the two versions differ.
    """
    elsewhere = Buckets(executions.state.clock)
    older = elsewhere.create(bucket.name)
    older.set_policy(bucket.policy)
    shelved = replace(program, buckets=elsewhere)
    earlier = Executions(executions.state, executions.logs, shelved, executions.caller)
    nightly = executions.state.place.account("tabular-scheduler")
    past: list[PastSync] = []
    for night in range(_NIGHTS - 1, -1, -1):
        began = last_sync_time(now) - night * _DAY
        if night in _TROUBLES:
            program.scripts.next(_TROUBLES[night])
        runner, target = (executions, bucket) if night < 2 else (earlier, older)
        past += _live_through(runner, target, began, nightly)
        if night == _MANUAL_NIGHT:
            morning = began + timedelta(hours=6, minutes=40)
            past += _live_through(runner, target, morning, "dana@example.com")
        if night == 1:
            program.registry.publish(EMBEDDING)
    return past


def forget_leftovers(bucket: Bucket) -> None:
    """Drop for good what the syncs left in .tmp/, as a cleanup has done since."""
    for version in bucket.list(".tmp/", versions=True):
        if not version.is_live:
            bucket.delete(version.name, version.generation)


def past_startups(ids: Ids, syncs: Sequence[PastSync], now: datetime) -> list[Startup]:
    """Return the startups of the last two weeks, oldest first.

    The last seven days have 48 hits and 2 misses, the seven before them 39 hits and 1 miss.
    """
    latest = now - _LATEST_STARTUP
    last = _week_of_startups(ids, syncs, latest, _STARTUPS, _MISSES)
    earlier = _week_of_startups(ids, syncs, latest - _WEEK, _EARLIER_STARTUPS, _EARLIER_MISSES)
    return [*earlier, *last]


def _week_of_startups(
    ids: Ids,
    syncs: Sequence[PastSync],
    latest: datetime,
    number: int,
    misses: Mapping[int, MissReason],
) -> list[Startup]:
    step = (_WEEK - _LATEST_STARTUP) / number
    first = latest - (number - 1) * step
    startups = []
    for index in range(number):
        at, reason = first + index * step, misses.get(index)
        outcome = Outcome.HIT if reason is None else Outcome.MISS
        version = _version_at(syncs, at)
        startups.append(Startup(at, ids.instance_id(), outcome, reason, version))
    return startups


def _version_at(syncs: Sequence[PastSync], at: datetime) -> str:
    """Return what was live then; of the nights before the oldest sync, each has left its own."""
    versions = [sync.version for sync in syncs if sync.ended <= at]
    return versions[-1] if versions else f"{last_sync_time(at):%Y%m%d-%H%M%S}"


def _live_through(
    runner: Executions, bucket: Bucket, began: datetime, creator: str
) -> list[PastSync]:
    """Run one execution on a clock turned back; return it where it succeeded."""
    with runner.state.clock.back_to(began):
        execution = runner.live_through(runner.state.job(JOB), creator)
    if not execution.succeeded_count:
        return []
    done = bucket.get(".done").content
    version = done.read(0, done.size_bytes).decode().strip()
    return [PastSync(execution.completion_time, version)]
