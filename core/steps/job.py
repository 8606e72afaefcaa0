"""Changing the sync job: set to a state in one request, recognised again by its stamp."""

from datetime import datetime, timedelta

from core.cache.evidence import CHANGED_JOB
from core.context import Context
from core.errors import Conflict, Unavailable
from core.executions import JobChange, SyncJob
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.plans import SetJobEnv
from core.steps.variables import change_told, changed_since

_TAKEN_UP = timedelta(minutes=3)


def set_job_env(step: SetJobEnv, context: Context) -> Outcome:
    """Set the variables, unless somebody has changed them since they were planned."""
    job = context.cloud.job()
    stamp = context.stamp_of(step)
    notes = context.memory.recall()
    if job.stamp == stamp:
        return _set_by_us(step, context, job)
    if notes and context.clock() - datetime.fromisoformat(notes["since"]) > context.pace.grace:
        return Unclear(
            f"Changing {job.name} got no clear answer, and it does not show the change.",
            "Look at `/cache health` in a minute, then ask again.",
        )
    if context.stopping and not notes:
        return Stopped("Nothing was changed in the sync job.")
    if problem := changed_since(step.before, job.env.get):
        return Failed(problem, "Ask again: the plan is then made from what is there now.")
    context.memory.remember({"since": notes.get("since", context.clock().isoformat())})
    try:
        context.cloud.change_job(JobChange(step.before, step.after, stamp))
    except Conflict as exc:
        return _conflict(step, context, stamp, exc)
    except Unavailable:
        return Pending("The reply was lost; looking whether it was applied.", context.pace.poll)
    return _set_by_us(step, context, context.cloud.job())


def _set_by_us(step: SetJobEnv, context: Context, job: SyncJob) -> Done | Pending:
    """Let Cloud Run take the change up first: an execution begun before might not see it.

    Who asks to stop, or a change that is taken up for minutes, is not waited for: it is made.
    """
    since = context.memory.recall().get("since", "")
    fresh = since and context.clock() - datetime.fromisoformat(since) < _TAKEN_UP
    if job.reconciling and fresh and not context.stopping:
        return Pending("Cloud Run is taking the change up.", context.pace.poll)
    return Done(f"{change_told(step.before, step.after)}.", {CHANGED_JOB: "yes"})


def _conflict(step: SetJobEnv, context: Context, stamp: str, conflict: Conflict) -> Outcome:
    """Tell our own change, whose reply was lost and that came late, from somebody else's."""
    job = context.cloud.job()
    if job.stamp == stamp:
        return _set_by_us(step, context, job)
    return Failed(
        f"Somebody else changed the sync job at the same moment. {conflict.message}",
        "Nothing was overwritten. Ask again in a minute.",
    )
