"""`/cache rollback`: an earlier version restored object by object, kept, and proven.

Restoring the manifest alone is no rollback: the models would stay the new ones. So the set of
objects that made the version up is restored, models first, then the manifest, `.done` last; the
marker is never deleted in between, or a starting instance would take the cache for empty and
write into it. The nightly trigger is paused before the first write and not after the last, as
a sync that starts in the middle would mix the two versions: docs/adr/0004.
"""

from collections.abc import Mapping
from datetime import timedelta

from core.cache.inventory import Inventory, take_inventory
from core.cache.manifest import Manifest
from core.deployment import Deployment
from core.errors import NothingToDo, OpsError
from core.inspection.versions import VersionRow
from core.plans import (
    EXACT_SET,
    Asking,
    AwaitReady,
    CheckConsistency,
    CheckService,
    CheckSources,
    Plan,
    RestoreObjects,
    RetireObjects,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    SwitchNightly,
    VerifyRestored,
    WatchStartups,
    WriteDone,
)
from core.policy import Role
from core.procedures.durations import READY, USUAL
from core.procedures.rollback_changes import Changes, changes_to
from core.procedures.rollback_scene import RollbackScene
from core.quantities import count_text, size_text
from core.services import TriggerState
from core.tfvars import tfvars_lines

_WATCHED = timedelta(hours=24)
_PER_OBJECT = timedelta(seconds=0.2)
_MIXED = (
    "Instances that are reading a file while it is replaced may see an error, and for about a "
    "minute a mix of both versions."
)
_NO_WAY_BACK = {
    False: "This one cannot be undone: the cache before it was not whole, so no version is left "
    "to come back to.",
    True: "This one cannot be undone: the version was live before it, too.",
}
"""By whether the cache was whole before."""

_UNTIL_RESUMED = (
    "As long as the nightly sync is paused nothing newer comes by night: `/cache resume nightly` "
    "once the job is to download again. A sync from CI or by hand brings newer models at once."
)


def plan_rollback(row: VersionRow, scene: RollbackScene, deployment: Deployment) -> Plan:
    """Plan to restore the version that `row` tells of, in place of what `scene` shows.

    Raises:
        OpsError: it cannot be restored, nothing would change, or a sync is running.
    """
    manifest = _restorable(row, scene)
    changes = changes_to(row, scene)
    steps = _steps(row, manifest, changes, scene, deployment)
    if not steps:
        raise NothingToDo(
            f"Version {row.version} is what is live already, and nothing is left to do.",
            "`/cache health` shows how it is.",
        )
    live = scene.consistent_version
    back = bool(live) and live != row.version
    return Plan(
        verb="rollback",
        summary=_summary(row, manifest, changes, scene),
        facts=_facts(row, manifest, changes, scene),
        steps=steps,
        closing=(CheckConsistency(), *((CheckService(),) if scene.service else ())),
        warnings=_warnings(row, changes, scene),
        reminders=_reminders(scene),
        undo="undo {id}" if back else "",
        no_undo="" if back else _NO_WAY_BACK[bool(live)],
        again=f"rollback {row.version}",
        expected=USUAL + _PER_OBJECT * (len(changes.models) + len(changes.extras)),
        tfvars=_tfvars(manifest, scene),
        ask=Asking(Role.OPERATOR, typed=row.version, danger=True),
    )


def _summary(row: VersionRow, manifest: Manifest, changes: Changes, scene: RollbackScene) -> str:
    models = _models(manifest)
    if changes.any:
        return f"Restore version {row.version} ({models}) in place of {scene.version}."
    return (
        f"Finish the rollback to version {row.version} ({models}): it is live, and the rest is "
        "brought after it."
    )


def _restorable(row: VersionRow, scene: RollbackScene) -> Manifest:
    if scene.running:
        raise OpsError(
            f"{scene.running} is running, and would overwrite what is restored.",
            "Wait for it, or stop it: `/cache sync` joins it and has a Stop button.",
            offers=("sync",),
        )
    manifest = row.manifest
    if manifest is None or not row.restorability.restorable:
        raise OpsError(
            f"Version {row.version} cannot be restored. {row.restorability.why} Nothing was "
            "changed.",
            "What is left is to re-download its models. They come from the internet as they are "
            "there today, so this is no rollback.",
            offers=(*_download(manifest, scene), "versions"),
        )
    return manifest


def _download(manifest: Manifest | None, scene: RollbackScene) -> tuple[str, ...]:
    """Return the command that downloads a version's models anew."""
    if manifest is None or manifest.ollama is None or manifest.embedding is None:
        return ()
    names = (manifest.ollama.name, manifest.embedding.name)
    if scene.job and names == (scene.job.llm_model, scene.job.embedding_model):
        return ("sync",)
    return (f"update llm={names[0]} embedding={names[1]}",)


def _steps(
    row: VersionRow,
    manifest: Manifest,
    changes: Changes,
    scene: RollbackScene,
    deployment: Deployment,
) -> tuple[Step, ...]:
    """Return what is left to do: of a version that is live as a whole only what comes after."""
    after = _steps_afterwards(row, manifest, scene, deployment)
    if not changes.any and not after:
        return ()
    steps: list[Step] = [CheckSources()] if changes.any else []
    if scene.trigger and scene.trigger.state is TriggerState.ENABLED:
        steps.append(SwitchNightly(resume=False))
    if changes.any and scene.consistent_version:
        steps.append(SaveInventory(scene.consistent_version))
    if changes.models:
        steps.append(RestoreObjects(changes.models))
    if changes.extras:
        steps.append(RetireObjects(changes.extras))
    if changes.manifest:
        steps.append(RestoreObjects(changes.manifest))
    if changes.any:
        steps.append(WriteDone(row.version, changes.done_onto))
    return (*steps, VerifyRestored(_inventory(row)), SaveInventory(), *after)


def _steps_afterwards(
    row: VersionRow, manifest: Manifest, scene: RollbackScene, deployment: Deployment
) -> tuple[Step, ...]:
    """Return what follows once the objects are live: the job's models and a new revision."""
    pinned = _job_change(manifest, scene, deployment)
    steps: tuple[Step, ...] = (pinned,) if pinned else ()
    revision = _revision(manifest, scene, deployment)
    if scene.restarts and (revision.after or not scene.restarted_on(row.version)):
        steps += (revision, AwaitReady(READY), WatchStartups(row.version, _WATCHED))
    return steps


def _inventory(row: VersionRow) -> Inventory:
    return take_inventory(row.version, row.generation, row.objects.values())


def _job_change(
    manifest: Manifest, scene: RollbackScene, deployment: Deployment
) -> SetJobEnv | None:
    """Pin the job to the version's models, or its next run would bring the others back."""
    if scene.job is None:
        return None
    now = {
        deployment.variables.llm_model: scene.job.llm_model,
        deployment.variables.embedding_model: scene.job.embedding_model,
    }
    before, after = _differing(now, manifest, deployment)
    return SetJobEnv(before, after) if after else None


def _revision(manifest: Manifest, scene: RollbackScene, deployment: Deployment) -> SetServiceEnv:
    """Make a new revision, told the version's models where it was told others."""
    env = scene.service.env if scene.service else {}
    return SetServiceEnv(*_differing(env, manifest, deployment))


def _differing(
    now: Mapping[str, str], manifest: Manifest, deployment: Deployment
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return the variables that name other models: as they are, and as they should be."""
    named = (
        (deployment.variables.llm_model, manifest.ollama),
        (deployment.variables.embedding_model, manifest.embedding),
    )
    wrong = {
        name: model.name
        for name, model in named
        if model and now.get(name, "") not in ("", model.name)
    }
    return {name: now[name] for name in wrong}, dict(wrong)


def _facts(
    row: VersionRow, manifest: Manifest, changes: Changes, scene: RollbackScene
) -> dict[str, str]:
    models = count_text(len(changes.models) + len(changes.manifest), "object")
    return {
        "version before": scene.version,
        "version to restore": row.version,
        "language model": manifest.ollama.name if manifest.ollama else "none",
        "embedding model": manifest.embedding.name if manifest.embedding else "none",
        "cache before": "consistent" if scene.consistent_version else "inconsistent",
        "to restore": f"{models}, {size_text(changes.size_bytes)}",
        "right already": count_text(changes.right_already, "object"),
        "to remove under sbert/": count_text(len(changes.extras), "object"),
        "proof": "inventory saved after its sync" if row.inventory else "time of its manifest",
        "nightly trigger": scene.trigger.state.value if scene.trigger else "not configured",
        "job models": f"{scene.job.llm_model}, {scene.job.embedding_model}"
        if scene.job
        else "not configured",
        "service": scene.service_told,
        EXACT_SET: changes.digest,
    }


def _warnings(row: VersionRow, changes: Changes, scene: RollbackScene) -> tuple[str, ...]:
    told = [_MIXED] if changes.any else []
    if not row.inventory:
        told.append(
            "No inventory was saved for this version, so its files are those of its time; the "
            "models are checked as far as their own lists go."
        )
    if scene.trigger and scene.trigger.state is TriggerState.ENABLED:
        told.append(
            "The nightly sync is paused, or it would undo this: `/cache resume nightly` once the "
            "job is to download again. A sync from CI or by hand brings newer models back, too."
        )
    told += [scene.no_restart] if scene.no_restart else []
    return tuple(told)


def _reminders(scene: RollbackScene) -> tuple[str, ...]:
    told = (_UNTIL_RESUMED,) if scene.trigger else ()
    return (*told, scene.no_restart) if scene.no_restart else told


def _tfvars(manifest: Manifest, scene: RollbackScene) -> tuple[str, ...]:
    """Return the lines that keep the next `terraform apply` from bringing the models back."""
    if manifest.ollama is None or manifest.embedding is None or scene.job is None:
        return ()
    if (scene.job.llm_model, scene.job.embedding_model) == (
        manifest.ollama.name,
        manifest.embedding.name,
    ):
        return ()
    return tfvars_lines(manifest.ollama.name, manifest.embedding.name)


def _models(manifest: Manifest) -> str:
    named = (manifest.ollama, manifest.embedding)
    return ", ".join(model.name for model in named if model)
