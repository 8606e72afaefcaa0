"""What fills the bucket, and what a cleanup would free."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from core.causes import Diagnosis
from core.causes_of.content import find_no_bucket
from core.causes_of.facts import Case, Facts, known, read_facts
from core.causes_of.ranking import Found, Look, conclude
from core.causes_of.seen import Part, seen_by, unread_of
from core.commands import Cleanup
from core.deployment import Expectations
from core.doomed import DeleteGenerations, Share
from core.errors import CloudError, OpsError
from core.inspection.findings import Check
from core.inspection.size import Folder, SizeReport, report_size
from core.lifecycle import unemptied_temporary, unlimited_versions
from core.objects import LifecycleRule
from core.parallel import Known, Reading, Unknown, ask
from core.procedures.cleanup import Terms, plan_cleanup
from core.quantities import count_text, duration_text, share_text, size_text
from core.rates import reaches, wanted_text

Rules = Sequence[LifecycleRule]
_TIDY = Cleanup()
_THOROUGH = Cleanup(versions=True)
_FRESH = Cleanup(timedelta(hours=1))
_WORDS = {_TIDY: "cleanup", _THOROUGH: "cleanup versions", _FRESH: "cleanup 1h"}
_WORTH_IT = 0.02
"""The least share of the capacity that is worth a button, or to be called a cause."""


@dataclass(frozen=True, slots=True)
class UsageFacts:
    """The common facts, the sizes, and what each cleanup would delete by its own plan."""

    facts: Facts
    sizes: Reading[SizeReport]
    freed: dict[Cleanup, Reading[Sequence[Share]]]

    @property
    def case(self) -> Case:
        """The incident."""
        return self.facts.case

    def bytes_freed(self, command: Cleanup) -> int:
        """Return what that cleanup would free."""
        return sum(one.size_bytes for one in known(self.freed[command]) or ())

    @property
    def limit_bytes(self) -> int:
        """The bytes that the alert is about."""
        return int(self.case.deployment.capacity_bytes * self.case.expectations.usage)

    @property
    def least_bytes(self) -> int:
        """The least that is worth a button, or to be called a cause."""
        return int(self.case.deployment.capacity_bytes * _WORTH_IT)

    def bytes_in(self, folder: Folder) -> int:
        """Return what lies in that folder, live and noncurrent."""
        report = known(self.sizes)
        parts = report.folders if report else ()
        return sum(one.live_bytes + one.noncurrent_bytes for one in parts if one.folder is folder)

    def fills(self, size_bytes: int) -> bool:
        """Whether so many bytes are more than crumbs, and without them there were no excess."""
        report = known(self.sizes)
        if report is None or size_bytes < self.least_bytes:
            return False
        return size_bytes >= report.counted_bytes - self.limit_bytes

    def lacking(self, sentence: Callable[[Rules, Expectations], str]) -> str:
        """Return the sentence on a rule that is missing, empty where it is there or unknown."""
        settings = known(self.facts.bucket)
        return sentence(settings.lifecycle, self.case.expectations) if settings else ""

    @property
    def unread(self) -> dict[Part, str]:
        """What could not be read."""
        report, plans = known(self.sizes), (self.freed[one] for one in _WORDS)
        own: list[tuple[Part, Reading[object]]] = [(Part.SIZES, self.sizes)]
        own += [(Part.SOFT_DELETED, report.soft_deleted_bytes)] if report else []
        own += [(Part.WASTE, one) for one in plans if isinstance(one, Unknown)][:1]
        return self.facts.unread | unread_of(own)

    @property
    def cleanups(self) -> tuple[str, ...]:
        """The cleanups that are worth it, the one that frees the most first."""
        ordered = sorted(_WORDS, key=self.bytes_freed, reverse=True)
        worth = [one for one in ordered if self.bytes_freed(one) >= self.least_bytes]
        fresh = [one for one in worth if one is not _FRESH or not self.bytes_freed(_TIDY)]
        return tuple(_WORDS[one] for one in fresh)


def diagnose_usage(case: Case) -> Diagnosis:
    """Find out what fills the bucket; no log is read."""
    capacity = case.deployment.capacity_bytes
    sizes = ask("sizes", lambda: report_size(case.reader, capacity, case.now, case.within))
    asked = {one: ask(_WORDS[one], partial(_freed, one, case)) for one in _WORDS}
    common = read_facts(case, (Check.BUCKET,))
    freed = {one: question.reading(case.within) for one, question in asked.items()}
    facts = UsageFacts(common, sizes.reading(case.within), freed)
    return conclude(_LOOKS, facts, seen_by(common.judged, facts.unread, _measured(facts)))


def _freed(command: Cleanup, case: Case) -> Sequence[Share]:
    """Return what the cleanup's own plan would delete; nothing where it has nothing to do."""
    terms = Terms(
        case.deployment.bucket, case.expectations.kept_versions, case.inventories, case.now
    )
    try:
        plan = plan_cleanup(command, case.reader, terms)
    except CloudError:
        raise
    except OpsError:
        return ()
    return tuple(
        share for step in plan.steps if isinstance(step, DeleteGenerations) for share in step.shares
    )


def _no_bucket(facts: UsageFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _below(facts: UsageFacts) -> Found | None:
    report = known(facts.sizes)
    limit = facts.case.expectations.usage
    if report is None or reaches(report.counted_bytes, report.capacity_bytes, limit):
        return None
    share = share_text(report.counted_bytes, report.capacity_bytes)
    return Found(
        f"The bucket holds {share} of its capacity now, below the {wanted_text(limit)} that the "
        "alert is about; Monitoring measures it only once a day.",
        offers=facts.facts.applying(*facts.cleanups),
    )


def _leftovers(facts: UsageFacts) -> Found | None:
    """Look whether what syncs have left under `.tmp/` makes up the excess.

    What was deleted or moved from there stays as noncurrent versions, which no listing shows.
    """
    report, size_bytes = known(facts.sizes), facts.bytes_in(Folder.TEMPORARY)
    if report is None or not facts.fills(size_bytes):
        return None
    oldest = report.oldest_temporary
    age = f", the oldest {duration_text(oldest)} old" if oldest else ""
    text = f"Leftovers of syncs fill the bucket: {size_text(size_bytes)} under .tmp/{age}."
    young = not facts.cleanups and not facts.facts.running and Part.WASTE not in facts.unread
    fresh = "They are too fresh to be taken for dead; `/cache cleanup 1h` will take them later."
    return _with_rule(facts, text, unemptied_temporary, (fresh,) if young else ())


def _old_versions(facts: UsageFacts) -> Found | None:
    report, shares = known(facts.sizes), known(facts.freed[_THOROUGH]) or ()
    freed = sum(one.size_bytes for one in shares if one.folder != Folder.TEMPORARY)
    if report is None or freed < facts.least_bytes:
        return None
    text = (
        f"Old versions fill the bucket: {size_text(report.noncurrent_bytes)} are noncurrent, and "
        f"{size_text(freed)} of what is there is needed by no version that is kept."
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


def _measured(facts: UsageFacts) -> tuple[str, ...]:
    """Tell the bytes by kind and by folder, and what a cleanup would free."""
    report = known(facts.sizes)
    if report is None:
        return ()
    soft = report.soft_deleted_bytes
    aside = (
        f"; {size_text(soft.value)} soft-deleted are not counted" if isinstance(soft, Known) else ""
    )
    share = share_text(report.counted_bytes, report.capacity_bytes)
    size = (
        f"Size: {size_text(report.live_bytes)} live and {size_text(report.noncurrent_bytes)} "
        f"noncurrent are {share} of {size_text(report.capacity_bytes)}{aside}."
    )
    told = [size]
    for one in report.folders:
        if one.live_bytes or one.noncurrent_bytes:
            live, old = size_text(one.live_bytes), size_text(one.noncurrent_bytes)
            told.append(f"{one.folder.value}: {live} live, {old} noncurrent.")
    for command, words in _WORDS.items():
        if freed := facts.bytes_freed(command):
            told.append(f"`/cache {words}` would free {size_text(freed)}.")
    running = facts.facts.running
    if running is not None:
        told.append(f"{running.name} is running: nothing is cleaned up beside a sync.")
    return tuple(told)


_LOOKS = (
    Look(_no_bucket, (Part.BUCKET,)),
    Look(_below, (Part.SIZES,)),
    Look(_leftovers, (Part.SIZES,)),
    Look(_old_versions, (Part.SIZES, Part.WASTE)),
    Look(_strangers, (Part.SIZES,)),
    Look(_all_needed, (Part.SIZES, Part.WASTE)),
    Look(_no_rules, (Part.BUCKET,)),
)
"""The most telling first."""
