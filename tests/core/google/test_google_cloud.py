"""Tests of the adapters put together: the protocol, time limits, absent parts, credentials."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.cache.buckets import BucketRepair, BucketSpec, Grant
from core.cache.objects import Generation, StoredObject
from core.cloud import Cloud
from core.errors import (
    CloudError,
    NotFound,
    QuotaExceeded,
    Unavailable,
)
from core.executions import ExecutionName, JobChange
from core.google.google_cloud import GoogleCloud
from core.rights import Resource
from core.services import ServiceChange, TriggerState
from core.signals import LogQuery, LogSource
from sandbox.cloud import disasters
from sandbox.cloud.bucket_bytes import LIVE, NONCURRENT, SOFT_DELETED
from sandbox.cloud.cloud import PretendCloud
from sandbox.faults import Fault, Hang, Refuse
from tests.core.google.conftest import deployment_of

_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_NAME = ExecutionName("tabular-model-sync-x7k2p")
_SINCE = _NOW - timedelta(days=1)
_VERSION = StoredObject("manifest.json", Generation(1), 10, "AAAAAA==", _SINCE, _NOW)

_SPEC = BucketSpec("sandbox-project-tabular-model-cache", "europe-west1", 3, timedelta(days=7))

_READS: dict[str, Callable[[Cloud], object]] = {
    "bucket": lambda cloud: cloud.bucket(),
    "held_permissions": lambda cloud: cloud.held_permissions(Resource.BUCKET, ["a"]),
    "objects": lambda cloud: cloud.objects(),
    "soft_deleted": lambda cloud: cloud.soft_deleted(),
    "soft_deleted_buckets": lambda cloud: cloud.soft_deleted_buckets(),
    "bindings": lambda cloud: cloud.bindings(),
    "read": lambda cloud: cloud.read("manifest.json"),
    "job": lambda cloud: cloud.job(),
    "executions": lambda cloud: cloud.executions(),
    "execution": lambda cloud: cloud.execution(_NAME),
    "service": lambda cloud: cloud.service(),
    "nightly": lambda cloud: cloud.nightly(),
    "startups": lambda cloud: cloud.startups(_SINCE, _NOW),
    "log_lines": lambda cloud: cloud.log_lines(LogQuery(LogSource.SYNC, _SINCE)),
    "missing_metrics": lambda cloud: cloud.missing_metrics(),
    "stored_bytes": lambda cloud: cloud.stored_bytes(),
    "alert_policies": lambda cloud: cloud.alert_policies(),
    "open_incidents": lambda cloud: cloud.open_incidents(),
    "closed_incidents": lambda cloud: cloud.closed_incidents(_SINCE),
    "incident": lambda cloud: cloud.incident("0.abc"),
}
_WRITES: dict[str, Callable[[Cloud], object]] = {
    "run_job": lambda cloud: cloud.run_job(),
    "cancel_execution": lambda cloud: cloud.cancel_execution(_NAME),
    "change_service": lambda cloud: cloud.change_service(ServiceChange({}, {}, "a-stamp")),
    "change_job": lambda cloud: cloud.change_job(JobChange({}, {}, "a-stamp")),
    "restore_object": lambda cloud: cloud.restore_object(_VERSION, None),
    "write_object": lambda cloud: cloud.write_object(".done", b"x", None),
    "retire_object": lambda cloud: cloud.retire_object(".done", Generation(1)),
    "restore_deleted": lambda cloud: cloud.restore_deleted(_VERSION, None),
    "restore_bucket": lambda cloud: cloud.restore_bucket(Generation(1)),
    "create_bucket": lambda cloud: cloud.create_bucket(_SPEC),
    "repair_bucket": lambda cloud: cloud.repair_bucket(BucketRepair(1, (), ())),
    "grant": lambda cloud: cloud.grant(Grant("roles/storage.admin", "user:a@example.com")),
    "delete_generation": lambda cloud: cloud.delete_generation("a", Generation(1), live=False),
    "pause_nightly": lambda cloud: cloud.pause_nightly(),
    "resume_nightly": lambda cloud: cloud.resume_nightly(),
}


def _public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_method_of_the_protocol_is_tried_here() -> None:
    """A method that the protocol gains has to prove its time limit too."""
    assert set(_READS) | set(_WRITES) == _public(Cloud)


def test_a_cloud_that_hangs_is_told_within_its_time(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """No method waits for ever: each ends as Unavailable, at the latest after some ten seconds."""
    pretend.faults.add(Fault("*", Hang()))

    def seconds_of(ask: Callable[[Cloud], object]) -> float:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            ask(cloud)
        return time.monotonic() - began

    asked = {**_READS, **_WRITES}
    with ThreadPoolExecutor(len(asked)) as pool:
        seconds = dict(zip(asked, pool.map(seconds_of, asked.values()), strict=True))
    assert {name for name, took in seconds.items() if took > 12} == set()
    assert len(pretend.faults.seen("*/RunJob")) == 1
    assert len(pretend.faults.seen("*/CancelExecution")) == 1


def test_trouble_that_stays_ends_in_an_error_of_its_kind(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Each read is made again for some seconds, over HTTP and gRPC alike, and then tells why."""
    troubles: dict[str, tuple[str, int | str, type[CloudError]]] = {
        "bucket": ("storage.buckets.get", 503, Unavailable),
        "objects": ("storage.objects.list", 429, QuotaExceeded),
        "open_incidents": ("monitoring.projects.alerts.list", 500, Unavailable),
        "job": ("google.cloud.run.v2.Jobs/GetJob", "UNAVAILABLE", Unavailable),
        "startups": ("google.logging.v2.LoggingServiceV2/*", "INTERNAL", Unavailable),
    }
    for method, status, _ in troubles.values():
        pretend.faults.add(Fault(method, Refuse(status)))

    def fail(name: str) -> None:
        method, _, kind = troubles[name]
        with pytest.raises(kind):
            _READS[name](cloud)
        assert len(pretend.faults.seen(method)) > 2

    with ThreadPoolExecutor(len(troubles)) as pool:
        list(pool.map(fail, troubles))


@pytest.mark.parametrize("name", ["bucket", "held_permissions", "objects", "soft_deleted", "read"])
def test_a_deleted_bucket_is_not_found(
    cloud: GoogleCloud, pretend: PretendCloud, name: str
) -> None:
    """Every question about it says the same, so that it can lead to recovery."""
    disasters.delete_bucket(pretend.project)
    with pytest.raises(NotFound, match=pretend.project.bucket_name):
        _READS[name](cloud)


def test_nothing_is_asked_that_nobody_asked_for(
    lived_in_cloud: GoogleCloud, lived_in: PretendCloud
) -> None:
    """One request for each question, two at once for content; the libraries add none of theirs.

    What is asked for by a name that is not there is left out.
    """
    reads = {name: ask for name, ask in _READS.items() if name not in ("execution", "incident")}
    for name in sorted(reads, reverse=True):  # the bucket last: reading it would fill the cache
        reads[name](lived_in_cloud)
    seen = sorted(call.method for call in lived_in.faults.seen("*"))
    assert len(seen) == len(reads) + 1
    assert seen.count("storage.buckets.get") == 1


def test_the_nightly_trigger_is_read(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Enabled with a next time, or paused without one."""
    trigger = cloud.nightly()
    assert (trigger.state, trigger.schedule) == (TriggerState.ENABLED, "0 2 * * *")
    assert trigger.next_at is not None
    disasters.pause_scheduler(pretend.project)
    assert cloud.nightly().state is TriggerState.PAUSED
    assert cloud.nightly().next_at is None


def test_missing_metrics_are_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """None is missing by default; what is removed is found, in the deployment's order."""
    assert cloud.missing_metrics() == []
    pretend.project.metrics.remove("tabular_model_cache_misses")
    assert cloud.missing_metrics() == ["tabular_model_cache_misses"]
    disasters.remove_metrics(pretend.project)
    assert cloud.missing_metrics() == list(deployment_of(pretend).metrics.all)


def test_the_buckets_bytes_of_the_last_weeks_are_read(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The newest sample of each day, oldest first, by type, none older than 35 days."""
    now = datetime.now(UTC)
    samples = pretend.project.bucket_bytes
    samples.record({LIVE: 1}, now - timedelta(days=40))
    samples.record({LIVE: 2_000_000_000, NONCURRENT: 5}, now - timedelta(days=2, hours=3))
    samples.record({LIVE: 1_000_000_000}, now - timedelta(hours=5))
    samples.record({LIVE: 3_000_000_000, SOFT_DELETED: 7}, now - timedelta(hours=3))
    first, second = cloud.stored_bytes()
    assert first.by_type == {LIVE: 2_000_000_000, NONCURRENT: 5}
    assert second.by_type == {LIVE: 3_000_000_000, SOFT_DELETED: 7}
    assert second.measured_at - first.measured_at == timedelta(days=2)
