"""Cloud Run's Executions and Operations of the pretend cloud, through Google's own client."""

import pytest
from google.api_core import exceptions, operation
from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import short_name
from sandbox.cloud.sync_script import Cause, Stage
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import JOB, PARENT, TIMEOUT_SECONDS, await_finished, finish

Reasons = run_v2.Condition.ExecutionReason
States = run_v2.Condition.State


def _completed(execution: run_v2.Execution) -> run_v2.Condition:
    return next(c for c in execution.conditions if c.type_ == "Completed")


def test_a_running_execution_counts_its_task(project: Project, clients: Clients) -> None:
    """While it runs an execution has a start, one running task and no completion."""
    project.scripts.hold(Stage.PULLING_LLM)
    name = clients.jobs.run_job(name=JOB).metadata.name
    assert project.scripts.wait_until(short(name), Stage.PULLING_LLM, TIMEOUT_SECONDS)
    execution = clients.executions.get_execution(name=name)
    assert execution.start_time is not None
    assert execution.completion_time is None
    assert execution.reconciling
    assert (execution.running_count, execution.task_count) == (1, 1)
    assert execution.succeeded_count == execution.failed_count == execution.cancelled_count == 0
    assert _completed(execution).state == States.CONDITION_RECONCILING
    newest = clients.jobs.get_job(name=JOB).latest_created_execution
    assert newest.completion_status == run_v2.ExecutionReference.CompletionStatus.EXECUTION_RUNNING


def test_a_good_execution_ends_succeeded(clients: Clients) -> None:
    """Success is every task succeeded, none failed, and a completion time."""
    execution = finish(clients.jobs.run_job(name=JOB))
    assert execution.completion_time is not None
    assert not execution.reconciling
    assert execution.succeeded_count == execution.task_count == 1
    assert execution.running_count == execution.failed_count == execution.cancelled_count == 0
    assert _completed(execution).state == States.CONDITION_SUCCEEDED


def test_a_failed_execution_is_an_error_of_its_operation(
    project: Project, clients: Clients
) -> None:
    """The operation fails as UNKNOWN with the task's message; counts and reason say the same."""
    disasters.fail_next_sync(project, Cause.NON_ZERO_EXIT)
    running = clients.jobs.run_job(name=JOB)
    with pytest.raises(exceptions.Unknown, match="-task0 failed with message: The container exit"):
        finish(running)
    execution = clients.executions.get_execution(name=running.metadata.name)
    assert (execution.failed_count, execution.succeeded_count) == (1, 0)
    assert execution.retried_count == 1
    assert _completed(execution).execution_reason == Reasons.NON_ZERO_EXIT_CODE
    assert _completed(execution).state == States.CONDITION_FAILED


def test_a_cancelled_execution_is_no_error_of_its_operation(
    project: Project, clients: Clients
) -> None:
    """Both operations end without an error; only the counts and the reason tell."""
    project.scripts.hold(Stage.PULLING_LLM)
    running = clients.jobs.run_job(name=JOB)
    name = running.metadata.name
    assert project.scripts.wait_until(short(name), Stage.PULLING_LLM, TIMEOUT_SECONDS)
    cancelled = finish(clients.executions.cancel_execution(name=name))
    assert finish(running) == cancelled
    assert (cancelled.cancelled_count, cancelled.succeeded_count, cancelled.failed_count) == (
        1,
        0,
        0,
    )
    assert _completed(cancelled).execution_reason == Reasons.CANCELLED
    newest = clients.jobs.get_job(name=JOB).latest_created_execution
    statuses = run_v2.ExecutionReference.CompletionStatus
    assert newest.completion_status == statuses.EXECUTION_CANCELLED


def test_cancelling_a_finished_execution_is_refused(project: Project, clients: Clients) -> None:
    """What is over answers FAILED_PRECONDITION and stays as it is."""
    name = project.state.executions_of("tabular-model-sync")[0].name
    with pytest.raises(exceptions.FailedPrecondition):
        clients.executions.cancel_execution(name=name)
    assert clients.executions.get_execution(name=name).succeeded_count == 1


def test_cancel_only_validates_where_asked(project: Project, clients: Clients) -> None:
    """A cancel that is only validated lets the execution run on."""
    project.scripts.hold(Stage.STARTING)
    name = clients.jobs.run_job(name=JOB).metadata.name
    clients.executions.cancel_execution(
        run_v2.CancelExecutionRequest(name=name, validate_only=True)
    )
    project.scripts.release()
    assert await_finished(project, short(name)).succeeded_count == 1


def test_an_operation_can_be_found_again_by_its_name(project: Project, clients: Clients) -> None:
    """A caller that kept only the operation's name reattaches and gets the result."""
    project.scripts.hold(Stage.STARTING)
    running = clients.jobs.run_job(name=JOB)
    operations = clients.jobs.transport.operations_client
    found = operation.from_gapic(  # type: ignore[no-untyped-call]  # no types there
        operations.get_operation(running.operation.name),
        operations,
        run_v2.Execution,
        metadata_type=run_v2.Execution,
    )
    assert found.metadata.name == running.metadata.name
    assert not found.done()
    project.scripts.release()
    assert finish(found).succeeded_count == 1


def test_an_unknown_operation_is_not_found(clients: Clients) -> None:
    """An operation nobody opened answers NOT_FOUND."""
    with pytest.raises(exceptions.NotFound):
        clients.jobs.transport.operations_client.get_operation(f"{PARENT}/operations/nobody")


def test_pages_hold_every_execution_once(clients: Clients) -> None:
    """Small pages together list the same executions as one big page, each once."""
    pages = list(
        clients.executions.list_executions(
            run_v2.ListExecutionsRequest(parent=JOB, page_size=3)
        ).pages
    )
    assert [len(page.executions) for page in pages] == [3, 3, 3, 1]
    paged = [execution.name for page in pages for execution in page.executions]
    whole = [execution.name for execution in clients.executions.list_executions(parent=JOB)]
    assert paged == whole
    assert len(set(paged)) == 10


def test_listings_follow_a_stable_order_that_is_not_time(clients: Clients) -> None:
    """The order is the same each time, and by chance alone that of time: sort before use."""
    first, second = (
        [execution.uid for execution in clients.executions.list_executions(parent=JOB)]
        for _ in range(2)
    )
    assert first == second == sorted(first)


def test_a_dash_lists_the_executions_of_all_jobs(clients: Clients) -> None:
    """The parent `jobs/-` stands for every job."""
    everything = list(clients.executions.list_executions(parent=f"{PARENT}/jobs/-"))
    assert len(everything) == 10


@pytest.mark.parametrize("wrong", [{"page_size": -1}, {"page_token": "*"}, {"page_token": "_w=="}])
def test_wrong_paging_is_an_invalid_argument(clients: Clients, wrong: dict[str, object]) -> None:
    """A negative page size or a made-up token answers INVALID_ARGUMENT."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.executions.list_executions(run_v2.ListExecutionsRequest(parent=JOB, **wrong))


@pytest.mark.parametrize(
    "name", [f"{JOB}/executions/nobody", f"{PARENT}/jobs/nobody/executions/nobody"]
)
def test_an_unknown_execution_is_not_found(clients: Clients, name: str) -> None:
    """An execution that is not there answers NOT_FOUND, to be read or cancelled."""
    for call in (clients.executions.get_execution, clients.executions.cancel_execution):
        with pytest.raises(exceptions.NotFound, match="of kind 'EXECUTION'"):
            call(name=name)


def test_two_executions_run_at_the_same_time(project: Project, clients: Clients) -> None:
    """Nothing keeps a rival from running beside ours, and its creator is told."""
    project.scripts.hold(Stage.DOWNLOADING_EMBEDDING)
    ours = short(clients.jobs.run_job(name=JOB).metadata.name)
    rival = disasters.start_rival_execution(project)
    for execution in (ours, rival):
        assert project.scripts.wait_until(execution, Stage.DOWNLOADING_EMBEDDING, TIMEOUT_SECONDS)
    creators = {
        short_name(execution): execution.creator
        for execution in clients.executions.list_executions(parent=JOB)
        if execution.running_count
    }
    assert creators == {
        ours: "cachebot@sandbox-project.iam.gserviceaccount.com",
        rival: "ci-deployer@sandbox-project.iam.gserviceaccount.com",
    }
    project.scripts.release()
    for execution in (ours, rival):
        await_finished(project, execution)


def short(name: str) -> str:
    """Return the last segment of a full name."""
    return name.rpartition("/")[2]
