"""Tests of how Cloud Scheduler's message about the nightly trigger is read."""

from datetime import UTC, datetime

import pytest
from google.cloud import scheduler_v1
from google.rpc import status_pb2

from core.google.scheduler import nightly_of
from core.services import TriggerState

_States = scheduler_v1.Job.State


@pytest.mark.parametrize("state", list(_States), ids=lambda state: str(state.name))
def test_every_state_of_the_api_is_known(state: _States) -> None:
    """Only where Cloud Scheduler itself says nothing is the state unknown."""
    read = nightly_of(scheduler_v1.Job(state=state)).state
    assert (read is TriggerState.UNKNOWN) == (state is _States.STATE_UNSPECIFIED)
    assert read is TriggerState.UNKNOWN or read.value == state.name.lower()


def test_the_schedule_and_its_times_are_kept() -> None:
    """A paused trigger has no next time."""
    attempt = datetime(2026, 1, 31, 2, tzinfo=UTC)
    trigger = nightly_of(
        scheduler_v1.Job(
            name="projects/p/locations/l/jobs/tabular-model-sync-nightly",
            schedule="0 2 * * *",
            time_zone="Etc/UTC",
            last_attempt_time=attempt,
        )
    )
    assert trigger.name == "tabular-model-sync-nightly"
    assert (trigger.schedule, trigger.time_zone) == ("0 2 * * *", "Etc/UTC")
    assert (trigger.last_attempt_at, trigger.next_at) == (attempt, None)
    assert trigger.last_error == ""


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (
            status_pb2.Status(code=7, message="no run.jobs.run"),
            "PERMISSION_DENIED: no run.jobs.run",
        ),
        (status_pb2.Status(code=5), "NOT_FOUND"),
        (status_pb2.Status(code=99, message="?"), "99: ?"),
    ],
)
def test_a_failed_attempt_is_told_by_name(status: status_pb2.Status, told: str) -> None:
    """The trigger ran, but Cloud Run refused its call."""
    assert nightly_of(scheduler_v1.Job(status=status)).last_error == told
