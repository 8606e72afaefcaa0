"""Google Cloud as one `Cloud`, put together from one adapter for each of its services."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Self, assert_never

from core.cache.buckets import Binding, BucketRepair, BucketSpec, DeletedBucket, Grant
from core.cache.objects import BucketSettings, Generation, StoredObject
from core.deployment import Deployment
from core.executions import Execution, ExecutionName, JobChange, SyncJob
from core.google.alerts import Alerts
from core.google.buckets import Buckets
from core.google.connections import Connections
from core.google.deletion import Deletion
from core.google.endpoints import Endpoints
from core.google.logs import Logs
from core.google.metrics import Metrics
from core.google.object_writes import ObjectWrites
from core.google.quota import TokenBucket
from core.google.run import Run
from core.google.scheduler import Scheduler
from core.google.storage import Storage
from core.rights import Resource
from core.services import NightlyTrigger, Service, ServiceChange
from core.signals import AlertPolicy, Incident, LogLine, LogQuery, Startups, StoredBytes


def _utc_now() -> datetime:
    return datetime.now(UTC)


class GoogleCloud:
    """`core.cloud.Cloud` over Google's client libraries. Safe to share between threads.

    Reads are made again on transient errors and answer within ten seconds; what starts or
    stops something is asked once. `now` is where the last weeks' samples end.
    """

    def __init__(
        self,
        connections: Connections,
        deployment: Deployment,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._connections = connections
        self._now = now
        self._storage = Storage(connections.storage, deployment.bucket)
        self._writes = ObjectWrites(connections.storage, deployment.bucket)
        self._deletion = Deletion(connections.storage, deployment.bucket)
        self._buckets = Buckets(connections.storage, deployment.bucket)
        self._run = Run(connections.jobs, connections.executions, connections.services, deployment)
        self._scheduler = Scheduler(connections.scheduler, deployment)
        self._logs = Logs(connections.logs, deployment, TokenBucket())
        self._metrics = Metrics(connections.log_metrics, connections.metrics, deployment)
        self._alerts = Alerts(
            connections.policies, connections.alerts, connections.alerts_url, deployment
        )

    @classmethod
    def connect(cls, deployment: Deployment, endpoints: Endpoints) -> Self:
        """Open the connections that the adapters use; `close` ends them.

        The real Google Cloud is `Endpoints()`.

        Raises:
            PermissionDenied: there are no credentials for the real Google Cloud.
        """
        return cls(Connections.open(deployment.project, endpoints), deployment)

    def close(self) -> None:
        """End the connections and their threads."""
        self._storage.close()
        self._connections.close()

    def bucket(self) -> BucketSettings:
        """Read the bucket's settings. Raises NotFound where there is no bucket."""
        return self._storage.bucket()

    def held_permissions(self, resource: Resource, wanted: Sequence[str]) -> Sequence[str]:
        """Return those of the permissions that the bot's account has on a resource."""
        match resource:
            case Resource.BUCKET:
                return self._storage.held_permissions(wanted)
            case Resource.SERVICE:
                return self._run.held_on_service(wanted)
            case Resource.JOB:
                return self._run.held_on_job(wanted)
            case _:
                assert_never(resource)

    def objects(self) -> Sequence[StoredObject]:
        """List every version of every object, live and noncurrent."""
        return self._storage.objects()

    def soft_deleted(self) -> Sequence[StoredObject]:
        """List the soft-deleted versions."""
        return self._storage.soft_deleted()

    def soft_deleted_buckets(self) -> Sequence[DeletedBucket]:
        """List the soft-deleted buckets of the cache's name, the last deleted first."""
        return self._buckets.soft_deleted_buckets()

    def bindings(self) -> Sequence[Binding]:
        """Read who has which role on the bucket itself."""
        return self._buckets.bindings()

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Download a small object (at most 1 MiB) with the version that was read."""
        return self._storage.read(name, generation)

    def job(self) -> SyncJob:
        """Read the sync job. Raises NotFound where there is none."""
        return self._run.job()

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """List executions of the sync job, newest first."""
        return self._run.executions(limit)

    def execution(self, name: ExecutionName) -> Execution:
        """Read one execution."""
        return self._run.execution(name)

    def service(self) -> Service:
        """Read the service. Raises NotFound where there is none."""
        return self._run.service()

    def nightly(self) -> NightlyTrigger:
        """Read the nightly trigger. Raises NotFound where there is none."""
        return self._scheduler.nightly()

    def startups(self, since: datetime, until: datetime) -> Startups:
        """Read the startups in [since, until) from the logs, in one request where possible."""
        return self._logs.startups(since, until)

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Read log lines, newest first."""
        return self._logs.log_lines(query)

    def missing_metrics(self) -> Sequence[str]:
        """Return the names of the log-based metrics that should exist and do not."""
        return self._metrics.missing_metrics()

    def stored_bytes(self) -> Sequence[StoredBytes]:
        """Return the daily samples of the bucket's bytes of the last weeks, oldest first."""
        return self._metrics.stored_bytes(self._now())

    def alert_policies(self) -> Sequence[AlertPolicy]:
        """List the alert policies that watch this cache."""
        return self._alerts.alert_policies()

    def open_incidents(self) -> Sequence[Incident]:
        """List the open incidents of those policies, newest first."""
        return self._alerts.open_incidents()

    def closed_incidents(self, since: datetime) -> Sequence[Incident]:
        """List those of their incidents that closed since then, the last one first."""
        return self._alerts.closed_incidents(since)

    def incident(self, identity: str) -> Incident:
        """Read one incident of any policy."""
        return self._alerts.incident(identity)

    def run_job(self) -> ExecutionName:
        """Start one execution of the sync job, once. Raises Unavailable on no clear answer."""
        return self._run.run_job()

    def change_service(self, change: ServiceChange) -> None:
        """Set variables of the service and nothing else, in one request."""
        self._run.change_service(change)

    def change_job(self, change: JobChange) -> None:
        """Set variables of the sync job and nothing else, in one request; starts nothing."""
        self._run.change_job(change)

    def restore_object(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a noncurrent version live again, where `onto` is live now."""
        self._writes.restore_object(source, onto)

    def write_object(self, name: str, content: bytes, onto: Generation | None) -> None:
        """Write a small object in place of `onto`."""
        self._writes.write_object(name, content, onto)

    def retire_object(self, name: str, generation: Generation) -> None:
        """Delete the live object if it is that version."""
        self._writes.retire_object(name, generation)

    def restore_deleted(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a soft-deleted version live again, where `onto` is live now."""
        self._writes.restore_deleted(source, onto)

    def restore_bucket(self, generation: Generation) -> None:
        """Make a soft-deleted bucket live again."""
        self._buckets.restore_bucket(generation)

    def create_bucket(self, spec: BucketSpec) -> None:
        """Create an empty bucket, with uniform access."""
        self._buckets.create_bucket(spec)

    def repair_bucket(self, repair: BucketRepair) -> None:
        """Switch versioning on and mend the lifecycle rules, in one request."""
        self._buckets.repair_bucket(repair)

    def grant(self, grant: Grant) -> None:
        """Give a member a role on the bucket; every other binding stays as it is."""
        self._buckets.grant(grant)

    def pause_nightly(self) -> None:
        """Pause the nightly trigger; a paused one stays as it is."""
        self._scheduler.pause()

    def resume_nightly(self) -> None:
        """Resume the nightly trigger; an enabled one stays as it is."""
        self._scheduler.resume()

    def cancel_execution(self, name: ExecutionName) -> None:
        """Ask a running execution to stop; one that has finished stays as it is."""
        self._run.cancel_execution(name)

    def delete_generation(self, name: str, generation: Generation, *, live: bool) -> None:
        """Delete one version of an object for good; one that is gone already stays gone."""
        self._deletion.delete_generation(name, generation, live=live)
