"""`/cache sync`: join the running execution or start one, follow it, prove the result."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from core.cache.consistency import CacheState, inspect_cache
from core.cloud import Reader
from core.errors import NotFound, OpsError
from core.executions import Execution, ExecutionState, SyncJob, unfinished
from core.parallel import ask
from core.plans import (
    AwaitExecution,
    CheckConsistency,
    Plan,
    RunSync,
    SaveInventory,
    Step,
    VerifySync,
)
from core.quantities import count_text

_USUAL = timedelta(minutes=10)
_NO_UNDO = (
    "A sync cannot be undone; `/cache rollback` brings back the files of the version before it."
)


def plan_sync(reader: Reader, *, bucketless: bool = False) -> Plan:
    """Plan a sync from the live state; changes nothing.

    `bucketless` is for plans that bring the bucket back before they sync.

    Raises:
        NotFound: there is no sync job.
        OpsError: there is no bucket to sync into.
        CloudError: the job or its executions could not be read.
    """
    executions = ask("executions", reader.executions)
    cache = ask("cache", lambda: _look(reader))
    job = reader.job()
    history, state = executions.answer(), cache.answer()
    if state is None and not bucketless:
        raise OpsError(
            "There is no bucket, so a sync has nowhere to put the models.",
            "`/cache recover` looks whether the bucket can be restored, and asks first.",
            offers=("recover",),
        )
    expected = expected_duration(history)
    return Plan(
        verb="sync",
        summary=_summary(job, history),
        facts=_facts(job, history, state),
        steps=sync_steps(job, expected, RunSync()),
        closing=(CheckConsistency(),),
        warnings=_warnings(history),
        no_undo=_NO_UNDO,
        again="sync",
        expected=expected,
    )


def sync_steps(job: SyncJob, expected: timedelta, run: RunSync) -> tuple[Step, ...]:
    """Return the steps from starting the job to the saved inventory of what it has fetched.

    The job is taken as it will be when they run: its models are what is proven.
    """
    return (
        run,
        AwaitExecution(longest=job.longest, expected=expected),
        VerifySync(job.llm_model, job.embedding_model),
        SaveInventory(),
    )


def expected_duration(executions: Sequence[Execution]) -> timedelta:
    """Return how long the last good executions took, in the middle; ten minutes if none."""
    took = [
        (one.finished_at - (one.started_at or one.created_at)).total_seconds()
        for one in executions
        if one.state is ExecutionState.SUCCEEDED and one.finished_at
    ]
    return timedelta(seconds=median(took[:7])) if took else _USUAL


def _look(reader: Reader) -> CacheState | None:
    try:
        return inspect_cache(reader)
    except NotFound:
        return None


def _summary(job: SyncJob, executions: Sequence[Execution]) -> str:
    running = unfinished(executions)
    if running:
        return f"Join {running[0].name}, which is already running, and prove its result."
    return f"Start {job.name}, follow it, and prove its result."


def _facts(
    job: SyncJob, executions: Sequence[Execution], cache: CacheState | None
) -> dict[str, str]:
    running = unfinished(executions)
    manifest = cache.manifest if cache else None
    return {
        "language model": job.llm_model,
        "embedding model": job.embedding_model,
        "running execution": running[0].name if running else "none",
        "version before": manifest.version if manifest else "none",
        "manifest generation before": str(manifest.generation) if manifest else "none",
        "cache before": _state(cache),
    }


def _state(cache: CacheState | None) -> str:
    if cache is None:
        return "no bucket"
    problems = cache.consistency.problems
    if not problems:
        return "consistent"
    more = f" And {count_text(len(problems) - 1, 'more problem')}." if problems[1:] else ""
    return f"inconsistent: {problems[0].text}{more}"


def _warnings(executions: Sequence[Execution]) -> tuple[str, ...]:
    running = unfinished(executions)
    if len(running) < 2:
        return ()
    names = ", ".join(one.name for one in running)
    return (f"{len(running)} executions run at once ({names}); they may overwrite each other.",)
