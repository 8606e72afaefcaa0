"""Why startups miss the cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.causes import Diagnosis
from core.causes_of.content import (
    find_broken_content,
    find_no_access,
    find_no_bucket,
    find_sync_under_way,
    mending,
)
from core.causes_of.facts import Case, Facts, Part, known, read_facts, unread_of
from core.causes_of.ranking import Found, Look, conclude
from core.errors import OpsError
from core.inspection.checks.names import ModelNames, differences
from core.inspection.findings import Check
from core.inspection.hits import count_hits
from core.model_names import checked_embedding, checked_llm
from core.parallel import Reading, ask
from core.problems import ProblemKind
from core.quantities import count_text, duration_text, share_text
from core.services import Service
from core.signals import LogLine, LogQuery, LogSource, Startup, Startups

_BEFORE = timedelta(days=1)
_ALERTED = timedelta(hours=1)
"""The window of the alert: what it counted happened in the hour before it opened."""

_LONGEST = timedelta(days=7)
_LINES = 100
_CHECKS = (Check.SERVICE, Check.SYNCS, Check.MANIFEST, Check.DONE, Check.MODELS, Check.NAMES)


@dataclass(frozen=True, slots=True)
class HitFacts:
    """The common facts, and what the service logged as it started, from a day before on."""

    facts: Facts
    startups: Reading[Startups]
    lines: Reading[Sequence[LogLine]]

    @property
    def case(self) -> Case:
        """The incident."""
        return self.facts.case

    @property
    def recent(self) -> tuple[Startup, ...]:
        """The startups that the alert counted, and those since; newest first."""
        rows, since = self.rows, self.case.opened_at - _ALERTED
        return tuple(one for one in rows if one.at >= since)

    @property
    def rows(self) -> tuple[Startup, ...]:
        """All startups that were read, newest first."""
        startups = known(self.startups)
        return startups.rows if startups else ()

    @property
    def misses(self) -> tuple[Startup, ...]:
        """The recent startups that missed, newest first."""
        return tuple(one for one in self.recent if not one.hit)

    @property
    def service(self) -> Service | None:
        """The service, where it could be read."""
        return known(self.facts.service)


def diagnose_hit_rate(case: Case) -> Diagnosis:
    """Find out why startups miss: two requests to the logs, everything else beside them."""
    since = max(case.opened_at - _BEFORE, case.now - _LONGEST)
    query = LogQuery(LogSource.SERVICE, max(since, case.now - _BEFORE), limit=_LINES)
    startups = ask("startups", lambda: case.reader.startups(since, case.now))
    lines = ask("service log", lambda: case.reader.log_lines(query))
    common = read_facts(case, _CHECKS)
    facts = HitFacts(common, startups.reading(case.within), lines.reading(case.within))
    logs = ((Part.STARTUPS, facts.startups), (Part.SERVICE_LOG, facts.lines))
    return conclude(
        _LOOKS, facts, (*_counted(facts), *common.seen()), common.unread | unread_of(logs)
    )


def _no_bucket(facts: HitFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _no_service(facts: HitFacts) -> Found | None:
    service = facts.service
    bucket = facts.case.deployment.bucket
    if service is None or not service.enabled or service.mounts_bucket == bucket:
        return None
    return Found(
        f"{service.name} mounts {service.mounts_bucket or 'no bucket'}, not {bucket}: what it "
        "looks into is not the cache. Mount the bucket again, by Terraform or in Cloud Run.",
        _changed(facts),
    )


def _no_access(facts: HitFacts) -> Found | None:
    lines = known(facts.lines) or ()
    refused = next((one for one in lines if "denied" in one.text.lower()), None)
    return find_no_access(facts.facts, facts.service, _quoted(refused) if refused else "")


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
        _changed(facts),
        facts.facts.applying("enable"),
    )


def _wrong_name(facts: HitFacts) -> Found | None:
    """Look whether the service asks for a model that the sync job does not fetch.

    The manifest is no witness: a startup that misses writes its own model's name into it.
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
    missed = any(one.miss_reason == "model_not_found" for one in facts.misses)
    return Found(
        f"{service.name} asks for {want}, but the sync job fetches {have}.",
        _changed(facts),
        facts.facts.applying(update_to(llm=have)),
        certain=missed,
    )


def _sync_under_way(facts: HitFacts) -> Found | None:
    return find_sync_under_way(facts.facts)


def _stub(facts: HitFacts) -> Found | None:
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
        tuple(others[:3]),
        mending(facts.facts),
    )


def _broken(facts: HitFacts) -> Found | None:
    return find_broken_content(facts.facts)


def _new_revision(facts: HitFacts) -> Found | None:
    """Look whether only instances of a revision that is new in the window miss."""
    revisions = {one.revision for one in facts.misses if one.revision}
    if len(revisions) != 1:
        return None
    (revision,) = revisions
    own = [one for one in facts.rows if one.revision == revision]
    others = [one for one in facts.rows if one.revision not in ("", revision)]
    if not others or any(one.hit for one in own) or not all(one.hit for one in others):
        return None
    began = duration_text(facts.case.now - own[-1].at)
    return Found(
        f"Only instances of {revision} miss, which first started {began} ago; those of other "
        "revisions hit.",
        _changed(facts),
        certain=False,
    )


def _new_version(facts: HitFacts) -> Found | None:
    """Look whether startups miss since a sync has put another version in place."""
    history = known(facts.facts.syncs)
    good = history.last_good if history else None
    ended = good.finished_at if good else None
    since = facts.case.opened_at - _ALERTED
    if good is None or ended is None or ended < since or not facts.misses:
        return None
    after = [one for one in facts.rows if one.at >= ended]
    before = [one for one in facts.rows if one.at < ended]
    if not after or not before or any(one.hit for one in after):
        return None
    if not all(one.hit for one in before):
        return None
    row = facts.facts.restorable
    return Found(
        f"All {count_text(len(after), 'startup')} since {good.name} replaced the cache have "
        f"missed, and all {len(before)} before it hit: the new version is the likeliest culprit.",
        offers=facts.facts.applying(f"rollback {row.version}" if row else ""),
        certain=False,
    )


def _over(facts: HitFacts) -> Found | None:
    """Look whether startups hit again, in a cache that is whole."""
    if not facts.misses or facts.facts.broken or known(facts.facts.cache) is None:
        return None
    after = [one for one in facts.recent if one.at > facts.misses[0].at]
    if not after:
        return None
    ago = duration_text(facts.case.now - facts.misses[0].at)
    return Found(
        f"The misses are over: the last one was {ago} ago, "
        f"{count_text(len(after), 'startup')} since then hit, and the cache is whole.",
        certain=False,
    )


def update_to(*, llm: str = "", embedding: str = "") -> str:
    """Return the command that goes over to a model, empty where its name is none."""
    try:
        return (
            f"update llm={checked_llm(llm)}"
            if llm
            else (f"update embedding={checked_embedding(embedding)}" if embedding else "")
        )
    except OpsError:
        return ""


def _changed(facts: HitFacts) -> tuple[str, ...]:
    service = facts.service
    if service is None or service.changed_at is None:
        return ()
    ago = duration_text(facts.case.now - service.changed_at)
    by = f" by {service.changed_by}" if service.changed_by else ""
    return (f"{service.name} was last changed {ago} ago{by}.",)


def _counted(facts: HitFacts) -> tuple[str, ...]:
    """Tell of the startups that the alert counted; none is no data, and no rate."""
    startups = known(facts.startups)
    if startups is None:
        return ()
    since = f"{facts.case.opened_at - _ALERTED:%H:%M} UTC"
    report = count_hits(Startups(startups.since, startups.until, facts.recent, startups.complete))
    if not report.startups:
        return (f"Hit rate: nothing has started with the shared volume since {since}.",)
    reasons = ", ".join(f"{count} {reason}" for reason, count in report.reasons)
    misses = f" Misses: {reasons}." if reasons else ""
    hits = f"{report.hits} of {count_text(report.startups, 'startup')} since {since} hit"
    return (f"Hit rate: {share_text(report.hits, report.startups)}, {hits}.{misses}",)


def _quoted(line: LogLine) -> str:
    text = " ".join(line.text.split())
    return f'Logged at {line.at:%H:%M} UTC: "{text[:200]}"'


_LOOKS = (
    Look(_no_bucket, (Part.BUCKET,)),
    Look(_switched_off, (Part.SERVICE,)),
    Look(_no_service, (Part.SERVICE,)),
    Look(_no_access, (Part.SERVICE, Part.ACCESS, Part.SERVICE_LOG)),
    Look(_sync_under_way, (Part.CACHE, Part.SYNCS)),
    Look(_wrong_name, (Part.SERVICE, Part.JOB)),
    Look(_stub, (Part.CACHE,)),
    Look(_broken, (Part.CACHE,)),
    Look(_over, (Part.STARTUPS,)),
    Look(_new_version, (Part.STARTUPS, Part.SYNCS)),
    Look(_new_revision, (Part.STARTUPS,)),
)
"""The most telling first."""
