"""Cloud Scheduler of the pretend cloud, through Google's own client."""

from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.cloud import scheduler_v1

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import NIGHTLY, PARENT

State = scheduler_v1.Job.State


def test_the_nightly_trigger_is_enabled(project: Project, clients: Clients) -> None:
    """It fires at 02:00 UTC, last went well, and is due within a day."""
    trigger = clients.scheduler.get_job(name=NIGHTLY)
    now = project.clock.now()
    assert trigger.state == State.ENABLED
    assert (trigger.schedule, trigger.time_zone) == ("0 2 * * *", "Etc/UTC")
    assert trigger.status.code == 0
    assert trigger.last_attempt_time < now < trigger.schedule_time <= now + timedelta(days=1)
    assert trigger.last_attempt_time.hour == trigger.schedule_time.hour == 2
    assert trigger.http_target.uri.endswith("/jobs/tabular-model-sync:run")


def test_the_next_time_moves_with_the_clock(project: Project, clients: Clients) -> None:
    """After a day the trigger is due a day later."""
    before = clients.scheduler.get_job(name=NIGHTLY).schedule_time
    project.clock.advance(timedelta(days=1))
    after = clients.scheduler.get_job(name=NIGHTLY).schedule_time
    assert after - before == timedelta(days=1)


def test_a_paused_trigger_has_no_next_time(project: Project, clients: Clients) -> None:
    """Paused means PAUSED and nothing scheduled."""
    disasters.pause_scheduler(project)
    trigger = clients.scheduler.get_job(name=NIGHTLY)
    assert trigger.state == State.PAUSED
    assert trigger.schedule_time is None


def test_an_absent_trigger_is_not_found(project: Project, clients: Clients) -> None:
    """A project without the trigger answers NOT_FOUND."""
    disasters.remove_scheduler(project)
    with pytest.raises(exceptions.NotFound):
        clients.scheduler.get_job(name=NIGHTLY)


def test_a_malformed_name_is_an_invalid_argument(clients: Clients) -> None:
    """A name of another form answers INVALID_ARGUMENT."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.scheduler.get_job(name=f"{PARENT}/triggers/nightly")
