"""What is behind an alert on failed syncs where none has failed since the last good one."""

from datetime import datetime, timedelta

from core.alerts.causes_of.content import mending
from core.alerts.causes_of.facts import known
from core.alerts.causes_of.ranking import Found
from core.alerts.causes_of.sync_facts import SyncFacts
from core.executions import Execution, ExecutionState
from core.inspection.history import HistoryReport
from core.quantities import duration_text

_COUNTED = timedelta(days=1)
"""The longest that an alert may come after the failure that it counted."""


def find_over(facts: SyncFacts) -> Found | None:
    """Look whether a good sync came after the alert, or after what the alert counted late."""
    history, opened = known(facts.facts.syncs), facts.facts.case.opened_at
    if history is None or facts.failed or facts.retrying or facts.facts.broken:
        return None
    good, age = history.last_good, history.last_good_age
    if good is None or age is None:
        return None
    text = f"The failures are over: {good.name} succeeded {duration_text(age)} ago, after"
    if opened <= facts.facts.case.now - age:
        return Found(f"{text} the alert was opened.")
    failed = (one for one in history.executions if one.state is ExecutionState.FAILED)
    counted = next((one for one in failed if _ended(one) >= opened - _COUNTED), None)
    return Found(f"{text} {counted.name} had failed.") if counted else None


def _ended(execution: Execution) -> datetime:
    return execution.finished_at or execution.created_at


def find_retrying(facts: SyncFacts) -> Found | None:
    """Look whether an execution goes on after an attempt has failed, which the alert counts."""
    retrying = None if facts.failed else facts.retrying
    if retrying is None:
        return None
    took = duration_text(retrying.execution.took(facts.facts.case.now))
    said = f': "{retrying.line}"' if retrying.line else "."
    return Found(
        f"An attempt of {retrying.execution.name} failed, and it is trying again, for {took} by "
        f"now{said}",
        offers=facts.facts.applying("sync"),
        certain=False,
    )


def find_none_failed(facts: SyncFacts) -> Found | None:
    """Say that no execution has failed, and what is amiss beside that, if anything is."""
    history = known(facts.facts.syncs)
    if history is None or facts.failed or facts.retrying:
        return None
    none = f"No execution has failed {_since(history)}"
    if history.running:
        none = f"{none}, and {history.running[0].name} is running now"
    state = known(facts.facts.cache)
    if state is not None and not state.consistency.consistent:
        text = f"{none}, but the cache is not whole. {state.consistency.problems[0].text}"
        return Found(text, offers=mending(facts.facts), certain=False)
    if pause := facts.pause:
        offers = (*facts.facts.applying(pause.offer), "logs sync errors")
        return Found(f"{none}. What is abnormal is the nightly sync. {pause.why}", offers=offers)
    if facts.overdue and not history.running:
        text = f"{none}, but none has come in time either: syncs should come nightly."
        return Found(text, offers=facts.facts.applying("sync", "history"))
    text = f"{none}: see in its log what the alert has counted, a failed attempt or an older sync."
    return Found(text, offers=("logs sync errors", "history"))


def _since(history: HistoryReport) -> str:
    if history.last_good is None or history.last_good_age is None:
        return f"among the last {history.seen}" if history.seen else "yet: the job has not run"
    return f"since {history.last_good.name} succeeded {duration_text(history.last_good_age)} ago"
