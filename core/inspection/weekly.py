"""The weekly report: how the cache stands, and what has changed since the week before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from core.cache.consistency import ManifestReading, read_manifest
from core.cache.manifest import Manifest
from core.cloud import Reader
from core.desk import Desk
from core.inspection.findings import Verdict
from core.inspection.history import HistoryReport, report_history
from core.inspection.hits import HitsReport
from core.inspection.size import SizeReport
from core.inspection.trends import hits_by_day, remember, size_by_day
from core.operations import Operation
from core.parallel import Known, Reading, ask
from core.procedures.health import HealthReport, report_health
from core.series.samples import DAY, BytesHeld, HitCounts, Sample, SyncRun, day_of
from core.series.trends import days
from core.snapshot import Snapshot

T = TypeVar("T")

WEEK = timedelta(days=7)
EXECUTIONS = 50


@dataclass(frozen=True, slots=True)
class WeekBefore:
    """What the samples say of the week before. None is unknown.

    `hits` adds up `hit_days` of its seven days; `held` and `version` are those at its end, give
    or take a day.
    """

    hits: HitCounts | None = None
    hit_days: int = 0
    held: BytesHeld | None = None
    version: str = ""
    syncs: tuple[SyncRun, ...] | None = None


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The last seven days. Each part stands for itself; what could not be read is unknown.

    `syncs` are the executions that have finished in it, None where unknown. `versions` are
    those that the samples and the manifest have shown in it, oldest first, and `operations`
    those that the bot has begun in it, oldest first.
    """

    at: datetime
    health: HealthReport
    hits: Reading[HitsReport]
    size: Reading[SizeReport]
    history: Reading[HistoryReport]
    syncs: tuple[SyncRun, ...] | None
    versions: tuple[str, ...]
    operations: tuple[Operation, ...]
    before: WeekBefore

    @property
    def since(self) -> datetime:
        """When the week began."""
        return self.at - WEEK

    @property
    def verdict(self) -> Verdict:
        """The verdict of the checks."""
        return self.health.verdict


def report_weekly(reader: Reader, desk: Desk, now: datetime) -> WeeklyReport:
    """Run every check and read the trends, from one snapshot; never raises for the cloud.

    The logs are read once, for the startups of the week.
    """
    snapshot, since, memory = Snapshot(reader), now - WEEK, remember(desk, now)
    hits = ask("hits", lambda: hits_by_day(snapshot, memory, since, now))
    size = ask("size", lambda: size_by_day(snapshot, memory, now))
    history = ask("history", lambda: report_history(snapshot, EXECUTIONS, now))
    manifest = ask("manifest", lambda: read_manifest(snapshot))
    health = report_health(snapshot, desk, WEEK, now)
    samples = memory.samples
    patience = desk.check_timeout
    runs, sizes = history.reading(patience), size.reading(patience)
    return WeeklyReport(
        at=now,
        health=health,
        hits=hits.reading(patience),
        size=sizes,
        history=runs,
        syncs=_syncs(runs, samples, since, now),
        versions=_versions(samples, since, manifest.reading(patience)),
        operations=tuple(desk.records.operations.begun_since(since)),
        before=replace(
            week_before(samples, sizes, now), syncs=_syncs(runs, samples, since - WEEK, since)
        ),
    )


def week_before(samples: Sequence[Sample], sizes: Reading[SizeReport], now: datetime) -> WeekBefore:
    """Add up the seven days before this week's first; its syncs are for those who have them.

    Its bytes are those that the picture of sizes shows, which knows more days than the samples.
    """
    end = day_of(now - WEEK)
    week = [one for one in samples if end - 7 * DAY <= one.day < end]
    counted = [one.hits for one in week if one.hits is not None]
    known = sizes.value.trend if isinstance(sizes, Known) else None
    held = _nearest({one.day: one.held for one in known.days if one.held} if known else {}, end)
    version = _nearest({one.day: one.version for one in samples if one.version}, end)
    return WeekBefore(
        hits=added_up(counted) if counted else None,
        hit_days=len(counted),
        held=held,
        version=version or "",
    )


def _nearest(by_day: Mapping[date, T], end: date) -> T | None:
    """Return what was at the end of the day before, else of the next or the last, else none."""
    return next((by_day[one] for one in (end - DAY, end, end - 2 * DAY) if one in by_day), None)


def added_up(counts: Iterable[HitCounts]) -> HitCounts:
    """Return the startups of several days as one."""
    listed = list(counts)
    misses: Counter[str] = Counter()
    for one in listed:
        misses.update(one.misses)
    return HitCounts(sum(one.hits for one in listed), dict(misses))


def _syncs(
    history: Reading[HistoryReport], samples: Sequence[Sample], since: datetime, until: datetime
) -> tuple[SyncRun, ...] | None:
    """Return the executions that finished in [since, until), where all of them are known."""
    kept = {one.day: one.syncs for one in samples if one.syncs is not None}
    runs = {run.name: run for syncs in kept.values() for run in syncs}
    reaches = False
    if isinstance(history, Known) and history.value.trend is not None:
        listed = history.value.trend.runs
        runs |= {run.name: run for run in listed}
        reaches = history.value.seen < EXECUTIONS or any(run.at < since for run in listed)
    if not reaches and not all(day in kept for day in days(day_of(since), day_of(until) - DAY)):
        return None
    found = (run for run in runs.values() if since <= run.at < until)
    return tuple(sorted(found, key=lambda run: run.at))


def _versions(
    samples: Sequence[Sample], since: datetime, live: Reading[ManifestReading]
) -> tuple[str, ...]:
    seen = [one.version for one in samples if one.version and one.day >= day_of(since)]
    if isinstance(live, Known) and isinstance(live.value, Manifest):
        seen.append(live.value.version)
    return tuple(dict.fromkeys(seen))
