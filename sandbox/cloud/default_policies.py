"""The three alert policies of the default deployment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.cloud import monitoring_v3

from sandbox.cloud.bucket_bytes import TOTAL_BYTES
from sandbox.cloud.place import Place
from sandbox.cloud.policies import AlertPolicy, Subject

LOW_HIT_RATE = "Low Cache Hit Rate"
SYNC_FAILURES = "Sync Job Failures"
HIGH_USAGE = "High Bucket Usage"

_USER = "logging.googleapis.com/user"
_PROMETHEUS = "logging_googleapis_com:user"
_LOW_RATE = 0.9
_FULL_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Watched:
    """The names that the policies speak of."""

    bucket: str
    service: str
    job: str
    capacity_bytes: int


def default_policies(place: Place, watched: Watched) -> list[tuple[AlertPolicy, Subject]]:
    """Return the policies with the resources that their incidents are about."""
    here = {"project_id": place.project, "location": place.region}
    return [
        (
            _policy(place, "1000000000000000001", LOW_HIT_RATE, _low_hit_rate(watched)),
            Subject(
                "cloud_run_revision",
                {**here, "service_name": watched.service},
                f"{_USER}/tabular_model_cache_hits",
            ),
        ),
        (
            _policy(place, "1000000000000000002", SYNC_FAILURES, _sync_failures()),
            Subject(
                "cloud_run_job",
                {**here, "job_name": watched.job},
                f"{_USER}/tabular_model_sync_failure",
            ),
        ),
        (
            _policy(place, "1000000000000000003", HIGH_USAGE, _high_usage(watched)),
            Subject("gcs_bucket", {**here, "bucket_name": watched.bucket}, TOTAL_BYTES),
        ),
    ]


def _policy(place: Place, policy_id: str, title: str, condition: Any) -> AlertPolicy:
    name = f"projects/{place.project}/alertPolicies/{policy_id}"
    condition.name = f"{name}/conditions/{policy_id}1"
    return monitoring_v3.AlertPolicy(
        name=name,
        display_name=title,
        documentation={
            "content": f"See the runbook of the tabular model cache: {title}.",
            "mime_type": "text/markdown",
        },
        user_labels={"service": "tabular"},
        conditions=[condition],
        combiner=monitoring_v3.AlertPolicy.ConditionCombinerType.OR,
        enabled=True,
        severity=monitoring_v3.AlertPolicy.Severity.WARNING,
    )


def _low_hit_rate(watched: Watched) -> Any:
    """Below 90 % over an hour, of the log lines that say cache_hit rather than of startups."""
    label = f'{{monitored_resource="cloud_run_revision",service_name="{watched.service}"}}'
    hits = f"sum(increase({_PROMETHEUS}_tabular_model_cache_hits{label}[1h]))"
    misses = f"sum(increase({_PROMETHEUS}_tabular_model_cache_misses{label}[1h]))"
    return monitoring_v3.AlertPolicy.Condition(
        display_name="hit rate < 90%",
        condition_prometheus_query_language={
            "query": f"{hits} / ({hits} + {misses}) < {_LOW_RATE}",
            "duration": timedelta(),
            "evaluation_interval": timedelta(minutes=1),
        },
    )


def _sync_failures() -> Any:
    """Two failures in 25 hours: a counter cannot say whether they came one after the other."""
    return monitoring_v3.AlertPolicy.Condition(
        display_name="2 or more failed syncs",
        condition_threshold=monitoring_v3.AlertPolicy.Condition.MetricThreshold(
            filter=f'metric.type = "{_USER}/tabular_model_sync_failure" '
            'AND resource.type = "cloud_run_job"',
            aggregations=[_sum(timedelta(hours=25), "ALIGN_SUM")],
            comparison=monitoring_v3.ComparisonType.COMPARISON_GT,
            threshold_value=1,
            duration=timedelta(),
            trigger={"count": 1},
        ),
    )


def _high_usage(watched: Watched) -> Any:
    return monitoring_v3.AlertPolicy.Condition(
        display_name="bucket above 80% of its capacity",
        condition_threshold=monitoring_v3.AlertPolicy.Condition.MetricThreshold(
            filter=f'metric.type = "{TOTAL_BYTES}" AND resource.type = "gcs_bucket" '
            f'AND resource.labels.bucket_name = "{watched.bucket}"',
            aggregations=[_sum(timedelta(hours=24), "ALIGN_MEAN")],
            comparison=monitoring_v3.ComparisonType.COMPARISON_GT,
            threshold_value=_FULL_SHARE * watched.capacity_bytes,
            duration=timedelta(),
            trigger={"count": 1},
        ),
    )


def _sum(period: timedelta, aligner: str) -> Any:
    return monitoring_v3.Aggregation(
        alignment_period=period, per_series_aligner=aligner, cross_series_reducer="REDUCE_SUM"
    )
