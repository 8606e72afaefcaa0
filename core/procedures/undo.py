"""`/cache undo`: another plan, that puts back what an operation changed in service and job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from core.cache.consistency import inspect_cache
from core.cloud import Reader
from core.deployment import Deployment
from core.errors import NotFound, NothingToDo, OpsError
from core.executions import SyncJob, unfinished
from core.operations import Operation, StepState
from core.plans import (
    Asking,
    AwaitReady,
    CheckConsistency,
    CheckService,
    Plan,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    SwitchNightly,
    VerifyNames,
    VerifyRestored,
)
from core.policy import Role
from core.procedures.durations import READY, USUAL
from core.procedures.sync import expected_duration, sync_steps
from core.services import Service
from core.steps.service import current_value
from core.tfvars import tfvars_lines

_DOWNLOAD = (
    "The old models are downloaded again by their names, and what a name stands for may have "
    "changed. `/cache rollback` brings back the very files of an earlier version."
)
S = TypeVar("S", SetJobEnv, SetServiceEnv)


@dataclass(frozen=True, slots=True)
class _Part:
    """What concerns the job: its change taken back, and the cache brought after it."""

    steps: tuple[Step, ...]
    verify: tuple[Step, ...]
    facts: Mapping[str, str]
    tfvars: tuple[str, ...]
    expected: timedelta = timedelta()
    warnings: tuple[str, ...] = ()


def plan_undo(operation: Operation, reader: Reader, deployment: Deployment) -> Plan:
    """Plan to put the variables back that an operation has set.

    Where the sync job's models are put back and the cache holds others, they are downloaded
    again, before the service is put back as well.

    Raises:
        OpsError: there is nothing to take back, or somebody has changed it since.
    """
    if not operation.state.finished:
        raise OpsError(f"{operation.id} still runs.", "`/cache cancel` stops it.")
    if not (_last(operation, SetJobEnv) or _last(operation, SetServiceEnv)):
        raise _nothing(operation)
    service = reader.service()
    in_job = _last(operation, SetJobEnv, partial(_value_in_job, reader=reader))
    values = partial(current_value, service, deployment=deployment)
    in_service = _last(operation, SetServiceEnv, values)
    if not any(step is not None and step.after for step in (in_job, in_service)):
        raise _nothing(operation)
    told: list[str] = []
    if in_job is not None:
        told += _told(in_job, reader.job().env.get, reader.job().name, operation)
    if in_service is not None:
        told += _told(in_service, values, service.name, operation)
    job = _part_of_job(in_job, in_service, service, reader, deployment)
    return Plan(
        verb="undo",
        summary=f"Take back {operation.id}: set {', '.join(told)}.",
        facts={
            "operation": operation.id,
            "service": service.name,
            "revision now": service.latest_ready_revision,
            "variables": ", ".join(told),
            **job.facts,
        },
        steps=(*job.steps, *_steps_of_service(in_service), *job.verify),
        closing=(*((CheckConsistency(),) if in_job else ()), CheckService()),
        warnings=job.warnings,
        undo="undo {id}",
        tfvars=job.tfvars,
        expected=job.expected + USUAL,
        ask=Asking(Role.OPERATOR, danger=True),
    )


def _value_in_job(name: str, reader: Reader) -> str | None:
    return reader.job().env.get(name)


def _nothing(operation: Operation) -> NothingToDo:
    return NothingToDo(
        f"{operation.id} changed nothing that could be put back.",
        f"`/cache show {operation.id}` tells what it did.",
    )


def _last(
    operation: Operation, kind: type[S], now: Callable[[str], str | None] | None = None
) -> S | None:
    """Return the last step of a kind that was done, or may have been.

    A change of which nothing is known was none where every value is `now` what it was before.
    """
    for record in reversed(operation.steps):
        step = record.step
        if not isinstance(step, kind):
            continue
        if record.state is StepState.DONE:
            return step
        if record.state is StepState.UNKNOWN and step.after:
            undone = now and all(now(name) == value for name, value in step.before.items())
            if not undone:
                return step
    return None


def _told(
    step: SetJobEnv | SetServiceEnv,
    now: Callable[[str], str | None],
    owner: str,
    operation: Operation,
) -> list[str]:
    """Say what is put back where, unless somebody has changed it since."""
    changed = [name for name, value in step.after.items() if now(name) != value]
    if changed:
        raise OpsError(
            f"{', '.join(changed)} of {owner} was changed again since {operation.id}.",
            "Nothing was put back. `/cache status` shows what is there now.",
        )
    return [
        f"{name} back to {'absent' if value is None else value} in {owner}"
        for name, value in step.before.items()
    ]


def _steps_of_service(step: SetServiceEnv | None) -> tuple[Step, ...]:
    if step is None:
        return ()
    return (SetServiceEnv(before=step.after, after=step.before), AwaitReady(READY))


def _part_of_job(
    in_job: SetJobEnv | None,
    in_service: SetServiceEnv | None,
    service: Service,
    reader: Reader,
    deployment: Deployment,
) -> _Part:
    if in_job is None:
        return _Part((), (), {}, ())
    names = deployment.variables
    job = reader.job()
    llm = in_job.before.get(names.llm_model, job.llm_model) or ""
    embedding = in_job.before.get(names.embedding_model, job.embedding_model) or ""
    old = replace(job, llm_model=llm, embedding_model=embedding)
    executions = reader.executions()
    running = unfinished(executions)
    held, matches = _cache(old, reader)
    back = SetJobEnv(before=in_job.after, after=in_job.before)
    part = _Part(
        steps=(back,),
        verify=_verify(old, in_service, service, deployment),
        facts={"cache": held, "running execution": running[0].name if running else "none"},
        tfvars=tfvars_lines(llm or None, embedding or None),
    )
    if matches and not running:
        return part
    expected = expected_duration(executions)
    fetch = sync_steps(old, expected, RunSync(join=False))
    return replace(part, steps=(back, *fetch), expected=expected, warnings=(_DOWNLOAD,))


def _cache(old: SyncJob, reader: Reader) -> tuple[str, bool]:
    """Say what the cache holds, and whether that is just what the job will name."""
    try:
        state = inspect_cache(reader)
    except NotFound as exc:
        raise OpsError(
            "There is no bucket to download the old models into.",
            "`/cache recover` brings it back.",
            offers=("recover",),
        ) from exc
    manifest = state.manifest
    if manifest is None:
        return "no readable manifest", False
    held = (
        manifest.ollama.name if manifest.ollama else "",
        manifest.embedding.name if manifest.embedding else "",
    )
    matches = state.consistency.consistent and held == (old.llm_model, old.embedding_model)
    whole = "consistent" if state.consistency.consistent else "inconsistent"
    return f"{manifest.version} with {held[0]} and {held[1]}, {whole}", matches


def _verify(
    old: SyncJob, in_service: SetServiceEnv | None, service: Service, deployment: Deployment
) -> tuple[Step, ...]:
    """Compare the names afterwards where they were the same in job and service before."""
    names = deployment.variables
    asked = {**service.env, **(in_service.before if in_service else {})}
    llm = old.llm_model if asked.get(names.llm_model) == old.llm_model else ""
    same = asked.get(names.embedding_model) == old.embedding_model
    embedding = old.embedding_model if same else ""
    return (VerifyNames(llm, embedding),) if llm or embedding else ()


def version_before(operation: Operation) -> str:
    """Return the version that an operation has replaced object by object, empty if none.

    It saved that version's inventory first, so that one can come back to it with proof.
    """
    steps = [record.step for record in operation.steps]
    restored = any(isinstance(step, VerifyRestored) for step in steps)
    saved = (step.version for step in steps if isinstance(step, SaveInventory) and step.version)
    return next(saved, "") if restored else ""


def plan_back(operation: Operation, plan: Plan) -> Plan:
    """Make an undo of the rollback that leads back: what was paused is resumed at its end.

    Raises:
        OpsError: the operation still runs.
    """
    if not operation.state.finished:
        raise OpsError(f"{operation.id} still runs.", "`/cache cancel` stops it.")
    paused = any(
        record.step == SwitchNightly(resume=False) and record.state is StepState.DONE
        for record in operation.steps
    )
    resume = (SwitchNightly(resume=True),) if paused else ()
    facts = {"operation": operation.id, **plan.facts}
    if paused:
        facts |= {"nightly trigger at the end": "enabled"}
    return replace(
        plan,
        verb="undo",
        summary=f"Take back {operation.id}. {plan.summary}",
        facts=facts,
        steps=(*plan.steps, *resume),
        again=f"undo {operation.id}",
    )
