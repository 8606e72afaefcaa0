"""A pretend project's logs, metrics and policies behind a real gRPC server, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.cloud import monitoring_v3
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client

from sandbox.clock import Clock
from sandbox.cloud import logging_api, monitoring_api
from sandbox.cloud.bucket_bytes import TOTAL_BYTES
from sandbox.cloud.default_policies import Watched, default_policies
from sandbox.cloud.grpc_server import GrpcServer
from sandbox.cloud.logging_api import Reading
from sandbox.cloud.logs import Logs
from sandbox.cloud.metrics import Metrics
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Policies
from sandbox.faults import Faults

PROJECT = "projects/sandbox-project"
SERVICE_LABELS = {
    "project_id": "sandbox-project",
    "service_name": "tabular-service",
    "revision_name": "tabular-service-00001-abc",
    "location": "europe-west1",
    "configuration_name": "tabular-service",
}
JOB_LABELS = {
    "project_id": "sandbox-project",
    "job_name": "tabular-model-sync",
    "location": "europe-west1",
}
# A full minute some hours ago, so that every minute around it is over.
NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
HITS = 'metric.type="logging.googleapis.com/user/tabular_model_cache_hits"'
MISSES = 'metric.type="logging.googleapis.com/user/tabular_model_cache_misses"'
BYTES = f'metric.type="{TOTAL_BYTES}" AND resource.type="gcs_bucket"'
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WATCHED = Watched(
    bucket="sandbox-project-tabular-model-cache",
    service="tabular-service",
    job="tabular-model-sync",
    capacity_bytes=10_000_000_000,
)


@dataclass(frozen=True, slots=True)
class Observed:
    """The pretend project's watched side, and Google's own clients connected to it."""

    clock: Clock
    faults: Faults
    place: Place
    logs: Logs
    metrics: Metrics
    policies: Policies
    reading: Reading
    logging: Any
    log_metrics: Any
    monitoring: Any
    alert_policies: Any

    def startup(self, at: datetime, *, hit: bool, reason: str = "model_not_found") -> None:
        """Write the JSON lines of one startup: two say cache_hit for a hit, three for a miss."""
        messages = ["Model cache hit"] if hit else ["Model cache miss", "Model download complete"]
        for message in [*messages, "Startup complete"]:
            payload: dict[str, object] = {"message": message, "cache_hit": hit}
            self.logs.write(
                log_id="run.googleapis.com/stdout",
                resource_type="cloud_run_revision",
                resource_labels=SERVICE_LABELS,
                labels={"instanceId": "00aa"},
                severity="INFO",
                payload=payload if hit else payload | {"cache_miss_reason": reason},
                at=at,
            )

    def job_line(self, message: str, at: datetime, severity: str = "INFO") -> None:
        """Write a JSON line of the sync job."""
        self.logs.write(
            log_id="run.googleapis.com/stdout",
            resource_type="cloud_run_job",
            resource_labels=JOB_LABELS,
            labels={"run.googleapis.com/execution_name": "tabular-model-sync-abc12"},
            severity=severity,
            payload={"message": message},
            at=at,
        )


@contextmanager
def observed() -> Iterator[Observed]:
    """Serve an empty project with the default metrics and policies on a free loopback port."""
    clock, place = Clock(), Place()
    faults, logs, reading = Faults(clock), Logs(clock), Reading()
    metrics = Metrics(clock, place, logs)
    policies = Policies(clock, place, default_policies(place, WATCHED))
    server = GrpcServer(
        {
            **logging_api.methods(place, logs, metrics, reading),
            **monitoring_api.methods(place, metrics, policies),
        },
        faults,
    )
    server.start()
    try:
        with grpc.insecure_channel(
            server.target, options=[("grpc.enable_http_proxy", 0)]
        ) as channel:
            yield Observed(
                clock=clock,
                faults=faults,
                place=place,
                logs=logs,
                metrics=metrics,
                policies=policies,
                reading=reading,
                logging=_client(LoggingServiceV2Client, channel),
                log_metrics=_client(MetricsServiceV2Client, channel),
                monitoring=_client(monitoring_v3.MetricServiceClient, channel),
                alert_policies=_client(monitoring_v3.AlertPolicyServiceClient, channel),
            )
    finally:
        server.stop()


def series(cloud: Observed, text: str, **fields: Any) -> list[Any]:
    """Call ListTimeSeries over the hour before noon and the two after it, unless told otherwise."""
    start, end = fields.pop("interval", (NOON - HOUR, NOON + 2 * HOUR))
    request = {
        "name": PROJECT,
        "filter": text,
        "interval": monitoring_v3.TimeInterval(start_time=start, end_time=end),
        "view": monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.FULL,
    }
    return list(cloud.monitoring.list_time_series(request | fields, timeout=10))


def summing(seconds: int = 3600, **fields: Any) -> Any:
    """Return the aggregation that counters are read with."""
    return monitoring_v3.Aggregation(
        alignment_period={"seconds": seconds},
        per_series_aligner=fields.pop("aligner", "ALIGN_SUM"),
        cross_series_reducer=fields.pop("reducer", "REDUCE_SUM"),
        **fields,
    )


def values(one: Any) -> list[tuple[datetime, float]]:
    """Return end times and values, in the order of the reply."""
    return [(point.interval.end_time, value(point)) for point in one.points]


def value(point: Any) -> float:
    """Return the value of a point, of the type that it has."""
    raw = monitoring_v3.TypedValue.pb(point.value)
    return float(getattr(raw, raw.WhichOneof("value")))


def _client(client: Any, channel: grpc.Channel) -> Any:
    return client(transport=client.get_transport_class("grpc")(channel=channel))
