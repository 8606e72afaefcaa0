"""The pretend Cloud Run's gRPC face: services, jobs, executions and operations together."""

from sandbox.cloud import operations_api, run_executions, run_jobs, run_services
from sandbox.cloud.executions import Executions
from sandbox.cloud.grpc_server import Methods
from sandbox.cloud.operations_api import Operations
from sandbox.cloud.run_state import RunState


def methods(state: RunState, executions: Executions) -> Methods:
    """Return every method of run.googleapis.com that the sandbox answers."""
    operations = Operations(state.place, state.ids)
    return {
        **run_services.methods(state),
        **run_jobs.methods(state, executions, operations),
        **run_executions.methods(state, executions, operations),
        **operations_api.methods(operations),
    }
