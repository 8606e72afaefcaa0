"""What a recovery is decided on, and the facts that its plan relies on."""

from dataclasses import dataclass

from core.cache.buckets import BucketSpec, Grant
from core.cache.examination import Examination, Readings, time_text
from core.cache.lifecycle import harmful_rules, missing_rules, rule_text
from core.cache.objects import LifecycleRule, total_bytes
from core.cache.salvage import Salvage
from core.cache.symptoms import Condition
from core.deployment import Expectations
from core.doomed import digest_of
from core.parallel import Known, Unknown
from core.plans import EXACT_SET, Plan
from core.quantities import count_text, size_text
from core.services import TriggerState

_GONE = (
    "The bucket was deleted for good: every earlier version is gone, and no rollback is possible "
    "until a second version has been synced."
)
_INSTANCES = (
    "Instances that run keep what they have loaded. Those that start once the sync is done find "
    "the new cache: no new revision is needed."
)
_BROKEN_BEFORE = frozenset({"version before", "manifest generation before", "cache before"})
"""The facts of a sync that say what it replaces."""


@dataclass(frozen=True, slots=True)
class RecoverCase:
    """Everything that the plan is decided on."""

    spec: BucketSpec
    expectations: Expectations
    readings: Readings
    examination: Examination
    salvage: Salvage
    sync: Plan | None


def facts_of(case: RecoverCase) -> dict[str, str]:
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
    if salvage.unlisted is not None:
        facts["soft-deleted versions"] = "could not be listed"
    for name, rules in (("remove", rules_to_remove(case)), ("add", rules_to_add(case))):
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


def losses_of(case: RecoverCase) -> tuple[str, ...]:
    """Say what is gone for good with the bucket, and what that means; nothing where it is not."""
    lost = case.readings.lost
    if not (case.readings.bucket_missing and isinstance(lost, Known) and not lost.value):
        return ()
    return (_GONE, *((_INSTANCES,) if case.sync else ()))


def nightly_of(case: RecoverCase) -> tuple[str, ...]:
    """Say that the nightly sync is paused, where it is: nobody looks there in an incident."""
    trigger = case.readings.nightly
    if isinstance(trigger, Known) and trigger.value.state is TriggerState.PAUSED:
        return ("The nightly sync is paused, and stays so: `/cache resume nightly` resumes it.",)
    return ()


def rules_to_remove(case: RecoverCase) -> tuple[LifecycleRule, ...]:
    """Return the rules that delete models too early, as far as they are known."""
    if isinstance(case.readings.settings, Unknown):
        return ()
    return harmful_rules(case.readings.settings.value.lifecycle, case.expectations)


def rules_to_add(case: RecoverCase) -> tuple[LifecycleRule, ...]:
    """Return the rules that lack; of a bucket that is to be restored that is known later."""
    if not isinstance(case.readings.settings, Unknown):
        removed = rules_to_remove(case)
        there = case.readings.settings.value.lifecycle
        return missing_rules([one for one in there if one not in removed], case.spec.rules)
    restored = isinstance(case.readings.lost, Known) and case.readings.lost.value
    return case.spec.rules if restored else ()


def grants_of(case: RecoverCase) -> tuple[Grant, ...]:
    """Return the roles that accounts lack, as far as that is known."""
    return tuple(grant for _, grant in case.examination.accounts if grant is not None)
