"""Pausing, resuming and firing the nightly trigger of the pretend Cloud Scheduler."""

from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import scheduler_v1
from google.rpc import code_pb2

from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB
from sandbox.cloud.project import Project
from sandbox.faults import Fault, LoseReply
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import NIGHTLY, PARENT, TIMEOUT_SECONDS

DAY = timedelta(days=1)
PAST_EXECUTIONS = 10
State = scheduler_v1.Job.State


def count(project: Project) -> int:
    """Return how many executions there have been since the pretend cloud began."""
    return len(project.state.executions.all()) - PAST_EXECUTIONS


def test_pausing_and_resuming(project: Project, clients: Clients) -> None:
    """A paused trigger has no next time, a resumed one has again; the rest stays as it was."""
    before = clients.scheduler.get_job(name=NIGHTLY)
    paused = clients.scheduler.pause_job(name=NIGHTLY)
    assert paused.state == State.PAUSED
    assert paused.schedule_time is None
    assert paused == clients.scheduler.get_job(name=NIGHTLY)
    resumed = clients.scheduler.resume_job(name=NIGHTLY)
    assert resumed.state == State.ENABLED
    assert resumed.schedule_time > project.clock.now()
    assert resumed == clients.scheduler.get_job(name=NIGHTLY)
    assert (resumed.http_target, resumed.schedule) == (before.http_target, before.schedule)
    assert resumed.last_attempt_time == before.last_attempt_time


def test_a_paused_trigger_cannot_be_paused(clients: Clients) -> None:
    """Pausing requires ENABLED: FAILED_PRECONDITION, and it stays paused."""
    clients.scheduler.pause_job(name=NIGHTLY)
    with pytest.raises(exceptions.FailedPrecondition, match="PAUSED"):
        clients.scheduler.pause_job(name=NIGHTLY)
    assert clients.scheduler.get_job(name=NIGHTLY).state == State.PAUSED


def test_an_enabled_trigger_cannot_be_resumed(clients: Clients) -> None:
    """Resuming requires PAUSED: FAILED_PRECONDITION, and it stays enabled."""
    with pytest.raises(exceptions.FailedPrecondition, match="ENABLED"):
        clients.scheduler.resume_job(name=NIGHTLY)
    assert clients.scheduler.get_job(name=NIGHTLY).state == State.ENABLED


def test_a_failed_update_can_be_neither(project: Project, clients: Clients) -> None:
    """A trigger in UPDATE_FAILED answers FAILED_PRECONDITION to both."""

    def fail(trigger: Any) -> None:
        trigger.state = State.UPDATE_FAILED

    project.schedules.change("tabular-model-sync-nightly", fail)
    for call in (clients.scheduler.pause_job, clients.scheduler.resume_job):
        with pytest.raises(exceptions.FailedPrecondition, match="UPDATE_FAILED"):
            call(name=NIGHTLY)


def test_an_absent_or_malformed_trigger(project: Project, clients: Clients) -> None:
    """Both calls answer NOT_FOUND where there is none, INVALID_ARGUMENT to another form."""
    disasters.remove_scheduler(project)
    for call in (clients.scheduler.pause_job, clients.scheduler.resume_job):
        with pytest.raises(exceptions.NotFound):
            call(name=NIGHTLY)
        with pytest.raises(exceptions.InvalidArgument):
            call(name=f"{PARENT}/triggers/nightly")


def test_a_lost_reply_to_pause_is_applied(cloud: PretendCloud, clients: Clients) -> None:
    """The caller sees UNAVAILABLE; asking again answers FAILED_PRECONDITION, for it is paused."""
    method = "google.cloud.scheduler.v1.CloudScheduler/PauseJob"
    cloud.faults.add(Fault(method, LoseReply(), times=1))
    with pytest.raises(exceptions.ServiceUnavailable):
        clients.scheduler.pause_job(name=NIGHTLY)
    with pytest.raises(exceptions.FailedPrecondition):
        clients.scheduler.pause_job(name=NIGHTLY)
    assert clients.scheduler.get_job(name=NIGHTLY).state == State.PAUSED


def test_the_trigger_fires_by_itself_once_switched_on(project: Project, clients: Clients) -> None:
    """Off, the hour passes unheard; on, the next one starts an execution as the scheduler."""
    project.clock.advance(DAY)
    project.nightly.switch_on()
    assert count(project) == 0
    project.clock.advance(DAY)
    assert project.state.wait_for(lambda: count(project) == 1, TIMEOUT_SECONDS)
    project.nightly.switch_off()
    (newest,) = sorted(project.state.executions.all(), key=lambda e: e.create_time)[-1:]
    assert newest.creator.startswith("tabular-scheduler@")
    trigger = clients.scheduler.get_job(name=NIGHTLY)
    assert project.clock.now() - trigger.last_attempt_time < timedelta(minutes=5)
    assert trigger.status.code == code_pb2.OK


def test_the_trigger_fires_once_a_night(project: Project) -> None:
    """Looking again within the day fires no more; nights that are jumped over are one."""
    project.nightly.look()
    assert count(project) == 0
    project.clock.advance(DAY)
    project.nightly.look()
    project.nightly.look()
    assert count(project) == 1
    project.clock.advance(3 * DAY)
    project.nightly.look()
    assert count(project) == 2
    project.executions.stop()


def test_a_night_that_passes_while_paused_is_missed(project: Project, clients: Clients) -> None:
    """Nothing fires while paused, nor afterwards for that night, only at the next hour."""
    clients.scheduler.pause_job(name=NIGHTLY)
    project.clock.advance(DAY)
    project.nightly.look()
    clients.scheduler.resume_job(name=NIGHTLY)
    project.nightly.look()
    assert count(project) == 0
    project.clock.advance(DAY)
    project.nightly.look()
    assert count(project) == 1


def test_without_the_job_the_attempt_fails(project: Project, clients: Clients) -> None:
    """The trigger's status says NOT_FOUND; without a trigger nothing happens at all."""
    project.state.jobs.remove(JOB)
    project.clock.advance(DAY)
    project.nightly.look()
    assert clients.scheduler.get_job(name=NIGHTLY).status.code == code_pb2.NOT_FOUND
    disasters.remove_scheduler(project)
    project.clock.advance(DAY)
    project.nightly.look()
    assert count(project) == 0
