"""The conditions of Cloud Run's resources: how each part of one stands, and since when."""

from datetime import datetime

from google.cloud import run_v2

from sandbox.cloud.run_state import Resource

READY = "Ready"

RECONCILING = run_v2.Condition.State.CONDITION_RECONCILING
SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED
FAILED = run_v2.Condition.State.CONDITION_FAILED

REVISION_REASONS = run_v2.Condition.RevisionReason


def condition(name: str, state: int, now: datetime, message: str = "") -> Resource:
    """Return a condition that turned just now."""
    return run_v2.Condition(type_=name, state=state, message=message, last_transition_time=now)


def turn(resource: Resource, *turned: Resource) -> None:
    """Put conditions in the place of those of the same type, or at the end."""
    names = {one.type_ for one in turned}
    kept = [one for one in resource.conditions if one.type_ not in names]
    resource.conditions = [*kept, *turned]


def find(resource: Resource, name: str) -> Resource:
    """Return the condition of that type, an empty one where there is none."""
    found = (one for one in resource.conditions if one.type_ == name)
    return next(found, run_v2.Condition())
