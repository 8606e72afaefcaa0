"""A cloud whose service, job and trigger really change, for tests of what is changed in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.cloud import Cloud
from core.errors import Conflict, Unavailable
from core.executions import JobChange, SyncJob
from core.services import NightlyTrigger, Service, ServiceChange, Traffic, TriggerState
from tests.core.refusing_cloud import RefusingCloud

TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"
OLD, NEW = "tabular-service-00001-old", "tabular-service-00002-new"
SERVICE = Service(
    name="tabular-service",
    ready=True,
    message="",
    latest_created_revision=OLD,
    latest_ready_revision=OLD,
    traffic=(Traffic(OLD, 100, latest=True),),
    pinned=False,
    toggle="true",
)
TRIGGER = NightlyTrigger("nightly", TriggerState.ENABLED, "0 2 * * *", "Etc/UTC", None, None)

MODELS = {"LLM_MODEL_NAME": "llama3.2:1b", "EMBEDDING_MODEL_NAME": "BAAI/bge-m3"}
JOB = SyncJob(
    "tabular-model-sync", "llama3.2:1b", "BAAI/bge-m3", timedelta(minutes=15), 2, env=MODELS
)


@dataclass(frozen=True)
class TabularCloud(RefusingCloud):
    """Answers from the newest of `services`, `jobs` and `triggers`; `stamps` are the changes made.

    `refusals` are raised by the next changes, each once; a lost reply is raised after the
    change was made.
    """

    services: list[Service] = field(default_factory=lambda: [SERVICE])
    triggers: list[NightlyTrigger] = field(default_factory=lambda: [TRIGGER])
    jobs: list[SyncJob] = field(default_factory=lambda: [JOB])
    stamps: list[str] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    def service(self) -> Service:
        """Answer the newest."""
        return self.services[-1]

    def job(self) -> SyncJob:
        """Answer the newest."""
        return self.jobs[-1]

    def nightly(self) -> NightlyTrigger:
        """Answer the newest."""
        return self.triggers[-1]

    def change_service(self, change: ServiceChange) -> None:
        """Change it as asked, or refuse."""
        refusal = self.refusals.pop(0) if self.refusals else None
        if isinstance(refusal, Conflict):
            raise refusal
        stamp = change.stamp
        self.stamps.append(stamp)
        toggle = change.after.get(TOGGLE, self.service().toggle)
        env = _with(self.service().env, change.after)
        changed = replace(
            self.service(), toggle=toggle, env=env, stamp=stamp, latest_created_revision=NEW
        )
        self.services.append(replace(changed, ready=False, reconciling=True, message="Starting."))
        if isinstance(refusal, Unavailable):
            raise refusal

    def change_job(self, change: JobChange) -> None:
        """Change it as asked, or refuse."""
        refusal = self.refusals.pop(0) if self.refusals else None
        if isinstance(refusal, Conflict):
            raise refusal
        self.stamps.append(change.stamp)
        env = _with(self.job().env, change.after)
        names = [env.get(name, "") for name in MODELS]
        changed = replace(self.job(), llm_model=names[0], embedding_model=names[1])
        self.jobs.append(replace(changed, env=env, stamp=change.stamp))
        if isinstance(refusal, Unavailable):
            raise refusal

    def become_ready(self) -> None:
        """Let the newest revision become ready and take all of the traffic."""
        ready = replace(self.service(), ready=True, reconciling=False, message="")
        traffic = (Traffic(NEW, 100, latest=True),)
        self.services.append(replace(ready, latest_ready_revision=NEW, traffic=traffic))

    def pause_nightly(self) -> None:
        """Pause it."""
        self.triggers.append(replace(self.nightly(), state=TriggerState.PAUSED))

    def resume_nightly(self) -> None:
        """Resume it."""
        self.triggers.append(replace(self.nightly(), state=TriggerState.ENABLED))


def _with(env: Mapping[str, str], after: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**env, **after}
    return {name: value for name, value in merged.items() if value is not None}


def as_cloud(cloud: TabularCloud) -> Cloud:
    """Return it as what it stands for; the type checker compares the two here."""
    return cloud
