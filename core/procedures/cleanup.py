"""`/cache cleanup`: delete old leftovers, and old versions that no kept version needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cache.inventory import Inventory
from core.cache.objects import TEMPORARY, StoredObject, total_bytes
from core.commands import Cleanup
from core.doomed import (
    DeleteGenerations,
    Share,
    VerifyDeletion,
    digest_of,
    doomed_objects,
    shares_of,
)
from core.errors import NothingToDo, OpsError
from core.parallel import PATIENCE, Known, ask
from core.plans import EXACT_SET, Asking, CheckConsistency, Plan
from core.policy import Role
from core.procedures.cleanup_words import what_else_frees, words_of
from core.quantities import count_text, duration_text, size_text, window_text
from core.running import has_sync_job, running_sync
from core.snapshot import Snapshot
from core.steps.deletion_proof import bytes_of, others_of, problems_of
from core.waste import Kept, Rule, leftovers, superseded, what_is_kept

MOST = 5_000
"""Versions in one plan: it is kept as one row, and read at every look at its operation."""

_SECONDS_EACH = 0.02
_NO_JOB = (
    "There is no sync job of the name in my settings. Should a sync run under another name, what "
    "it downloads is deleted once it is as old as that."
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cleanup is bound by: the bucket, how many versions are kept, and the time."""

    bucket: str
    kept_versions: int
    inventories: Mapping[str, Inventory]
    now: datetime

    def cutoff(self, older_than: timedelta) -> datetime:
        """Return the full hour before which a version has to be written to be that old.

        Versions grow old all the time, as startups write and delete their probes. By the minute
        the set would be another one whenever somebody says yes to it.
        """
        return (self.now - older_than).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is, what goes of it, and what stays for a kept version's sake."""

    objects: Sequence[StoredObject]
    doomed: Sequence[StoredObject]
    more: int
    kept: Kept
    has_job: bool


def plan_cleanup(command: Cleanup, snapshot: Snapshot, terms: Terms) -> Plan:
    """Plan to delete exactly what is old and needed by nothing.

    Raises:
        NothingToDo: there is nothing to clean; the message says what there is.
        OpsError: a sync runs.
        CloudError: something could not be read, so nothing is known to be waste.
    """
    soft_deleted = ask("soft-deleted objects", snapshot.soft_deleted)
    running = running_sync(snapshot)
    if running is not None:
        raise OpsError(
            f"{running.name} is running, and nothing is deleted beside a sync.",
            "Ask again when it has ended: `/cache history` shows how it goes.",
            offers=("history",),
        )
    found = _find(command, snapshot, terms)
    if not found.doomed:
        raise _nothing(command, found, snapshot, terms)
    retention = snapshot.bucket().soft_delete
    problems = problems_of(snapshot)
    before = bytes_of(found.objects)
    reading = soft_deleted.reading(PATIENCE)
    if isinstance(reading, Known):
        before["soft-deleted"] = total_bytes(reading.value)
    shares = shares_of(found.doomed)
    return Plan(
        verb="cleanup",
        summary=_summary(command, shares, found, terms),
        facts=_facts(command, found, shares, retention),
        steps=(
            DeleteGenerations(doomed_objects(found.doomed), shares, terms.now, retention),
            _proof(found, problems, before),
        ),
        closing=(CheckConsistency(),),
        warnings=_warnings(command, found, terms, retention, problems),
        reminders=_reminders(command, found, terms, retention),
        again=words_of(command),
        expected=timedelta(seconds=5 + len(found.doomed) * _SECONDS_EACH),
        ask=Asking(Role.OPERATOR, typed=terms.bucket, danger=True),
    )


def _find(command: Cleanup, snapshot: Snapshot, terms: Terms) -> _Found:
    cutoff = terms.cutoff(command.older_than)
    objects = snapshot.objects()
    doomed, kept = leftovers(objects, cutoff), Kept()
    if command.versions:
        kept = what_is_kept(snapshot, Rule(terms.kept_versions, cutoff, terms.inventories))
        doomed = superseded(objects, cutoff, kept.needed) + doomed
    return _Found(objects, doomed[:MOST], max(0, len(doomed) - MOST), kept, has_sync_job(snapshot))


def _proof(found: _Found, problems: tuple[str, ...], before: Mapping[str, int]) -> VerifyDeletion:
    doomed = {one.key for one in found.doomed}
    others = [one.key for one in others_of(found.objects) if one.key not in doomed]
    newest = max(one.created_at for one in found.objects)
    return VerifyDeletion(digest_of(others), len(others), newest, problems, before)


def _summary(command: Cleanup, shares: Sequence[Share], found: _Found, terms: Terms) -> str:
    what = count_text(len(found.doomed), "version")
    size = size_text(total_bytes(found.doomed))
    of_kind: dict[str, int] = {}
    for share in shares:
        of_kind[share.kind] = of_kind.get(share.kind, 0) + share.size_bytes
    kinds = " and ".join(f"{size_text(part)} {kind}" for kind, part in of_kind.items())
    told = f": {kinds}" if len(of_kind) > 1 else f", all {next(iter(of_kind))}"
    since = _before(command, terms)
    return f"Delete {what} ({size}{told}), {since}, from {terms.bucket}."


def _before(command: Cleanup, terms: Terms) -> str:
    return f"written before {terms.cutoff(command.older_than):%Y-%m-%d %H:%M} UTC"


def _facts(
    command: Cleanup, found: _Found, shares: Sequence[Share], retention: timedelta | None
) -> dict[str, str]:
    facts = {"older than": window_text(command.older_than)}
    for share in shares:
        versions = count_text(share.versions, "version")
        facts[f"{share.folder} {share.kind}"] = f"{versions}, {size_text(share.size_bytes)}"
    facts[EXACT_SET] = digest_of(one.key for one in found.doomed)
    facts["running execution"] = "none" if found.has_job else "no sync job"
    facts["soft delete"] = "off" if retention is None else window_text(retention)
    if command.versions:
        facts["versions kept"] = ", ".join(found.kept.newest) or "none can be restored"
        if found.kept.young:
            facts["younger ones kept"] = ", ".join(found.kept.young)
    else:
        facts["older versions"] = "all kept"
    return facts


def _warnings(
    command: Cleanup,
    found: _Found,
    terms: Terms,
    retention: timedelta | None,
    problems: tuple[str, ...],
) -> tuple[str, ...]:
    warnings = [*_reminders(command, found, terms, retention)]
    if not found.has_job:
        warnings.append(_NO_JOB)
    if problems:
        warnings.append(f"The cache is not consistent at present: {problems[0]}")
    return tuple(warnings)


def _reminders(
    command: Cleanup, found: _Found, terms: Terms, retention: timedelta | None
) -> tuple[str, ...]:
    """Say what holds before and after: the way back, and what could go besides."""
    told = [_way_back(terms, retention)]
    if found.more:
        more = count_text(found.more, "more version")
        told.append(f"{more} could go too; one plan takes {MOST:,}. Ask again afterwards.")
    hidden = [] if command.versions else _hidden(found, terms.cutoff(command.older_than))
    if hidden:
        what = f"{count_text(len(hidden), 'noncurrent version')} ({size_text(total_bytes(hidden))})"
        told.append(f"{what} as old under .tmp/ stay: `/cache {words_of(command)} versions`.")
    return tuple(told)


def _way_back(terms: Terms, retention: timedelta | None) -> str:
    if retention is None:
        return "Soft delete is off on this bucket: what is deleted can never be had back."
    until = f"{terms.now + retention:%Y-%m-%d %H:%M} UTC"
    return (
        f"I cannot bring it back. Until about {until} (soft delete keeps it for "
        f"{window_text(retention)}, and bills it) you can, by "
        f"`gcloud storage restore gs://{terms.bucket}/NAME#GENERATION`."
    )


def _nothing(command: Cleanup, found: _Found, snapshot: Snapshot, terms: Terms) -> NothingToDo:
    """Say plainly that nothing is to be cleaned, and what there is instead."""
    age = f"older than {window_text(command.older_than)}, {_before(command, terms)}"
    inside = [one for one in found.objects if one.live and one.name.startswith(TEMPORARY)]
    live = [one for one in inside if one.name != TEMPORARY]
    there = f".tmp/ holds {_amount(live, 'live object', terms)}."
    noncurrent = [one for one in found.objects if not one.live]
    if command.versions:
        needed = sum(one.key in found.kept.needed for one in noncurrent)
        young = len(noncurrent) - needed
        there += (
            f" Of {_amount(noncurrent, 'noncurrent version', terms)}, {needed:,} are needed by "
            f"kept versions ({', '.join(found.kept.newest) or 'none'}) and {young:,} are younger."
        )
        message = f"There is nothing to clean that is {age}."
    else:
        amount = _amount(noncurrent, "noncurrent version", terms)
        there += f" With the word versions I would look at {amount} too."
        message = f"There is nothing to clean: no leftovers {age}."
    instead = what_else_frees(command, lambda other: _find(other, snapshot, terms).doomed)
    told = " ".join(
        f"`/cache {words_of(one)}` would free {size_text(size)}." for one, size in instead
    )
    nothing = "No other age would free anything."
    offers = tuple(words_of(one) for one, _ in instead)
    return NothingToDo(message, f"{there} {told or nothing}", offers=offers)


def _amount(versions: Sequence[StoredObject], noun: str, terms: Terms) -> str:
    if not versions:
        return f"no {noun}s"
    oldest = duration_text(terms.now - min(one.created_at for one in versions))
    size = size_text(total_bytes(versions))
    return f"{count_text(len(versions), noun)} ({size}, the oldest {oldest} old)"


def _hidden(found: _Found, cutoff: datetime) -> list[StoredObject]:
    """Return the old noncurrent leftovers, which are billed though no plain listing shows them."""
    inside = (one for one in found.objects if one.name.startswith(TEMPORARY))
    return [one for one in inside if not one.live and one.created_at < cutoff]
