"""Bringing the bucket back: each remedy looks first, does what is missing, and looks again."""

from typing import assert_never

from core.cache.buckets import BucketRepair, BucketSpec, roles_of, suffices
from core.cache.evidence import CHANGED_BUCKET
from core.cache.lifecycle import harmful_rules, lacking_settings, missing_rules, rule_text
from core.cache.objects import BucketSettings
from core.context import Context
from core.deployment import Expectations
from core.errors import Conflict, NotFound
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    ProveWhole,
    Remedy,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)
from core.steps.lost import restore_lost
from core.steps.volume import disable_volume
from core.steps.wholeness import prove_whole

_MOST_CONFLICTS = 5
_AGAIN = "`/cache recover` makes a new plan from what is there now."


def remedy(step: Remedy, context: Context) -> Outcome:
    """Try a remedy once.

    Raises:
        CloudError: no clear answer, or a refusal; trying again looks first.
    """
    match step:
        case DisableVolume():
            return disable_volume(step, context)
        case RestoreLost():
            return restore_lost(step, context)
        case _ if context.stopping:
            return Stopped("Nothing was done here.")
        case RestoreBucket():
            return _restore_bucket(step, context)
        case CreateBucket():
            return _create_bucket(step, context)
        case RepairBucket():
            return _repair_bucket(step, context)
        case AddRules():
            return _add_rules(step, context)
        case GrantAccess():
            return _grant_access(step, context)
        case ProveWhole():
            return prove_whole(context)
        case _:
            assert_never(step)


def _restore_bucket(step: RestoreBucket, context: Context) -> Outcome:
    """Restore it; a live bucket is the restored one where that one is no longer soft-deleted."""
    if _live(context) is not None:
        lost = context.cloud.soft_deleted_buckets()
        if all(one.generation != step.generation for one in lost):
            return Done("The bucket is live again.")
        return Failed(
            "Somebody has created another bucket of this name, and while it is there the deleted "
            "one cannot be restored.",
            f"Delete the new one if nobody needs it. {_AGAIN}",
        )
    try:
        context.cloud.restore_bucket(step.generation)
    except Conflict as exc:
        return _look_again(context, exc)
    return Done("The bucket is live again, with its settings and its access.")


def _create_bucket(step: CreateBucket, context: Context) -> Outcome:
    """Create it; one that is there and to the spec is ours, and only the reply was lost."""
    found = _live(context)
    if found is not None:
        differs = _differences(found, step.spec)
        if not differs:
            told = f"The bucket is there in {found.location}, to the spec."
            return Done(told, {CHANGED_BUCKET: "yes"})
        return Failed(f"Somebody has created the bucket meanwhile. {' '.join(differs)}", _AGAIN)
    if context.cloud.soft_deleted_buckets():
        return Failed(
            "A soft-deleted bucket of this name has turned up. A new one would rule out restoring "
            "it, so none was created.",
            _AGAIN,
        )
    try:
        context.cloud.create_bucket(step.spec)
    except Conflict as exc:
        return _look_again(context, exc)
    told = f"Created in {step.spec.location}, with versioning and lifecycle rules."
    return Done(told, {CHANGED_BUCKET: "yes"})


def _differences(found: BucketSettings, spec: BucketSpec) -> tuple[str, ...]:
    """Say what is not to the spec, one sentence each; Cloud Storage writes regions in capitals."""
    differs: list[str] = []
    if found.location.lower() != spec.location.lower():
        differs.append(f"It is in {found.location}, not in {spec.location}.")
    if not found.uniform_access:
        differs.append("Access to it is not uniform.")
    return (*differs, *lacking_settings(found, _expectations(spec)))


def _repair_bucket(step: RepairBucket, context: Context) -> Outcome:
    expectations = _expectations(step.spec)
    found = context.cloud.bucket()
    drop = harmful_rules(found.lifecycle, expectations)
    if found.versioning and not drop:
        return Done("Versioning is on, and no rule deletes models too early.")
    try:
        context.cloud.repair_bucket(BucketRepair(found.metageneration, (), drop))
    except Conflict as exc:
        return _look_again(context, exc)
    after = context.cloud.bucket()
    if not after.versioning or harmful_rules(after.lifecycle, expectations):
        return Failed("The settings were changed, but are not what they should be.", _AGAIN)
    removed = f" Removed: {'; '.join(rule_text(one) for one in drop)}." if drop else ""
    return Done(f"Versioning is on.{removed}")


def _add_rules(step: AddRules, context: Context) -> Outcome:
    found = context.cloud.bucket()
    missing = missing_rules(found.lifecycle, step.rules)
    if not missing:
        return Done("The bucket's rules do all that is needed.")
    try:
        context.cloud.repair_bucket(BucketRepair(found.metageneration, missing, ()))
    except Conflict as exc:
        return _look_again(context, exc)
    if missing_rules(context.cloud.bucket().lifecycle, step.rules):
        return Failed("Rules were added, but are not what they should be.", _AGAIN)
    return Done(f"Added: {'; '.join(rule_text(one) for one in missing)}.")


def _grant_access(step: GrantAccess, context: Context) -> Outcome:
    """Grant what is missing; access that came back with the bucket is left as it is."""
    bindings = context.cloud.bindings()
    missing = [one for one in step.grants if not suffices(roles_of(one.member, bindings))]
    for grant in missing:
        try:
            context.cloud.grant(grant)
        except Conflict as exc:
            return _look_again(context, exc)
    if not missing:
        return Done("The accounts have what they need.")
    told = ", ".join(f"{one.role} for {one.member.partition(':')[2]}" for one in missing)
    return Done(f"Granted: {told}.")


def _look_again(context: Context, conflict: Conflict) -> Outcome:
    """Look anew after a conflict, which may be our own write whose reply was lost."""
    count = int(context.memory.recall().get("conflicts", "0")) + 1
    if count > _MOST_CONFLICTS:
        return Failed(conflict.message, f"Nothing was overwritten. {_AGAIN}")
    context.memory.remember({"conflicts": str(count)})
    return Pending("Something was changed at the same moment; looking again.", context.pace.poll)


def _live(context: Context) -> BucketSettings | None:
    try:
        return context.cloud.bucket()
    except NotFound:
        return None


def _expectations(spec: BucketSpec) -> Expectations:
    return Expectations(kept_versions=spec.kept_versions, temporary_age=spec.temporary_age)
