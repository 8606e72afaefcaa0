"""What fills the bucket, and what a cleanup would free."""

from collections.abc import Callable
from dataclasses import replace

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.content import find_no_bucket
from core.alerts.causes_of.facts import Case, known
from core.alerts.causes_of.ranking import Found, Look, conclude
from core.alerts.causes_of.seen import Part, seen_by
from core.alerts.causes_of.usage_facts import (
    Rules,
    UsageFacts,
    read_usage_facts,
    told_of_excess,
    told_of_sizes,
)
from core.cache.lifecycle import unemptied_temporary, unlimited_versions
from core.deployment import Expectations
from core.inspection.size import Folder
from core.quantities import duration_text, share_text, size_text


def diagnose_usage(case: Case) -> Diagnosis:
    """Find out what fills the bucket; no log is read."""
    facts = read_usage_facts(case)
    seen = seen_by(facts.facts.judged, facts.unread, told_of_sizes(facts))
    seen = replace(seen, symptom=told_of_excess(facts))
    return conclude(_LOOKS, facts, seen)


def _no_bucket(facts: UsageFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _below(facts: UsageFacts) -> Found | None:
    """Look whether there is room again, or only what leaves by itself is too much."""
    report = known(facts.sizes)
    if report is None or report.counted_bytes >= facts.limit_bytes:
        return None
    share = share_text(report.counted_bytes, report.capacity_bytes)
    limit = share_text(facts.limit_bytes, report.capacity_bytes)
    text = (
        f"The bucket holds {share} of its capacity now, below the {limit} that the alert is about; "
        "Monitoring measures it only once a day."
    )
    offers = facts.facts.applying(*facts.cleanups)
    dropped = known(report.soft_deleted_bytes) or 0
    if report.counted_bytes + dropped < facts.limit_bytes:
        return Found(text, offers=offers)
    all_in_all = share_text(report.counted_bytes + dropped, report.capacity_bytes)
    return Found(
        f"{text} With {size_text(dropped)} soft-deleted, which Monitoring may count, it is "
        f"{all_in_all}: they leave by themselves.",
        offers=offers,
        certain=False,
    )


def _leftovers(facts: UsageFacts) -> Found | None:
    """Look whether what syncs have left under `.tmp/` makes up the excess.

    What was deleted or moved from there stays as noncurrent versions, which no listing shows.
    """
    report, size_bytes = known(facts.sizes), facts.bytes_in(Folder.TEMPORARY)
    if report is None or not facts.fills(size_bytes):
        return None
    oldest, running = report.oldest_temporary, facts.facts.running
    if running and oldest and oldest <= running.took(facts.case.now):
        return None  # the running sync's own download
    age = f", the oldest {duration_text(oldest)} old" if oldest else ""
    text = f"Leftovers of syncs fill the bucket: {size_text(size_bytes)} under .tmp/{age}."
    young = not facts.cleanups and not facts.facts.running and Part.WASTE not in facts.unread
    fresh = "They are too fresh to be taken for dead; `/cache cleanup 1h` will take them later."
    return _with_rule(facts, text, unemptied_temporary, (fresh,) if young else ())


def _old_versions(facts: UsageFacts) -> Found | None:
    report = known(facts.sizes)
    if report is None or facts.old_bytes < facts.least_bytes:
        return None
    text = (
        f"Old versions fill the bucket: {size_text(report.noncurrent_bytes)} are noncurrent, and "
        f"{size_text(facts.old_bytes)} of what is there is needed by no version that is kept."
    )
    return _with_rule(facts, text, unlimited_versions)


def _with_rule(
    facts: UsageFacts,
    text: str,
    lacking: Callable[[Rules, Expectations], str],
    evidence: tuple[str, ...] = (),
) -> Found:
    """Tell of what a cleanup deletes, and of the rule that is missing to keep it deleted."""
    sentence = facts.lacking(lacking)
    offers = facts.facts.applying(*facts.cleanups, *(("recover",) if sentence else ()))
    return Found(f"{text} {sentence}".rstrip(), evidence, offers)


def _strangers(facts: UsageFacts) -> Found | None:
    """Look whether files that no sync puts there make up the excess."""
    size_bytes = facts.bytes_in(Folder.OTHER)
    if not facts.fills(size_bytes):
        return None
    return Found(
        f"Files that are not the cache's fill the bucket: {size_text(size_bytes)} lie outside "
        "ollama/, sbert/ and .tmp/. No cleanup touches them: find out whose they are.",
        certain=False,
    )


def _all_needed(facts: UsageFacts) -> Found | None:
    """Look whether nothing else makes up the excess, and no cleanup would help."""
    report = known(facts.sizes)
    if report is None or facts.cleanups or facts.facts.running or Part.WASTE in facts.unread:
        return None
    if report.counted_bytes < facts.limit_bytes or facts.fills(facts.bytes_in(Folder.TEMPORARY)):
        return None
    return Found(
        f"The models need the room: {size_text(report.live_bytes)} are live, and of the "
        f"{size_text(report.noncurrent_bytes)} of old versions a cleanup may take next to nothing. "
        "Raise the capacity (tabular_model_cache_capacity_gb in Terraform), or use smaller models.",
    )


def _sync_under_way(facts: UsageFacts) -> Found | None:
    """Look whether a sync is at work, which needs room for what it replaces as well."""
    report, running = known(facts.sizes), facts.facts.running
    if report is None or running is None or report.counted_bytes < facts.limit_bytes:
        return None
    took = duration_text(running.took(facts.case.now))
    return Found(
        f"{running.name} has been running for {took}: while it is at work, the bucket holds its "
        "download beside what that replaces. Look again once it has ended.",
        certain=False,
    )


def _no_rules(facts: UsageFacts) -> Found | None:
    """Look whether a rule is missing; last, since what it would delete may not be there."""
    sentences = [facts.lacking(one) for one in (unlimited_versions, unemptied_temporary)]
    text = " ".join(one for one in sentences if one)
    if not text:
        return None
    return Found(
        f"{text} So the bucket may grow without end.",
        offers=facts.facts.applying("recover"),
        certain=False,
    )


_LOOKS = (
    Look(_no_bucket, (Part.BUCKET,)),
    Look(_below, (Part.SIZES,)),
    Look(_leftovers, (Part.SIZES,)),
    Look(_old_versions, (Part.SIZES, Part.WASTE)),
    Look(_strangers, (Part.SIZES,)),
    Look(_sync_under_way, (Part.SIZES, Part.SYNCS)),
    Look(_all_needed, (Part.SIZES, Part.WASTE)),
    Look(_no_rules, (Part.BUCKET,)),
)
"""The most telling first."""
