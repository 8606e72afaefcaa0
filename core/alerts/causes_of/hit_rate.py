"""Why startups miss the cache."""

import re
from dataclasses import replace

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.content import (
    find_broken_content,
    find_no_access,
    find_no_bucket,
    find_sync_under_way,
    mending,
)
from core.alerts.causes_of.facts import Case, known
from core.alerts.causes_of.going_back import update_to
from core.alerts.causes_of.hit_facts import HitFacts, changed, read_hit_facts, seen_of_hits
from core.alerts.causes_of.missed import (
    find_during_sync,
    find_new_revision,
    find_new_version,
    find_over,
)
from core.alerts.causes_of.ranking import Found, Look, conclude
from core.alerts.causes_of.seen import Part
from core.cache.problems import ProblemKind
from core.errors import NotFound
from core.inspection.checks.names import ModelNames, differences
from core.inspection.findings import Check
from core.parallel import Unknown
from core.quantities import duration_text
from core.signals import LogLine

_REFUSED = re.compile(
    r"(model volume|/models|storage\.).*denied|denied.*(/models|storage\.)", re.IGNORECASE
)

_NOT_LOOKED_FOR = (
    "A startup looks only for manifest.json, .done and some model of the family that it wants, so "
    "this alone is no miss."
)


def diagnose_hit_rate(case: Case) -> Diagnosis:
    """Find out why startups miss."""
    facts = read_hit_facts(case)
    return conclude(_LOOKS, facts, seen_of_hits(facts))


def _no_bucket(facts: HitFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _no_service(facts: HitFacts) -> Found | None:
    """Look whether there is no service of that name at all."""
    reading, deployment = facts.facts.service, facts.case.deployment
    if not isinstance(reading, Unknown) or not isinstance(reading.error, NotFound):
        return None
    return Found(
        f"There is no service {deployment.service} in {deployment.region}: it was deleted, or the "
        "bot's settings name another one. Look in Cloud Run, then at CACHEBOT_SERVICE."
    )


def _not_mounted(facts: HitFacts) -> Found | None:
    service, bucket = facts.service, facts.facts.bucket_name
    if service is None or not service.enabled or service.mounts_bucket == bucket:
        return None
    return Found(
        f"{service.name} mounts {service.mounts_bucket or 'no bucket'}, not {bucket}: what it "
        "looks into is not the cache. Mount the bucket again, by Terraform or in Cloud Run.",
        changed(facts),
    )


def _refused(facts: HitFacts) -> Found | None:
    """Look whether the service logged that the bucket refused it; who hits since was not."""
    lines = known(facts.lines) or ()
    refused = next((one for one in lines if _REFUSED.search(one.text)), None)
    if refused is None:
        return None
    found = find_no_access(facts.facts, facts.service, _quoted(refused))
    hit_since = any(one.hit and one.at > refused.at for one in facts.recent)
    return replace(found, certain=False) if found and hit_since else found


def _no_role(facts: HitFacts) -> Found | None:
    """Look whether the service has no role; late, since one may come from the project."""
    return find_no_access(facts.facts, facts.service, "")


def _switched_off(facts: HitFacts) -> Found | None:
    """Startups without the shared volume log `cache_hit: false` too, so the alert counts them."""
    service = facts.service
    if service is None or service.enabled or service.toggle_from_secret:
        return None
    name = facts.case.deployment.variables.toggle
    said = "is not set" if service.toggle is None else f'is "{service.toggle}"'
    return Found(
        f"The shared volume is switched off ({name} {said}), so each start downloads its models "
        "by itself and counts as a miss.",
        changed(facts),
        facts.facts.applying("enable"),
        tells=(Check.SERVICE,),
    )


def _wrong_name(facts: HitFacts) -> Found | None:
    """Look whether the service asks for a model that the sync job does not fetch.

    The manifest is no witness: a startup that misses writes its own model's name into it, and
    downloads it. Where only the model that the service asks for is there, the names explain no
    miss: the job's own was never fetched.
    """
    service, job = facts.service, known(facts.facts.job)
    if service is None or job is None or not service.enabled:
        return None
    names = facts.case.deployment.variables
    asked = ModelNames(service.env.get(names.llm_model, ""), "")
    pairs = differences(asked, ModelNames(job.llm_model, ""))
    if not pairs:
        return None
    want, have = pairs[0]
    if facts.facts.holds(want) and not facts.facts.holds(have):
        return None
    missed = any(one.miss_reason == "model_not_found" for one in facts.misses)
    text = f"{service.name} asks for {want}, but the sync job fetches {have}"
    history = known(facts.facts.syncs)
    if history is not None and history.failures_in_a_row and not facts.facts.holds(have):
        text = (
            f"{text}, neither is in the bucket, and the last sync failed: `/cache update llm=NAME` "
            "brings both to a model that there is."
        )
        return Found(text, changed(facts), certain=missed)
    offers = facts.facts.applying(update_to(llm=have))
    return Found(f"{text}.", changed(facts), offers, certain=missed)


def _sync_under_way(facts: HitFacts) -> Found | None:
    return find_sync_under_way(facts.facts)


def _missing(facts: HitFacts) -> Found | None:
    """Look whether something is missing that a startup looks for: then each of them misses."""
    if find_sync_under_way(facts.facts):
        return None
    found = find_broken_content(facts.facts)
    return found if found and found.certain else None


def _stub(facts: HitFacts) -> Found | None:
    """Look whether a startup has missed and left its stub, which later ones take for a manifest."""
    state = known(facts.facts.cache)
    if state is None or state.manifest is None or not state.manifest.stub:
        return None
    age = duration_text(facts.case.now - state.manifest.written_at)
    others = [
        one.text for one in state.consistency.problems if one.kind is not ProblemKind.MANIFEST_STUB
    ]
    return Found(
        f"manifest.json is a stub that a startup wrote {age} ago after a miss: it names no "
        "embedding model, and no version that a sync has completed.",
        (*others[:3], _NOT_LOOKED_FOR),
        mending(facts.facts),
        certain=False,
        tells=(Check.MANIFEST, Check.DONE),
    )


def _broken(facts: HitFacts) -> Found | None:
    """Look for what else is wrong in the cache than what the looks before this one have told."""
    told = _missing(facts) or _stub(facts) or find_sync_under_way(facts.facts)
    found = None if told else find_broken_content(facts.facts)
    return replace(found, evidence=(*found.evidence, _NOT_LOOKED_FOR)) if found else None


def _quoted(line: LogLine) -> str:
    text = " ".join(line.text.split())
    return f'Logged at {line.at:%H:%M} UTC: "{text[:200]}"'


_LOOKS = (
    Look(_no_bucket, (Part.BUCKET,)),
    Look(_no_service, (Part.SERVICE,)),
    Look(_switched_off, (Part.SERVICE, Part.SWITCH)),
    Look(_not_mounted, (Part.SERVICE, Part.SWITCH)),
    Look(_refused, (Part.SERVICE, Part.SERVICE_LOG)),
    Look(_sync_under_way, (Part.CACHE, Part.SYNCS)),
    Look(_wrong_name, (Part.SERVICE, Part.JOB)),
    Look(_missing, (Part.CACHE,)),
    Look(_stub, (Part.CACHE,)),
    Look(_broken, (Part.CACHE,)),
    Look(_no_role, (Part.SERVICE, Part.ACCESS)),
    Look(find_new_revision, (Part.STARTUPS,)),
    Look(find_during_sync, (Part.STARTUPS, Part.SYNCS)),
    Look(find_over, (Part.STARTUPS,)),
    Look(find_new_version, (Part.STARTUPS, Part.SYNCS)),
)
"""The most telling first."""
