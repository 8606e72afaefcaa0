"""google.longrunning.Operations: long-running operations, answered from the state they follow."""

import threading
from collections.abc import Callable
from typing import Any

import grpc
from google.longrunning import operations_pb2
from google.rpc import code_pb2

from sandbox.cloud import execution_life, revision_life
from sandbox.cloud.conditions import FAILED
from sandbox.cloud.desired_state import raw
from sandbox.cloud.grpc_server import Method, Methods
from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place
from sandbox.cloud.rollouts import Rollout
from sandbox.cloud.run_state import Resource, RunState, is_finished, short_name
from sandbox.cloud.status import StatusError

# A raw google.longrunning.Operation message; the library publishes no types for it.
Operation = Any


class Operations:
    """Operations by name; each looks anew at what it follows whenever it is asked."""

    def __init__(self, place: Place, ids: Ids) -> None:
        self._place = place
        self._ids = ids
        self._lock = threading.Lock()
        self._looks: dict[str, Callable[[], Operation]] = {}

    def open(self, look: Callable[[], Operation]) -> Operation:
        """Begin an operation whose progress `look` tells, and return it as it is now."""
        name = self._place.name("operations", self._ids.uid())
        with self._lock:
            self._looks[name] = look
        return self.get(name)

    def get(self, name: str) -> Operation:
        """Return an operation as it is now; raise NOT_FOUND."""
        with self._lock:
            look = self._looks.get(name)
        if look is None:
            raise StatusError(grpc.StatusCode.NOT_FOUND, f"Operation '{name}' does not exist.")
        operation = look()
        operation.name = name
        return operation


def follow_execution(state: RunState, short: str) -> Callable[[], Operation]:
    """Return the look of an operation that is done when an execution is.

    A failed execution is an error; a cancelled one is none: its operation ends normally with
    cancelled_count above zero (github.com/apache/airflow/issues/57791).
    """

    def look() -> Operation:
        execution = state.executions.get(short)
        operation = operations_pb2.Operation(done=is_finished(execution))
        operation.metadata.Pack(raw(execution))
        if operation.done and execution.failed_count:
            operation.error.code = code_pb2.UNKNOWN
            operation.error.message = execution_life.failure_message(execution)
        elif operation.done:
            operation.response.Pack(raw(execution))
        return operation

    return look


def follow_rollout(state: RunState, rollout: Rollout) -> Callable[[], Operation]:
    """Return the look of an operation that is done when the service has come to rest.

    Where a later update has taken over, it is done with its own revision. A revision that does
    not become ready is an error, of code FAILED_PRECONDITION
    (github.com/transparency-dev/tesseract/issues/413).
    """

    def look() -> Operation:
        with state.services.changed:
            service = state.services.get(short_name(rollout.service))
            own = [state.revisions.get(rollout.revision)] if rollout.revision else []
        superseded = any(one.name != service.latest_created_revision for one in own)
        ended = superseded and not any(one.reconciling for one in own)
        operation = operations_pb2.Operation(done=ended or not service.reconciling)
        operation.metadata.Pack(raw(service))
        terminal = service.terminal_condition
        if own:
            message = "".join(revision_life.failure_message(one) for one in own)
        else:
            message = terminal.message if terminal.state == FAILED else ""
        if operation.done and message:
            operation.error.code = code_pb2.FAILED_PRECONDITION
            operation.error.message = message
        elif operation.done:
            operation.response.Pack(raw(service))
        return operation

    return look


def finished(resource: Resource) -> Operation:
    """Return an operation that is done already, with the resource as it has become."""
    operation = operations_pb2.Operation(done=True)
    operation.metadata.Pack(raw(resource))
    operation.response.Pack(raw(resource))
    return operation


def methods(operations: Operations) -> Methods:
    """Return the gRPC methods of google.longrunning.Operations."""
    return {"/google.longrunning.Operations/GetOperation": _get(operations)}


def _get(operations: Operations) -> Method:
    def get(request: bytes, _: grpc.ServicerContext) -> bytes:
        name = operations_pb2.GetOperationRequest.FromString(request).name
        return bytes(operations.get(name).SerializeToString())

    return get
