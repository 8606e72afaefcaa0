"""The past of the default deployment: nights of syncs, and the startups of the last week.

Syncs are not forged but lived through: the job's own code runs on a clock turned back, so that
objects, log lines and executions agree with each other.
"""

from collections.abc import Sequence
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
_STARTUPS = 50
_LATEST_STARTUP = timedelta(minutes=20)
_MISSES = {17: MissReason.MODEL_NOT_FOUND, 33: MissReason.MANIFEST_MISSING}


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
    """Return the startups of the last seven days, 48 hits and 2 misses, oldest first."""
    step = (timedelta(days=7) - _LATEST_STARTUP) / _STARTUPS
    first = now - _LATEST_STARTUP - (_STARTUPS - 1) * step
    return [_past_startup(ids, syncs, first + index * step, index) for index in range(_STARTUPS)]


def _past_startup(ids: Ids, syncs: Sequence[PastSync], at: datetime, index: int) -> Startup:
    versions = [sync.version for sync in syncs if sync.ended <= at]
    reason = _MISSES.get(index)
    outcome = Outcome.HIT if reason is None else Outcome.MISS
    return Startup(at, ids.instance_id(), outcome, reason, versions[-1] if versions else "")


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
