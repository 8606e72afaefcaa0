"""The names of the deployment that this bot operates, and what it is expected to look like."""

import re
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MetricNames:
    """The log-based metrics, as `logging.googleapis.com/user/<name>`."""

    hits: str = "tabular_model_cache_hits"
    misses: str = "tabular_model_cache_misses"
    sync_success: str = "tabular_model_sync_success"
    sync_failure: str = "tabular_model_sync_failure"

    @property
    def all(self) -> tuple[str, ...]:
        """Return the four names."""
        return (self.hits, self.misses, self.sync_success, self.sync_failure)


@dataclass(frozen=True, slots=True)
class VariableNames:
    """The environment variables of the service and the job that the bot reads or sets."""

    toggle: str = "SHARED_MODEL_VOLUME_ENABLED"
    llm_model: str = "LLM_MODEL_NAME"
    embedding_model: str = "EMBEDDING_MODEL_NAME"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where every component is. `capacity_bytes` is ours to alert on: buckets have no quota."""

    project: str
    region: str = "europe-west1"
    bucket: str = "tabular-model-cache"
    service: str = "tabular-service"
    job: str = "tabular-model-sync"
    nightly: str = "tabular-model-sync-nightly"
    nightly_region: str = "europe-west1"
    policy_pattern: str = "(?i)tabular"
    metrics: MetricNames = MetricNames()
    variables: VariableNames = VariableNames()
    capacity_bytes: int = 10 * 10**9

    def watches(self, policy: str, service: str) -> bool:
        """Whether an alert policy is of this cache, by its name or its label `service`."""
        return any(re.search(self.policy_pattern, text) for text in (policy, service))


@dataclass(frozen=True, slots=True)
class Expectations:
    """The thresholds by which checks judge."""

    hit_rate: float = 0.90
    usage: float = 0.80
    sync_age: timedelta = timedelta(hours=26)
    kept_versions: int = 3
    temporary_age: timedelta = timedelta(days=7)
    failures_in_a_row: int = 2
