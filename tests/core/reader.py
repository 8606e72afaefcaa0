"""A reader that answers from its own fields, for tests of what is concluded from answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from core.cache.buckets import Binding, DeletedBucket
from core.cache.objects import BucketSettings, Generation, StoredObject
from core.cloud import Reader
from core.errors import NotFound
from core.executions import Execution, ExecutionName, SyncJob
from core.rights import Resource
from core.services import NightlyTrigger, Service
from core.signals import AlertPolicy, Incident, LogLine, LogQuery, Startup, Startups, StoredBytes

T = TypeVar("T")
LONGEST = timedelta(seconds=60)


@dataclass(frozen=True)
class MemoryReader:
    """What the cloud would say.

    `errors` are raised, `gates` are waited for before answering, both by question as noted in
    `asked`: the method's name, for `read` with the object's name. None means NotFound.
    """

    settings: BucketSettings | None = None
    stored: Sequence[StoredObject] = ()
    contents: Mapping[tuple[str, int], bytes] = field(default_factory=dict)
    dropped: Sequence[StoredObject] = ()
    buckets_lost: Sequence[DeletedBucket] = ()
    access: Sequence[Binding] = ()
    permissions_missing: Sequence[str] = ()
    sync_job: SyncJob | None = None
    runs: Sequence[Execution] = ()
    tabular: Service | None = None
    trigger: NightlyTrigger | None = None
    starts: Sequence[Startup] = ()
    starts_complete: bool = True
    lines: Sequence[LogLine] = ()
    metrics_missing: Sequence[str] = ()
    samples: Sequence[StoredBytes] = ()
    policies: Sequence[AlertPolicy] = ()
    incidents: Sequence[Incident] = ()
    errors: Mapping[str, Exception] = field(default_factory=dict)
    gates: Mapping[str, Event] = field(default_factory=dict)
    asked: SimpleQueue[str] = field(default_factory=SimpleQueue)

    def bucket(self) -> BucketSettings:
        """Answer `settings`."""
        self._ask("bucket")
        return _found(self.settings)

    def held_permissions(self, resource: Resource, wanted: Sequence[str]) -> Sequence[str]:
        """Answer those that are not in `permissions_missing`; what is not there is not found."""
        self._ask("held_permissions")
        there = {
            Resource.BUCKET: self.settings,
            Resource.SERVICE: self.tabular,
            Resource.JOB: self.sync_job,
        }
        _found(there[resource])
        return tuple(one for one in wanted if one not in self.permissions_missing)

    def objects(self) -> Sequence[StoredObject]:
        """Answer `stored`; no settings mean no bucket."""
        self._ask("objects")
        _found(self.settings)
        return self.stored

    def soft_deleted(self) -> Sequence[StoredObject]:
        """Answer `dropped`."""
        self._ask("soft_deleted")
        return self.dropped

    def soft_deleted_buckets(self) -> Sequence[DeletedBucket]:
        """Answer `buckets_lost`."""
        self._ask("soft_deleted_buckets")
        return self.buckets_lost

    def bindings(self) -> Sequence[Binding]:
        """Answer `access`; no settings mean no bucket."""
        self._ask("bindings")
        _found(self.settings)
        return self.access

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Answer from `stored` and `contents`."""
        self._ask(f"read {name}")
        _found(self.settings)
        wanted = (
            one
            for one in self.stored
            if one.name == name
            and (one.live if generation is None else one.generation == generation)
        )
        stored = _found(next(wanted, None))
        return self.contents[name, stored.generation], stored

    def job(self) -> SyncJob:
        """Answer `sync_job`."""
        self._ask("job")
        return _found(self.sync_job)

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """Answer the first of `runs`; no job means NotFound."""
        self._ask("executions")
        _found(self.sync_job)
        return self.runs[:limit]

    def execution(self, name: ExecutionName) -> Execution:
        """Answer that one of `runs`."""
        self._ask(f"execution {name}")
        return _found(next((one for one in self.runs if one.name == name), None))

    def service(self) -> Service:
        """Answer `tabular`."""
        self._ask("service")
        return _found(self.tabular)

    def nightly(self) -> NightlyTrigger:
        """Answer `trigger`."""
        self._ask("nightly")
        return _found(self.trigger)

    def startups(self, since: datetime, until: datetime) -> Startups:
        """Answer those of `starts` in the window."""
        self._ask("startups")
        rows = tuple(row for row in self.starts if since <= row.at < until)
        return Startups(since, until, rows, self.starts_complete)

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Answer the first of `lines` that fit; which source and execution they are of is left."""
        self._ask("log_lines")
        word = query.containing.lower()
        fit = [one for one in self.lines if one.at >= query.since and word in one.text.lower()]
        return fit[: query.limit]

    def missing_metrics(self) -> Sequence[str]:
        """Answer `metrics_missing`."""
        self._ask("missing_metrics")
        return self.metrics_missing

    def stored_bytes(self) -> Sequence[StoredBytes]:
        """Answer `samples`."""
        self._ask("stored_bytes")
        return self.samples

    def alert_policies(self) -> Sequence[AlertPolicy]:
        """Answer `policies`."""
        self._ask("alert_policies")
        return self.policies

    def open_incidents(self) -> Sequence[Incident]:
        """Answer `incidents`."""
        self._ask("open_incidents")
        return [one for one in self.incidents if one.closed_at is None]

    def closed_incidents(self, since: datetime) -> Sequence[Incident]:
        """Answer those of `incidents` that closed since then."""
        self._ask("closed_incidents")
        return [one for one in self.incidents if one.closed_at and one.closed_at >= since]

    def incident(self, identity: str) -> Incident:
        """Answer that one of `incidents`."""
        self._ask(f"incident {identity}")
        return _found(next((one for one in self.incidents if one.id == identity), None))

    def questions(self) -> list[str]:
        """Take the questions asked so far, in their order."""
        return [self.asked.get() for _ in range(self.asked.qsize())]

    def _ask(self, question: str) -> None:
        self.asked.put(question)
        gate = self.gates.get(question)
        if gate is not None and not gate.wait(LONGEST.total_seconds()):
            raise TimeoutError(f"nobody opened the gate of {question!r}")
        if question in self.errors:
            raise self.errors[question]


def as_reader(reader: MemoryReader) -> Reader:
    """Return it as what it stands for; the type checker compares the two here."""
    return reader


def _found(answer: T | None) -> T:
    if answer is None:
        raise NotFound("It is not there.", "Look for it elsewhere.")
    return answer
