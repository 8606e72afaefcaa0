"""The cloud as planning and running see it: a `Reader` that only looks, a `Cloud` that acts.

Planning is handed a `Reader`, so the type checker proves that a plan changes nothing.
Every method raises `core.errors.CloudError` or one of its kinds, and each call has its own
timeout: none blocks for ever.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.cache.buckets import Binding, BucketRepair, BucketSpec, DeletedBucket, Grant
from core.cache.objects import BucketSettings, Generation, StoredObject
from core.executions import Execution, ExecutionName, JobChange, SyncJob
from core.rights import Resource
from core.services import NightlyTrigger, Service, ServiceChange
from core.signals import AlertPolicy, Incident, LogLine, LogQuery, Startups, StoredBytes


class Reader(Protocol):
    """Everything that can be asked of the cache without changing it."""

    def bucket(self) -> BucketSettings:
        """Read the bucket's settings. Raises NotFound where there is no bucket."""
        ...

    def held_permissions(self, resource: Resource, wanted: Sequence[str]) -> Sequence[str]:
        """Return those of the IAM permissions that the bot's account has on a resource.

        Raises NotFound where the resource is not there.
        """
        ...

    def objects(self) -> Sequence[StoredObject]:
        """List every version of every object, live and noncurrent."""
        ...

    def soft_deleted(self) -> Sequence[StoredObject]:
        """List the soft-deleted versions."""
        ...

    def soft_deleted_buckets(self) -> Sequence[DeletedBucket]:
        """List the soft-deleted buckets of the cache's name, the last deleted first."""
        ...

    def bindings(self) -> Sequence[Binding]:
        """Read who has which role on the bucket itself. Raises NotFound where there is none."""
        ...

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Download a small object (at most 1 MiB) with the version that was read."""
        ...

    def job(self) -> SyncJob:
        """Read the sync job. Raises NotFound where there is none."""
        ...

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """List executions of the sync job, newest first."""
        ...

    def execution(self, name: ExecutionName) -> Execution:
        """Read one execution."""
        ...

    def service(self) -> Service:
        """Read the service. Raises NotFound where there is none."""
        ...

    def nightly(self) -> NightlyTrigger:
        """Read the nightly trigger. Raises NotFound where there is none."""
        ...

    def startups(self, since: datetime, until: datetime) -> Startups:
        """Read the startups in [since, until) from the logs, in one request where possible."""
        ...

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Read log lines, newest first."""
        ...

    def missing_metrics(self) -> Sequence[str]:
        """Return the names of the log-based metrics that should exist and do not."""
        ...

    def stored_bytes(self) -> Sequence[StoredBytes]:
        """Return the daily samples of the bucket's bytes of the last weeks, oldest first."""
        ...

    def alert_policies(self) -> Sequence[AlertPolicy]:
        """List the alert policies that watch this cache."""
        ...

    def open_incidents(self) -> Sequence[Incident]:
        """List the open incidents of those policies, newest first."""
        ...

    def closed_incidents(self, since: datetime) -> Sequence[Incident]:
        """List those of their incidents that closed since then, the last one first."""
        ...

    def incident(self, identity: str) -> Incident:
        """Read one incident of any policy. Raises NotFound where there is none."""
        ...


class Cloud(Reader, Protocol):
    """A reader that can also act. No method retries a call that is not idempotent."""

    def run_job(self) -> ExecutionName:
        """Start one execution of the sync job, once.

        Raises:
            Unavailable: no clear answer; an execution may have been started.
        """
        ...

    def change_service(self, change: ServiceChange) -> None:
        """Set variables of the service and nothing else, in one request.

        Raises:
            Conflict: a variable is not what it was, or somebody else changed the service at
                the same moment; nothing was applied.
            Rejected: a variable takes its value from a secret; nothing was applied.
            Unavailable: no clear answer; look for the stamp.
        """
        ...

    def change_job(self, change: JobChange) -> None:
        """Set variables of the sync job and nothing else, in one request; starts nothing.

        Raises:
            Conflict: a variable is not what it was, or somebody else changed the job at the
                same moment; nothing was applied.
            Rejected: a variable takes its value from a secret; nothing was applied.
            Unavailable: no clear answer; look for the stamp.
        """
        ...

    def restore_object(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a noncurrent version live again, where `onto` is what is live now (None: none).

        Raises:
            Conflict: something else is live by now; nothing was applied.
            NotFound: that version is gone.
            Unavailable: no clear answer; look at what is live.
        """
        ...

    def write_object(self, name: str, content: bytes, onto: Generation | None) -> None:
        """Write a small object in place of `onto`; raises what `restore_object` does."""
        ...

    def retire_object(self, name: str, generation: Generation) -> None:
        """Delete the live object if it is that version; a versioned bucket keeps it noncurrent.

        Raises:
            Conflict: something else is live by now; nothing was applied.
            NotFound: nothing of that name is live.
        """
        ...

    def restore_deleted(self, source: StoredObject, onto: Generation | None) -> None:
        """Make a soft-deleted version live again; raises what `restore_object` does."""
        ...

    def restore_bucket(self, generation: Generation) -> None:
        """Make a soft-deleted bucket live again; its objects stay soft-deleted.

        Raises:
            Conflict: a live bucket has the name.
            NotFound: it is not soft-deleted, or no longer.
            Unavailable: no clear answer; look at what is there.
        """
        ...

    def create_bucket(self, spec: BucketSpec) -> None:
        """Create an empty bucket, with uniform access.

        Raises:
            Conflict: the name is taken.
            Unavailable: no clear answer; look at what is there.
        """
        ...

    def repair_bucket(self, repair: BucketRepair) -> None:
        """Switch versioning on and mend the lifecycle rules, in one request.

        Raises:
            Conflict: the settings or the access were changed since; nothing was applied.
        """
        ...

    def grant(self, grant: Grant) -> None:
        """Give a member a role on the bucket; every other binding stays as it is.

        Raises:
            Conflict: the access was changed at the same moment; nothing was applied.
        """
        ...

    def pause_nightly(self) -> None:
        """Pause the nightly trigger; a paused one stays as it is."""
        ...

    def resume_nightly(self) -> None:
        """Resume the nightly trigger; an enabled one stays as it is."""
        ...

    def cancel_execution(self, name: ExecutionName) -> None:
        """Ask a running execution to stop; one that has finished stays as it is."""
        ...

    def delete_generation(self, name: str, generation: Generation, *, live: bool) -> None:
        """Delete one version of an object for good; one that is gone already stays gone.

        Soft delete, where it is on, still keeps it for its time. `live` is what it was when
        that was decided.

        Raises:
            Conflict: it was to be the live version and is not; nothing was deleted.
            Unavailable: no clear answer; asking again does no harm.
        """
        ...
