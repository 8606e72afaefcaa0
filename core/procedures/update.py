"""`/cache update`: other models, named alike by the sync job, the cache and the service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.cache.consistency import read_manifest
from core.cache.manifest import Manifest
from core.cache.model_names import checked_embedding, checked_llm
from core.cloud import Reader
from core.commands import Update
from core.deployment import Deployment
from core.errors import NothingToDo, OpsError
from core.executions import SyncJob, unfinished
from core.parallel import ask
from core.plans import (
    Asking,
    AwaitReady,
    CheckService,
    Plan,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    VerifyNames,
)
from core.policy import Role
from core.procedures.durations import READY, USUAL
from core.procedures.sync import plan_sync, sync_steps
from core.procedures.toggle import refuse_pinned
from core.services import Service
from core.tfvars import tfvars_lines

_AFTERWARDS = (
    (
        "A model that its registry does not have makes the sync fail. The service then stays as "
        "it is and the sync job names the new models; undo puts that back."
    ),
    (
        "Once the new models are live, undo downloads the old ones again by their names; `/cache "
        "rollback` brings back the very files of an earlier version."
    ),
    "If CI deploys the service from a file that names its models, change it there too.",
)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model: its variable, what each names now (None is absent), and what all shall name."""

    kind: str
    variable: str
    job: str | None
    service: str | None
    manifest: str | None
    wanted: str

    @property
    def settled(self) -> bool:
        """Whether all three name it already."""
        return self.job == self.service == self.manifest == self.wanted

    @property
    def told(self) -> str:
        """What they name now and will name, in as few words as keep them apart."""
        if self.settled:
            return self.wanted
        if self.job == self.service == self.manifest:
            return f"{self.job} → {self.wanted}"
        now = (("job", self.job), ("service", self.service), ("manifest", self.manifest))
        each = ", ".join(f"{who} {'absent' if name is None else name}" for who, name in now)
        return f"{each} → {self.wanted}"


def plan_update(update: Update, reader: Reader, deployment: Deployment) -> Plan:
    """Plan to bring the sync job, the cache and the service to other models.

    Raises:
        UsageError: a name cannot be one of a model.
        NothingToDo: it is so already, or no model is given: the message tells the present ones.
        OpsError: it cannot be changed now; the message says why.
    """
    if update.llm is None and update.embedding is None:
        raise _present_models(reader, deployment)
    llm = None if update.llm is None else checked_llm(update.llm)
    embedding = None if update.embedding is None else checked_embedding(update.embedding)
    service_asked = ask("service", reader.service)
    sync = plan_sync(reader)
    job, service = reader.job(), service_asked.answer()
    wanted = replace(
        job,
        llm_model=job.llm_model if llm is None else llm,
        embedding_model=job.embedding_model if embedding is None else embedding,
    )
    _refuse_what_cannot_be_set(job, service, deployment)
    _refuse_while_one_runs(reader)
    models = _models(wanted, job, service, reader, deployment)
    if all(model.settled for model in models):
        raise NothingToDo(
            f"The sync job, the cache and {service.name} name {_names(wanted)} already.",
            "`/cache sync` downloads them anew.",
            offers=("sync",),
        )
    return Plan(
        verb="update",
        summary=f"Download {_names(wanted)}, prove the cache, then have {service.name} use them.",
        facts={
            **sync.facts,
            **{model.kind: model.told for model in models},
            "shared volume": "on" if service.enabled else "off",
            "revision now": service.latest_ready_revision,
        },
        steps=(*_kept(sync), *_steps(models, wanted, sync.expected)),
        closing=(*sync.closing, CheckService()),
        warnings=_warnings(models, service, deployment),
        reminders=_AFTERWARDS[1:],
        undo="undo {id}",
        tfvars=tfvars_lines(wanted.llm_model or None, wanted.embedding_model or None),
        expected=sync.expected + USUAL,
        ask=Asking(Role.OPERATOR, danger=True),
    )


def _present_models(reader: Reader, deployment: Deployment) -> NothingToDo:
    """Tell what is named now by whom, for somebody who has to choose."""
    service_asked = ask("service", reader.service)
    manifest_asked = ask("manifest", lambda: _in_cache(reader))
    job, service = reader.job(), service_asked.answer()
    variables = deployment.variables
    rows = (
        (f"The sync job {job.name} names", (job.llm_model, job.embedding_model)),
        (
            f"{service.name} names",
            (service.env.get(variables.llm_model), service.env.get(variables.embedding_model)),
        ),
        ("The manifest names", manifest_asked.answer()),
    )
    named = [f"{who} {' and '.join(name or 'none' for name in names)}." for who, names in rows]
    return NothingToDo(
        f"No model is given, so nothing changes. {' '.join(named)}",
        f"Usage: `/cache update llm={job.llm_model or 'NAME'} embedding="
        f"{job.embedding_model or 'NAME'}`, with other names; one of the two is enough.",
    )


def _in_cache(reader: Reader) -> tuple[str | None, str | None]:
    """Return the models that the manifest names, None where it names none."""
    manifest = read_manifest(reader)
    if not isinstance(manifest, Manifest):
        return None, None
    return (
        manifest.ollama.name if manifest.ollama else None,
        manifest.embedding.name if manifest.embedding else None,
    )


def _models(
    wanted: SyncJob, job: SyncJob, service: Service, reader: Reader, deployment: Deployment
) -> tuple[_Model, ...]:
    """Return the models with a name to reach; one that nobody named is left alone."""
    cached = _in_cache(reader)
    names = deployment.variables
    rows = (
        ("language model", names.llm_model, cached[0], wanted.llm_model),
        ("embedding model", names.embedding_model, cached[1], wanted.embedding_model),
    )
    return tuple(
        _Model(kind, variable, job.env.get(variable), service.env.get(variable), held, name)
        for kind, variable, held, name in rows
        if name
    )


def _kept(sync: Plan) -> tuple[Step, ...]:
    """Save the inventory of what is there, so that a rollback leads back to it with proof."""
    whole = sync.facts["cache before"] == "consistent"
    return (SaveInventory(sync.facts["version before"]),) if whole else ()


def _steps(models: Sequence[_Model], wanted: SyncJob, expected: timedelta) -> tuple[Step, ...]:
    """Change the service last: until then it names what it can find."""
    in_job = [model for model in models if model.job != model.wanted]
    in_service = [model for model in models if model.service != model.wanted]
    job = SetJobEnv(
        before={model.variable: model.job for model in in_job},
        after={model.variable: model.wanted for model in in_job},
    )
    service = SetServiceEnv(
        before={model.variable: model.service for model in in_service},
        after={model.variable: model.wanted for model in in_service},
    )
    return (
        *((job,) if in_job else ()),
        *sync_steps(wanted, expected, RunSync(join=False)),
        service,
        AwaitReady(READY),
        VerifyNames(wanted.llm_model, wanted.embedding_model),
    )


def _refuse_what_cannot_be_set(job: SyncJob, service: Service, deployment: Deployment) -> None:
    refuse_pinned(service)
    names = (deployment.variables.llm_model, deployment.variables.embedding_model)
    for owner, secrets in (
        (f"the sync job {job.name}", job.secrets),
        (service.name, service.secrets),
    ):
        for name in names:
            if name in secrets:
                raise OpsError(
                    f"{name} of {owner} takes its value from Secret Manager, so I cannot change "
                    "it.",
                    "Change the secret's value and deploy, or make it a plain variable.",
                )


def _refuse_while_one_runs(reader: Reader) -> None:
    running = unfinished(reader.executions())
    if running:
        raise OpsError(
            f"{running[0].name} is running, with the models that it was started with.",
            "Ask again when it has ended. `/cache sync` joins it and tells how it goes.",
            offers=("sync",),
        )


def _warnings(
    models: Sequence[_Model], service: Service, deployment: Deployment
) -> tuple[str, ...]:
    warnings: list[str] = []
    embedding = deployment.variables.embedding_model
    if any(one.variable == embedding and one.manifest != one.wanted for one in models):
        warnings.append(
            "The sync replaces the old embedding model. An instance that starts between the sync "
            "and the new revision still asks for the old one and does not find it in the cache."
        )
    for model in models:
        for who, name in (("sync job", model.job), (service.name, model.service)):
            if name is None:
                warnings.append(f"{model.variable} is absent in {who} so far and is added.")
    if not service.enabled:
        warnings.append(
            "The shared volume is off, so each start of the new revision downloads the models by "
            "itself; where memory or the startup probe do not allow that, it does not become "
            "ready. `/cache enable` switches the volume on."
        )
    return (*warnings, *_AFTERWARDS)


def _names(job: SyncJob) -> str:
    return " and ".join(name for name in (job.llm_model, job.embedding_model) if name)
