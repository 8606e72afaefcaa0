"""`/cache recover`: look what is broken, and take the least destructive road back.

A soft-deleted bucket is restored, never created anew: a new one of its name would rule the
restore out. Objects come back from noncurrent and soft-deleted versions where a complete
version is left, which needs no download. A sync follows wherever that cannot be proven beforehand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.buckets import BucketSpec, Grant
from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.doomed import digest_of
from core.errors import NotFound, OpsError
from core.examination import Examination, Readings, examine, read_all, time_text
from core.inventory import Inventory
from core.lifecycle import harmful_rules, missing_rules, rule_text
from core.objects import LifecycleRule, total_bytes
from core.parallel import Known, Unknown
from core.plans import EXACT_SET, Asking, CheckConsistency, Plan, RunSync, Step
from core.policy import Role
from core.procedures.sync import plan_sync
from core.quantities import count_text, size_text
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)
from core.salvage import Salvage, salvage_of
from core.symptoms import Condition

_BROKEN_BEFORE = frozenset({"version before", "manifest generation before", "cache before"})
"""The facts of a sync that say what it replaces."""

_READY = timedelta(minutes=10)
_USUAL = timedelta(minutes=1)
_LAST_RESORT = (
    "Where this fails and the cache is not whole, the shared volume is switched off. The bucket "
    "stays mounted all the same: while it is missing every start fails, switched off or not."
)
_SLOW_ROLES = "New roles may take some minutes to reach every part of Google Cloud."
_DOWNLOAD = "The sync downloads the models anew: what their names stand for may have changed since."


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that the plan is decided on."""

    spec: BucketSpec
    expectations: Expectations
    readings: Readings
    examination: Examination
    salvage: Salvage
    sync: Plan | None


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
    case = _Case(spec, expectations, readings, examination, salvage, sync)
    steps = _steps(case)
    if not steps:
        raise OpsError(
            "The cache is broken, but there is no complete version to restore and no sync job "
            "to fill it.",
            "Check the job's name in the bot's settings, or deploy it.",
        )
    return _plan(case, steps)


def _plan(case: _Case, steps: tuple[Step, ...]) -> Plan:
    whole = case.examination.content.condition is Condition.OK
    last_resort = () if whole else (DisableVolume(_READY),)
    synced = case.sync.expected if case.sync else timedelta()
    return Plan(
        verb="recover",
        summary=_summary(steps),
        facts=_facts(case),
        steps=steps,
        closing=(CheckConsistency(), *last_resort),
        warnings=_warnings(case, steps, whole=whole),
        again="recover",
        expected=synced + _USUAL,
        ask=Asking(Role.OPERATOR, typed=case.spec.name, danger=True),
        symptoms=case.examination.symptoms,
    )


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
    raise OpsError(
        f"There is nothing to recover. {examination.content.evidence}",
        "Nothing was changed. `/cache health` shows every check.",
        offers=("health",),
    )


def _sync(reader: Reader) -> Plan | None:
    try:
        return plan_sync(reader)
    except NotFound:
        return None


def _steps(case: _Case) -> tuple[Step, ...]:
    bucket = _bucket_steps(case)
    grants = _grants(case)
    access: tuple[Step, ...] = (GrantAccess(grants),) if grants else ()
    lost = case.readings.bucket_missing and isinstance(bucket[0], RestoreBucket)
    restore: tuple[Step, ...] = (RestoreLost(),) if lost or case.salvage.missing else ()
    added = _rules_to_add(case)
    rules: tuple[Step, ...] = (AddRules(added),) if added else ()
    steps = (*bucket, *access, *restore, *rules)
    if case.sync is not None:
        return (*steps, *case.sync.steps)
    provable = restore or case.examination.content.condition is Condition.OK
    return (*steps, CheckConsistency()) if steps and provable else steps


def _bucket_steps(case: _Case) -> tuple[Step, ...]:
    if case.readings.bucket_missing:
        lost = case.readings.lost.value if isinstance(case.readings.lost, Known) else ()
        if lost:
            return (
                RestoreBucket(lost[0].generation, lost[0].gone_at),
                RepairBucket(case.spec),
            )
        return (CreateBucket(case.spec),)
    drop = _rules_to_remove(case)
    wrong = case.examination.versioning.condition is Condition.WRONG or drop
    return (RepairBucket(case.spec, drop),) if wrong else ()


def _rules_to_remove(case: _Case) -> tuple[LifecycleRule, ...]:
    """Return the rules that delete models too early, as far as they are known."""
    if isinstance(case.readings.settings, Unknown):
        return ()
    return harmful_rules(case.readings.settings.value.lifecycle, case.expectations)


def _rules_to_add(case: _Case) -> tuple[LifecycleRule, ...]:
    """Return the rules that lack; of a bucket that is to be restored that is known later."""
    if not isinstance(case.readings.settings, Unknown):
        removed = _rules_to_remove(case)
        there = case.readings.settings.value.lifecycle
        return missing_rules([one for one in there if one not in removed], case.spec.rules)
    restored = isinstance(case.readings.lost, Known) and case.readings.lost.value
    return case.spec.rules if restored else ()


def _grants(case: _Case) -> tuple[Grant, ...]:
    return tuple(grant for _, grant in case.examination.accounts if grant is not None)


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
                parts.append("sync")
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if parts[1:] else parts[0]
    return f"{told[0].upper()}{told[1:]}."


def _facts(case: _Case) -> dict[str, str]:
    """Put down all that the plan relies on; nothing in it changes by itself.

    Evidence is no fact, nor is which manifest a sync will replace: while the cache is broken
    every startup may write a stub, and the plan stays the same.
    """
    readings, salvage = case.readings, case.salvage
    facts = {"bucket": _bucket_fact(readings), "diagnosis": _diagnosis_fact(case.examination)}
    if salvage.missing:
        proof = "proven whole" if salvage.proven else "not proven whole"
        size = size_text(total_bytes(salvage.missing))
        count = count_text(len(salvage.missing), "object")
        facts["to restore"] = f"{count}, {size}, {proof}"
        facts[EXACT_SET] = digest_of(one.key for one in salvage.missing)
    for name, rules in (("remove", _rules_to_remove(case)), ("add", _rules_to_add(case))):
        if rules:
            facts[f"delete rules to {name}"] = "; ".join(rule_text(one) for one in rules)
    for name, grant in zip(("service", "sync job"), case.examination.accounts, strict=True):
        if grant[1] is not None:
            facts[f"grant for the {name}"] = f"{grant[1].role} to {grant[1].member}"
    if not isinstance(readings.service, Unknown):
        service = readings.service.value
        volume = "on" if service.enabled else "off"
        facts["shared volume"] = f"{volume} in {service.latest_ready_revision}"
    of_sync = case.sync.facts if case.sync else {}
    return facts | {name: of_sync[name] for name in of_sync if name not in _BROKEN_BEFORE}


def _diagnosis_fact(examination: Examination) -> str:
    parts = {"wrong": Condition.WRONG, "not known": Condition.UNKNOWN}
    titles = {
        name: ", ".join(one.title for one in examination.those(condition))
        for name, condition in parts.items()
    }
    return "; ".join(f"{name}: {listed}" for name, listed in titles.items() if listed)


def _bucket_fact(readings: Readings) -> str:
    if not isinstance(readings.settings, Unknown):
        found = readings.settings.value
        return f"live, generation {found.generation}, metageneration {found.metageneration}"
    lost = [] if isinstance(readings.lost, Unknown) else readings.lost.value
    if not lost:
        return "gone"
    return f"soft-deleted, generation {lost[0].generation}, until {time_text(lost[0].gone_at)}"


def _warnings(case: _Case, steps: tuple[Step, ...], *, whole: bool) -> tuple[str, ...]:
    unknown = case.examination.those(Condition.UNKNOWN)
    unread = [one for one in unknown if not case.readings.bucket_missing]
    warnings = [f"{one.title} is not known, so nothing is done about it." for one in unread]
    if any(isinstance(step, GrantAccess) for step in steps):
        warnings.append(_SLOW_ROLES)
    if case.sync is not None:
        warnings += [*case.sync.warnings, _DOWNLOAD]
    elif not whole and not case.salvage.proven:
        warnings.append("There is no sync job, so the result is only checked, not filled up.")
    return (*warnings, *(() if whole else (_LAST_RESORT,)))
