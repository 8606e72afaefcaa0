"""What is known of a full bucket: the common facts, the sizes, what each cleanup would free."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import isfinite

from core.alerts.causes_of.facts import Case, Facts, known, read_facts
from core.alerts.causes_of.seen import Part, unread_of
from core.cache.objects import LifecycleRule
from core.commands import Cleanup
from core.deployment import Expectations
from core.doomed import DeleteGenerations, Share
from core.errors import CloudError, OpsError
from core.inspection.findings import Check
from core.inspection.size import Folder, SizeReport, report_size
from core.parallel import Known, Reading, Unknown, ask
from core.procedures.cleanup import Terms, plan_cleanup
from core.quantities import share_text, size_text

Rules = Sequence[LifecycleRule]
_TIDY = Cleanup()
_THOROUGH = Cleanup(versions=True)
_FRESH = Cleanup(timedelta(hours=1))
_WORDS = {_TIDY: "cleanup", _THOROUGH: "cleanup versions", _FRESH: "cleanup 1h"}
_PERCENT = 100
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
        """The bytes that the alert is about, by its own threshold where it gives one."""
        capacity = self.case.deployment.capacity_bytes
        threshold = _number(self.case.known.notice.threshold)
        if threshold <= 0:
            return int(capacity * self.case.expectations.usage)
        if threshold <= _PERCENT:
            return int(capacity * (threshold if threshold <= 1 else threshold / _PERCENT))
        return int(threshold)

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
    def old_bytes(self) -> int:
        """What the thorough cleanup would free outside `.tmp/`."""
        shares = known(self.freed[_THOROUGH]) or ()
        return sum(one.size_bytes for one in shares if one.folder != Folder.TEMPORARY)

    @property
    def cleanups(self) -> tuple[str, ...]:
        """The cleanups that are worth it, the one that frees the most first."""
        ordered = sorted(_WORDS, key=self.bytes_freed, reverse=True)
        worth = [one for one in ordered if self.bytes_freed(one) >= self.least_bytes]
        fresh = [one for one in worth if one is not _FRESH or not self.bytes_freed(_TIDY)]
        return tuple(_WORDS[one] for one in fresh)


def read_usage_facts(case: Case) -> UsageFacts:
    """Ask everything at the same time."""
    capacity = case.deployment.capacity_bytes
    sizes = ask("sizes", lambda: report_size(case.reader, capacity, case.now, case.within))
    asked = {one: ask(_WORDS[one], partial(_freed, one, case)) for one in _WORDS}
    common = read_facts(case, (Check.BUCKET,))
    freed = {one: question.reading(case.within) for one, question in asked.items()}
    return UsageFacts(common, sizes.reading(case.within), freed)


def told_of_sizes(facts: UsageFacts) -> tuple[str, ...]:
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
        told.append(f"{running.name} is running: a cleanup can follow once it has ended.")
    return tuple(told)


def told_of_excess(facts: UsageFacts) -> str:
    """Say how full the bucket is, empty where that is not known."""
    report = known(facts.sizes)
    if report is None:
        return ""
    share = share_text(report.counted_bytes, report.capacity_bytes)
    limit = share_text(facts.limit_bytes, report.capacity_bytes)
    return f"The bucket holds {share} of its capacity; the alert is about {limit}."


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


def _number(text: str) -> float:
    """Read a number as it was sent; what is none is 0."""
    with suppress(ValueError):
        number = float(text)
        return number if isfinite(number) else 0.0
    return 0.0
