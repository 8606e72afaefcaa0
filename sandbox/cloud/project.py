"""The pretend project: everything in it, and the default deployment laid out in it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sandbox.clock import Clock
from sandbox.cloud import history
from sandbox.cloud.bucket import Bucket
from sandbox.cloud.bucket_bytes import LIVE, NONCURRENT, SOFT_DELETED, BucketBytes
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.channels import Channels
from sandbox.cloud.default_policies import Watched, default_policies
from sandbox.cloud.deployment import (
    JOB,
    SERVICE,
    bucket_name,
    build_job,
    build_revisions,
    build_service,
    cache_policy,
)
from sandbox.cloud.executions import Executions
from sandbox.cloud.ids import Ids
from sandbox.cloud.logging_api import Reading
from sandbox.cloud.logs import Logs
from sandbox.cloud.metrics import Metrics
from sandbox.cloud.model_registry import ModelRegistry
from sandbox.cloud.nightly import Nightly
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Policies
from sandbox.cloud.rollouts import Rollouts
from sandbox.cloud.run_state import RunState
from sandbox.cloud.scheduler_api import NIGHTLY, Schedules, nightly_trigger
from sandbox.cloud.sync_job import SyncJob, VersionStamps
from sandbox.cloud.sync_script import Scripts
from sandbox.cloud.tabular_service import TabularService
from sandbox.cloud.versions import NoSuchBucket
from sandbox.faults import Faults

_CAPACITY_BYTES = 10_000_000_000
_SAMPLED_DAYS = 14
_BUCKET_AGE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which optional parts a project has; `history` is syncs, cache and startups.

    Projects with the same `seed` make up the same names, without one each its own.
    """

    scheduler: bool = True
    log_metrics: bool = True
    policies: bool = True
    history: bool = True
    seed: int | None = None


DEFAULT_LAYOUT = Layout()


@dataclass(frozen=True, slots=True)
class Project:
    """All parts of the pretend project; each is thread-safe by itself.

    `scripts` says how the next syncs go, `rollouts.scripts` how the next revisions fare,
    `service.start_instance` starts an instance, `nightly` fires the trigger once switched on,
    `reading` holds the quota of the logs, `bucket_bytes` the daily samples of the bucket,
    `channels` is where incidents are told.
    """

    place: Place
    clock: Clock
    faults: Faults
    buckets: Buckets
    logs: Logs
    metrics: Metrics
    policies: Policies
    channels: Channels
    state: RunState
    executions: Executions
    rollouts: Rollouts
    schedules: Schedules
    nightly: Nightly
    registry: ModelRegistry
    scripts: Scripts
    program: SyncJob
    service: TabularService
    bucket_bytes: BucketBytes
    reading: Reading = field(default_factory=Reading)

    @property
    def bucket_name(self) -> str:
        """The name of the cache's bucket."""
        return bucket_name(self.place)

    @property
    def bucket(self) -> Bucket:
        """The cache's bucket; raises NoSuchBucket."""
        return self.buckets.get(self.bucket_name)


def create_project(clock: Clock | None = None, layout: Layout = DEFAULT_LAYOUT) -> Project:
    """Return a project with the default deployment, complete and healthy but for the layout."""
    clock = clock or Clock()
    place = Place()
    ids = Ids(random.Random(layout.seed))  # noqa: S311 - names, not secrets
    project = _wire(place, clock, ids)
    now = clock.now()
    service = project.state.services.put(build_service(place, ids, now))
    for revision in build_revisions(service, ids, now):
        project.state.revisions.put(revision)
    project.state.jobs.put(build_job(place, ids, now))
    _create_bucket(project)
    if layout.history:
        _lay_history(project)
    if layout.scheduler:
        project.schedules.put(NIGHTLY, nightly_trigger(place, history.last_sync_time(now)))
    if not layout.log_metrics:
        for metric in project.metrics.log_metrics():
            project.metrics.remove(metric.name)
    if not layout.policies:
        project.policies.clear()
    return project


def bytes_by_type(buckets: Buckets, name: str) -> Mapping[str, int]:
    """Return the bytes of a bucket as Monitoring tells them apart; nothing where it is gone."""
    try:
        bucket = buckets.get(name)
    except NoSuchBucket:
        return {}
    kept = bucket.list(versions=True)
    return {
        LIVE: sum(v.size_bytes for v in kept if v.is_live),
        NONCURRENT: sum(v.size_bytes for v in kept if not v.is_live),
        SOFT_DELETED: sum(v.size_bytes for v in bucket.list(soft_deleted=True)),
    }


def _wire(place: Place, clock: Clock, ids: Ids) -> Project:
    """Connect the parts of an empty project."""
    buckets, logs, registry, scripts = Buckets(clock), Logs(clock), ModelRegistry(), Scripts()
    state = RunState(place, clock, ids)
    program = SyncJob(buckets, registry, scripts, VersionStamps(clock))
    name = bucket_name(place)
    metrics = Metrics(clock, place, logs)
    measured = BucketBytes(clock, place, name, lambda: bytes_by_type(buckets, name))
    metrics.watch_bucket(measured)
    executions = Executions(state, logs, program, place.account("cachebot"))
    schedules = Schedules(place, clock)
    service = TabularService(SERVICE, state, buckets, logs, registry)
    watched = Watched(name, SERVICE, JOB, _CAPACITY_BYTES)
    faults = Faults(clock)
    channels = Channels(place, clock, faults)
    policies = Policies(clock, place, default_policies(place, watched))
    policies.watch(channels.notify)
    return Project(
        place=place,
        clock=clock,
        faults=faults,
        buckets=buckets,
        logs=logs,
        metrics=metrics,
        policies=policies,
        channels=channels,
        state=state,
        executions=executions,
        rollouts=Rollouts(state, service, executions.caller),
        schedules=schedules,
        nightly=Nightly(schedules, executions),
        registry=registry,
        scripts=scripts,
        program=program,
        service=service,
        bucket_bytes=measured,
    )


def _create_bucket(project: Project) -> None:
    with project.clock.back_to(project.clock.now() - _BUCKET_AGE):
        bucket = project.buckets.create(project.bucket_name)
        bucket.set_policy(cache_policy(bucket.policy, project.place))


def _lay_history(project: Project) -> None:
    """Live through the last nights and put the startups of two weeks into the logs."""
    now = project.clock.now()
    bucket, settings = project.bucket, project.bucket.settings
    with project.clock.back_to(now - _BUCKET_AGE):
        bucket.change(replace(settings, soft_delete_seconds=0))
    past = history.live_through_syncs(project.executions, project.program, bucket, now)
    with project.clock.back_to(past[-1].ended):
        history.forget_leftovers(bucket)
        bucket.change(settings)
    project.service.log(history.past_startups(project.state.ids, past, now))
    sizes = bytes_by_type(project.buckets, project.bucket_name)
    for day in range(_SAMPLED_DAYS):
        project.bucket_bytes.record(sizes, now - timedelta(hours=3) - timedelta(days=day))
