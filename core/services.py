"""The Cloud Run service that mounts the cache, and the nightly trigger of the sync job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Traffic:
    """Where requests go now: a revision's share in percent."""

    revision: str
    percent: int
    latest: bool


@dataclass(frozen=True, slots=True)
class Service:
    """The service as it runs.

    `toggle` is the raw value of SHARED_MODEL_VOLUME_ENABLED, None where the variable is
    absent; `toggle_from_secret` where its value comes from Secret Manager; `secrets` names all
    variables of which that is so, `env` holds the others. `ready` follows
    the four conditions of cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2#service
    (not reconciling, terminal condition succeeded, observed generation current, the latest
    created revision ready); `message` is the platform's reason where it is not. `stamp` is
    what the bot's own last change left on the template, to be recognised by. `changed_at` and
    `changed_by` tell of the last change that anybody made.
    """

    name: str
    ready: bool
    message: str
    latest_created_revision: str
    latest_ready_revision: str
    traffic: tuple[Traffic, ...]
    pinned: bool
    toggle: str | None
    toggle_from_secret: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    service_account: str = ""
    mounts_bucket: str | None = None
    reconciling: bool = False
    stamp: str = ""
    secrets: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def enabled(self) -> bool:
        """Whether the shared volume is switched on by its variable."""
        return (self.toggle or "").strip().lower() == "true"

    @property
    def serving_latest(self) -> bool:
        """Whether the newest revision receives all of the traffic."""
        share = sum(
            part.percent
            for part in self.traffic
            if part.latest or part.revision == self.latest_created_revision
        )
        return share == 100


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """Variables with the value that each must have and the one it gets; None is absent.

    `stamp` is left on the new revision's template, to recognise the change by.
    """

    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    stamp: str


class TriggerState(StrEnum):
    """Cloud Scheduler's job states.

    Source: cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1#state
    """

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"
    UPDATE_FAILED = "update_failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NightlyTrigger:
    """The Cloud Scheduler job that starts the nightly sync.

    `last_error` is the status of its last attempt to call Cloud Run, empty where it went
    through; that the call was accepted does not say that the sync succeeded.
    """

    name: str
    state: TriggerState
    schedule: str
    time_zone: str
    last_attempt_at: datetime | None
    next_at: datetime | None
    last_error: str = ""
