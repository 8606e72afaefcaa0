"""What exists in the pretend Cloud Run: services, revisions, jobs and executions.

All are Google's own messages, kept whole: fields that this version of the library does not know
stay in them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud import run_v2

from sandbox.clock import Clock
from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place
from sandbox.cloud.run_rights import RunRights
from sandbox.cloud.status import StatusError

# A run_v2.Service, Revision, Job or Execution; the library publishes no types for them.
Resource = Any


@dataclass(frozen=True, slots=True)
class Shelf:
    """Resources of one kind by their short name; only copies leave it.

    All shelves of a state share one condition, which is notified of every change.
    """

    collection: str
    place: Place
    clock: Clock
    ids: Ids
    changed: threading.Condition
    _resources: dict[str, Resource] = field(default_factory=dict)

    def get(self, short: str) -> Resource:
        """Return a copy; raise NOT_FOUND in Cloud Run's words."""
        with self.changed:
            return copy(self._find(short))

    def has(self, short: str) -> bool:
        """Tell whether there is one of that name."""
        with self.changed:
            return short in self._resources

    def all(self) -> list[Resource]:
        """Return copies of all, in the order in which they were put."""
        with self.changed:
            return [copy(resource) for resource in self._resources.values()]

    def put(self, resource: Resource) -> Resource:
        """Add or replace a resource under the last segment of its name."""
        with self.changed:
            stored = copy(resource)
            self._stamp(stored)
            self._resources[short_name(stored)] = stored
            self.changed.notify_all()
            return copy(stored)

    def change(self, short: str, edit: Callable[[Resource], None]) -> Resource:
        """Apply `edit` in place, atomically, with a new etag and update time."""
        with self.changed:
            resource = self._find(short)
            edit(resource)
            self._stamp(resource)
            self.changed.notify_all()
            return copy(resource)

    def turn(self, short: str, edit: Callable[[Resource], None]) -> Resource:
        """Apply `edit` to what the system itself reports, atomically: the etag stays.

        The etag of a service says when its owner last wrote it, update_time does too; the
        conditions that turn afterwards leave both alone.
        """
        with self.changed:
            resource = self._find(short)
            edit(resource)
            self.changed.notify_all()
            return copy(resource)

    def remove(self, short: str) -> None:
        """Delete a resource; raise NOT_FOUND."""
        with self.changed:
            self._find(short)
            del self._resources[short]
            self.changed.notify_all()

    def _find(self, short: str) -> Resource:
        if short not in self._resources:
            raise self.place.not_found(short, self.collection)
        return self._resources[short]

    def _stamp(self, resource: Resource) -> None:
        resource.etag = self.ids.etag()
        resource.update_time = self.clock.now()


class RunState:
    """The services, their revisions, jobs and executions of one region of the project."""

    def __init__(self, place: Place, clock: Clock, ids: Ids) -> None:
        self.place = place
        self.clock = clock
        self.ids = ids
        self.rights = RunRights()
        self._changed = threading.Condition(threading.RLock())
        self.services = self._shelf("services")
        self.revisions = self._shelf("revisions")
        self.jobs = self._shelf("jobs")
        self.executions = self._shelf("executions")

    def job(self, short: str) -> Resource:
        """Return a job with its execution count and newest execution as they are now."""
        with self._changed:
            job = self.jobs.get(short)
            executions = self.executions_of(short)
        job.execution_count = len(executions)
        if executions:
            newest = max(executions, key=lambda execution: execution.create_time)
            job.latest_created_execution = _reference(newest)
        return job

    def revisions_of(self, service: str) -> list[Resource]:
        """Return the revisions of one service, or of all where it is "-", oldest first."""
        found = [r for r in self.revisions.all() if service in {"-", r.service}]
        return sorted(found, key=lambda revision: (revision.create_time, revision.name))

    def executions_of(self, job: str) -> list[Resource]:
        """Return the executions of one job, or of all where `job` is "-"."""
        return [e for e in self.executions.all() if job in {"-", e.job}]

    def wait_for(self, condition: Callable[[], bool], timeout_seconds: float) -> bool:
        """Wait until a change makes `condition` true; return False where time runs out first."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_seconds)

    def _shelf(self, collection: str) -> Shelf:
        return Shelf(collection, self.place, self.clock, self.ids, self._changed)


def refuse_creating(shelf: Shelf, short: str, *, allow_missing: bool) -> None:
    """Refuse an update that would create what is not there; the sandbox only changes."""
    if allow_missing and not shelf.has(short):
        raise StatusError(
            grpc.StatusCode.UNIMPLEMENTED, f"The sandbox creates no {shelf.collection}."
        )


def short_name(resource: Resource) -> str:
    """Return the last segment of a resource's name."""
    return str(resource.name).rpartition("/")[2]


def is_finished(execution: Resource) -> bool:
    """Tell whether nothing more will happen to an execution."""
    return execution.completion_time is not None


def copy(resource: Resource) -> Resource:
    """Return a deep copy, unknown fields included."""
    return type(resource)(resource)


def check_etag(etag: str, resource: Resource) -> None:
    """Refuse a change that was decided on another version of the resource; empty passes."""
    if etag and etag != resource.etag:
        raise StatusError(
            grpc.StatusCode.ABORTED,
            f"Conflict for resource '{short_name(resource)}': version '{etag}' was specified "
            f"but current version is '{resource.etag}'.",
        )


def _reference(execution: Resource) -> Resource:
    return run_v2.ExecutionReference(
        name=short_name(execution),
        create_time=execution.create_time,
        completion_time=execution.completion_time,
        completion_status=_completion_status(execution),
    )


def _completion_status(execution: Resource) -> Resource:
    statuses = run_v2.ExecutionReference.CompletionStatus
    if not is_finished(execution):
        started = execution.start_time is not None
        return statuses.EXECUTION_RUNNING if started else statuses.EXECUTION_PENDING
    if execution.cancelled_count:
        return statuses.EXECUTION_CANCELLED
    if execution.failed_count:
        return statuses.EXECUTION_FAILED
    return statuses.EXECUTION_SUCCEEDED
