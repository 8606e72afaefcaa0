"""`/cache recover`: look what is broken, and take the least destructive road back.

A soft-deleted bucket is restored, never created anew: a new one of its name would rule the
restore out. Objects come back from noncurrent and soft-deleted versions where a complete
version is left. A sync follows where it is not proven, beforehand or afterwards, that it is whole.
"""

from collections.abc import Mapping
from datetime import timedelta

from core.cache.buckets import BucketSpec
from core.cache.examination import Examination, Readings, examine, read_all
from core.cache.inventory import Inventory
from core.cache.salvage import Salvage, salvage_of
from core.cache.symptoms import Condition, Symptom
from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.errors import NotFound, NothingToDo, OpsError
from core.parallel import Known, Unknown
from core.plans import Asking, CheckConsistency, Plan, RunSync, Step
from core.policy import Role
from core.procedures.durations import READY, USUAL
from core.procedures.recover_case import (
    RecoverCase,
    facts_of,
    grants_of,
    losses_of,
    nightly_of,
    rules_to_add,
    rules_to_remove,
)
from core.procedures.sync import plan_sync
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    ProveWhole,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)

_LAST_RESORT = (
    "Where this fails and the cache is not whole, the shared volume is switched off. The bucket "
    "stays mounted all the same: while it is missing every start fails, switched off or not."
)
_NO_UNDO = "This one cannot be undone: what was lost or broken is nothing to go back to."
_SLOW_ROLES = "New roles may take some minutes to reach every part of Google Cloud."
_UNLISTED = (
    "The soft-deleted versions could not be listed; a newer version may be among them, which could "
    "be restored without a download."
)
_DOWNLOAD = "The sync downloads the models anew: what their names stand for may have changed since."
_IF_NOT_WHOLE = (
    "Only where what is restored is not proven whole, the sync downloads the models anew: what "
    "their names stand for may have changed since."
)


def plan_recover(
    reader: Reader,
    deployment: Deployment,
    expectations: Expectations,
    inventories: Mapping[str, Inventory],
) -> Plan:
    """Plan to bring the cache back; changes nothing.

    Raises:
        OpsError: nothing is wrong, too little could be read, or nothing can be done about it.
    """
    readings = read_all(reader)
    examination = examine(readings, deployment, expectations)
    _refuse(examination, readings)
    spec = BucketSpec(
        deployment.bucket,
        deployment.region,
        expectations.kept_versions,
        expectations.temporary_age,
    )
    broken = examination.content.condition is Condition.WRONG
    salvage = salvage_of(reader, inventories) if broken else Salvage()
    needs_sync = readings.bucket_missing or (broken and not salvage.proven)
    sync = _sync(reader) if needs_sync else None
    case = RecoverCase(spec, expectations, readings, examination, salvage, sync)
    steps = _steps(case)
    if not steps:
        raise _helpless(salvage)
    return _plan(case, steps)


def _helpless(salvage: Salvage) -> OpsError:
    if salvage.unlisted is not None:
        return OpsError(
            "The cache is broken and there is no sync job to fill it. No complete version is kept, "
            "and whether one can be restored is not known: the soft-deleted versions could not be "
            f"listed. {salvage.unlisted.message}",
            salvage.unlisted.hint,
        )
    return OpsError(
        "The cache is broken, but there is no complete version to restore and no sync job to "
        "fill it.",
        "Check the job's name in the bot's settings, or deploy it.",
    )


def _plan(case: RecoverCase, steps: tuple[Step, ...]) -> Plan:
    whole = case.examination.content.condition is Condition.OK
    last_resort = () if whole else (DisableVolume(READY),)
    synced = case.sync.expected if case.sync else timedelta()
    return Plan(
        verb="recover",
        summary=_summary(steps),
        facts=facts_of(case),
        steps=steps,
        closing=(CheckConsistency(), *last_resort),
        warnings=_warnings(case, steps, whole=whole),
        reminders=(*losses_of(case), *nightly_of(case)),
        no_undo=_NO_UNDO,
        again="recover",
        expected=synced + USUAL,
        ask=Asking(Role.OPERATOR, typed=case.spec.name, danger=True),
        symptoms=(*case.examination.symptoms, *_unlisted(case.salvage)),
    )


def _unlisted(salvage: Salvage) -> tuple[Symptom, ...]:
    if salvage.unlisted is None:
        return ()
    return (Symptom("Soft-deleted versions", Condition.UNKNOWN, salvage.unlisted.message),)


def _refuse(examination: Examination, readings: Readings) -> None:
    """Refuse where nothing is wrong, and where what is wrong is not known."""
    if examination.bucket.condition is Condition.UNKNOWN:
        unread = readings.lost if readings.bucket_missing else readings.settings
        hint = unread.hint if isinstance(unread, Unknown) else ""
        raise OpsError(
            f"I cannot tell what has become of the bucket, so I plan nothing. "
            f"{examination.bucket.evidence}",
            hint or "Try again in a minute.",
        )
    if examination.those(Condition.WRONG):
        return
    unknown = examination.those(Condition.UNKNOWN)
    if unknown:
        listed = " ".join(f"{one.title}: {one.evidence}" for one in unknown)
        raise OpsError(
            f"Nothing is known to be wrong, but not everything could be read. {listed}",
            "Grant what is missing, as docs/iam.md lists it, and ask again.",
        )
    raise NothingToDo(
        f"There is nothing to recover. {examination.content.evidence}",
        "Nothing was changed. `/cache health` shows every check.",
        offers=("health",),
    )


def _sync(reader: Reader) -> Plan | None:
    try:
        return plan_sync(reader, bucketless=True)
    except NotFound:
        return None


def _steps(case: RecoverCase) -> tuple[Step, ...]:
    bucket = _bucket_steps(case)
    grants = grants_of(case)
    access: tuple[Step, ...] = (GrantAccess(grants),) if grants else ()
    lost = case.readings.bucket_missing and isinstance(bucket[0], RestoreBucket)
    restore: tuple[Step, ...] = ()
    if lost or case.salvage.missing:
        restore = (RestoreLost(case.salvage.items),)
    added = rules_to_add(case)
    rules: tuple[Step, ...] = (AddRules(added),) if added else ()
    steps = (*bucket, *access, *restore, *rules)
    if case.sync is not None:
        spare = (ProveWhole(),) if restore else ()
        return (*steps, *spare, *case.sync.steps)
    provable = restore or case.examination.content.condition is Condition.OK
    return (*steps, CheckConsistency()) if steps and provable else steps


def _bucket_steps(case: RecoverCase) -> tuple[Step, ...]:
    if case.readings.bucket_missing:
        lost = case.readings.lost.value if isinstance(case.readings.lost, Known) else ()
        if lost:
            return (
                RestoreBucket(lost[0].generation, lost[0].gone_at),
                RepairBucket(case.spec),
            )
        return (CreateBucket(case.spec),)
    drop = rules_to_remove(case)
    wrong = case.examination.versioning.condition is Condition.WRONG or drop
    return (RepairBucket(case.spec, drop),) if wrong else ()


def _summary(steps: tuple[Step, ...]) -> str:
    """Say in one sentence what the steps come to."""
    parts: list[str] = []
    for step in steps:
        match step:
            case RestoreBucket():
                parts.append("restore the deleted bucket")
            case CreateBucket():
                parts.append("create the bucket anew")
            case RepairBucket():
                parts.append("mend its settings")
            case AddRules():
                parts.append("add delete rules")
            case GrantAccess():
                parts.append("grant the accounts their roles")
            case RestoreLost():
                parts.append("restore the newest complete version")
            case RunSync():
                spare = any(isinstance(one, ProveWhole) for one in steps)
                parts.append("sync if it is not whole" if spare else "sync")
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if parts[1:] else parts[0]
    return f"{told[0].upper()}{told[1:]}."


def _warnings(case: RecoverCase, steps: tuple[Step, ...], *, whole: bool) -> tuple[str, ...]:
    unknown = case.examination.those(Condition.UNKNOWN)
    unread = [one for one in unknown if not case.readings.bucket_missing]
    warnings = [*losses_of(case), *nightly_of(case)]
    warnings += [f"{one.title} is not known, so nothing is done about it." for one in unread]
    if case.salvage.unlisted is not None:
        warnings.append(_UNLISTED)
    if any(isinstance(step, GrantAccess) for step in steps):
        warnings.append(_SLOW_ROLES)
    if case.sync is not None:
        spare = any(isinstance(step, ProveWhole) for step in steps)
        warnings += [*case.sync.warnings, _IF_NOT_WHOLE if spare else _DOWNLOAD]
    elif not whole and not case.salvage.proven:
        warnings.append("There is no sync job, so the result is only checked, not filled up.")
    return (*warnings, *(() if whole else (_LAST_RESORT,)))
