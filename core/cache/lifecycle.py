"""Whether a bucket's settings keep what a rollback needs, and drop the rest."""

from collections.abc import Sequence
from datetime import timedelta

from core.cache.objects import OLLAMA, SBERT, TEMPORARY, BucketSettings, LifecycleRule
from core.deployment import Expectations
from core.quantities import count_text, duration_text


def lacking_settings(settings: BucketSettings, expectations: Expectations) -> tuple[str, ...]:
    """Return, as sentences, what the bucket's settings lack."""
    lacking = lacking_rules(settings.lifecycle, expectations)
    if settings.versioning:
        return lacking
    return ("Object versioning is off, so nothing can be rolled back.", *lacking)


def whole_days(age: timedelta) -> timedelta:
    """Return the age that a rule can have: whole days, rounded up, and one at the least.

    A rule for no days at all would delete what a sync is downloading.
    Source: cloud.google.com/storage/docs/lifecycle#age
    """
    return timedelta(days=max(1, -(-age // timedelta(days=1))))


def lacking_rules(rules: Sequence[LifecycleRule], expectations: Expectations) -> tuple[str, ...]:
    """Return, as sentences, what the lifecycle rules lack.

    A rule that counts newer versions includes the live one, so 3 keeps the live version and
    two older ones. Source: cloud.google.com/storage/docs/lifecycle#numnewerversions
    """
    kept, age = expectations.kept_versions, whole_days(expectations.temporary_age)
    lacking = [one for one in (unlimited_versions(rules, expectations),) if one]
    counting = _counted(rules)
    if counting and min(counting) < kept:
        lacking.append(
            f"A lifecycle rule keeps only {count_text(min(counting), 'version')},"
            f" fewer than the {kept} required."
        )
    if any(_deletes_models(rule) for rule in rules):
        lacking.append("A lifecycle rule deletes models by their age alone.")
    lacking += [one for one in (unemptied_temporary(rules, expectations),) if one]
    emptying = _emptying(rules)
    if emptying and min(emptying) > age:
        lacking.append(
            f".tmp/ is emptied only after {duration_text(min(emptying))}, not {duration_text(age)}."
        )
    return tuple(lacking)


def unlimited_versions(rules: Sequence[LifecycleRule], expectations: Expectations) -> str:
    """Return the sentence that no rule limits old versions, empty where one does."""
    kept = expectations.kept_versions
    text = f"No lifecycle rule limits old versions (numNewerVersions={kept})."
    return "" if _counted(rules) else text


def unemptied_temporary(rules: Sequence[LifecycleRule], expectations: Expectations) -> str:
    """Return the sentence that no rule deletes leftovers, empty where one does."""
    age = duration_text(whole_days(expectations.temporary_age))
    return "" if _emptying(rules) else f"No lifecycle rule empties .tmp/ after {age}."


def harmful_rules(
    rules: Sequence[LifecycleRule], expectations: Expectations
) -> tuple[LifecycleRule, ...]:
    """Return the rules that delete models too early: by age alone, or below the kept number."""
    kept = expectations.kept_versions
    return tuple(
        rule
        for rule in rules
        if _deletes_models(rule)
        or (rule.newer_versions is not None and rule.newer_versions < kept and _models(rule))
    )


def missing_rules(
    rules: Sequence[LifecycleRule], wanted: Sequence[LifecycleRule]
) -> tuple[LifecycleRule, ...]:
    """Return those of the wanted rules whose work no rule does, be it in its own way.

    Whoever keeps more old versions than is required goes on keeping them.
    """
    return tuple(one for one in wanted if not any(_does_work_of(one, rule) for rule in rules))


def rule_text(rule: LifecycleRule) -> str:
    """Write a delete rule by its conditions, such as "age 7 d in .tmp/"."""
    newer = "" if rule.newer_versions is None else f"numNewerVersions {rule.newer_versions}"
    age = "" if rule.age is None else f"age {duration_text(rule.age)}"
    where = f" in {', '.join(rule.prefixes)}" if rule.prefixes else ""
    return f"{' and '.join(part for part in (newer, age) if part)}{where}"


def _counted(rules: Sequence[LifecycleRule]) -> list[int]:
    return [rule.newer_versions for rule in rules if rule.newer_versions and _models(rule)]


def _emptying(rules: Sequence[LifecycleRule]) -> list[timedelta]:
    return [rule.age for rule in rules if rule.age is not None and _empties_temporary(rule)]


def _does_work_of(wanted: LifecycleRule, rule: LifecycleRule) -> bool:
    if wanted.newer_versions is not None:
        return rule.newer_versions is not None and _models(rule)
    if wanted.age is None or rule.age is None:
        return False
    return rule.age <= wanted.age and _empties_temporary(rule)


def _models(rule: LifecycleRule) -> bool:
    """Tell whether the rule reaches models: all of the bucket or one of their folders."""
    if not rule.prefixes:
        return True
    return any(
        folder.startswith(prefix) or prefix.startswith(folder)
        for prefix in rule.prefixes
        for folder in (OLLAMA, SBERT)
    )


def _deletes_models(rule: LifecycleRule) -> bool:
    return rule.age is not None and rule.newer_versions is None and _models(rule)


def _empties_temporary(rule: LifecycleRule) -> bool:
    if rule.newer_versions is not None:
        return False
    return not rule.prefixes or any(TEMPORARY.startswith(prefix) for prefix in rule.prefixes)
