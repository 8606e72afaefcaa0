"""The pretend Cloud Run's gRPC face: all of its services on one port."""

from sandbox.cloud import (
    operations_api,
    run_executions,
    run_jobs,
    run_revisions,
    run_rights,
    run_services,
)
from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Methods
from sandbox.cloud.operations_api import Operations
from sandbox.cloud.rollouts import Rollouts
from sandbox.cloud.run_state import RunState


def methods(state: RunState, executions: Executions, rollouts: Rollouts) -> Methods:
    """Return every method of run.googleapis.com that the sandbox answers."""
    operations = Operations(state.place, state.ids)
    there = {"services": state.services.get, "jobs": state.job}
    answered: Methods = {
        **run_services.methods(state, rollouts, operations),
        **run_revisions.methods(state),
        **run_jobs.methods(state, executions, operations),
        **run_executions.methods(state, executions, operations),
        **operations_api.methods(operations),
        **run_rights.methods(state.place, state.rights, there),
    }
    return run_rights.guarded(answered, state.rights)
