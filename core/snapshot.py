"""A snapshot: a reader that asks each question at most once, for one report."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TypeVar, cast

from core.cache.buckets import Binding, DeletedBucket
from core.cache.objects import BucketSettings, Generation, StoredObject
from core.cloud import Reader
from core.executions import Execution, ExecutionName, SyncJob
from core.rights import Resource
from core.services import NightlyTrigger, Service
from core.signals import AlertPolicy, Incident, LogLine, LogQuery, Startups, StoredBytes

T = TypeVar("T")


class Snapshot:
    """Shares each answer, or each error, among the threads that ask the same question.

    The first to ask reads, the others wait for it. Make one for each report and drop it
    afterwards: what it knows does not age.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = Lock()
        self._answers: dict[str, Future[object]] = {}
        self._timings: dict[str, timedelta] = {}

    def timings(self) -> dict[str, timedelta]:
        """Return how long each question that has been answered took, by question."""
        with self._lock:
            return dict(self._timings)

    def bucket(self) -> BucketSettings:
        """Read the bucket's settings once."""
        return self._once("bucket", self._reader.bucket)

    def held_permissions(self, resource: Resource, wanted: Sequence[str]) -> Sequence[str]:
        """Read the permissions on each resource once."""
        return self._once(
            f"permissions on the {resource}: {' '.join(wanted)}",
            lambda: self._reader.held_permissions(resource, wanted),
        )

    def objects(self) -> Sequence[StoredObject]:
        """List every version of every object once."""
        return self._once("objects", self._reader.objects)

    def soft_deleted(self) -> Sequence[StoredObject]:
        """List the soft-deleted versions once."""
        return self._once("soft-deleted objects", self._reader.soft_deleted)

    def soft_deleted_buckets(self) -> Sequence[DeletedBucket]:
        """List the soft-deleted buckets once."""
        return self._once("soft-deleted buckets", self._reader.soft_deleted_buckets)

    def bindings(self) -> Sequence[Binding]:
        """Read the bindings once."""
        return self._once("bindings", self._reader.bindings)

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Download each object and generation once."""
        question = f"read {name}" if generation is None else f"read {name}#{generation}"
        return self._once(question, lambda: self._reader.read(name, generation))

    def job(self) -> SyncJob:
        """Read the sync job once."""
        return self._once("job", self._reader.job)

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """List executions once for each limit."""
        return self._once(f"{limit} executions", lambda: self._reader.executions(limit))

    def execution(self, name: ExecutionName) -> Execution:
        """Read each execution once."""
        return self._once(f"execution {name}", lambda: self._reader.execution(name))

    def service(self) -> Service:
        """Read the service once."""
        return self._once("service", self._reader.service)

    def nightly(self) -> NightlyTrigger:
        """Read the nightly trigger once."""
        return self._once("nightly trigger", self._reader.nightly)

    def startups(self, since: datetime, until: datetime) -> Startups:
        """Read the startups of each window once."""
        question = f"startups from {since.isoformat()} to {until.isoformat()}"
        return self._once(question, lambda: self._reader.startups(since, until))

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Read the lines of each query once."""
        return self._once(f"log lines {query!r}", lambda: self._reader.log_lines(query))

    def missing_metrics(self) -> Sequence[str]:
        """Read the missing metrics once."""
        return self._once("missing metrics", self._reader.missing_metrics)

    def stored_bytes(self) -> Sequence[StoredBytes]:
        """Read the daily samples once."""
        return self._once("stored bytes", self._reader.stored_bytes)

    def alert_policies(self) -> Sequence[AlertPolicy]:
        """List the alert policies once."""
        return self._once("alert policies", self._reader.alert_policies)

    def open_incidents(self) -> Sequence[Incident]:
        """List the open incidents once."""
        return self._once("open incidents", self._reader.open_incidents)

    def closed_incidents(self, since: datetime) -> Sequence[Incident]:
        """List the closed incidents once for each beginning."""
        question = f"incidents closed since {since.isoformat()}"
        return self._once(question, lambda: self._reader.closed_incidents(since))

    def incident(self, identity: str) -> Incident:
        """Read each incident once."""
        return self._once(f"incident {identity}", lambda: self._reader.incident(identity))

    def _once(self, question: str, read: Callable[[], T]) -> T:
        with self._lock:
            answer = self._answers.get(question)
            first = answer is None
            if answer is None:
                answer = self._answers[question] = Future()
        if first:
            self._settle(question, answer, read)
        return cast("T", answer.result())

    def _settle(self, question: str, answer: Future[object], read: Callable[[], T]) -> None:
        begun = monotonic()
        value: T | None = None
        error: BaseException | None = None
        try:
            value = read()
        except BaseException as exc:  # noqa: BLE001 - raised again in each thread that asks
            error = exc
        with self._lock:
            self._timings[question] = timedelta(seconds=monotonic() - begun)
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)
