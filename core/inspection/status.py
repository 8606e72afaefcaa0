"""`/cache status`: the cache at one glance, with what could not be read left open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cache.consistency import CacheState, inspect_cache
from core.cloud import Reader
from core.inspection.history import HistoryReport, report_history
from core.inspection.hits import HitsReport, report_hits
from core.inspection.manifest import ManifestReport, report_manifest
from core.parallel import Reading, ask
from core.services import Service
from core.snapshot import Snapshot

_WITHIN = timedelta(seconds=3)
_HITS_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Each part stands for itself: one that fails or is late is unknown, with its reason."""

    at: datetime
    manifest: Reading[ManifestReport]
    cache: Reading[CacheState]
    service: Reading[Service]
    history: Reading[HistoryReport]
    hits: Reading[HitsReport]


def report_status(reader: Reader, now: datetime, within: timedelta = _WITHIN) -> StatusReport:
    """Read all parts at the same time, for at most `within`; the hit rate is of one day."""
    snapshot = Snapshot(reader)
    cache = ask("cache", lambda: inspect_cache(snapshot))
    hits = ask("hit rate", lambda: report_hits(snapshot, now - _HITS_WINDOW, now))
    history = ask("history", lambda: report_history(snapshot, 1, now))
    service = ask("service", snapshot.service)
    manifest = ask("manifest", lambda: report_manifest(snapshot, now))
    return StatusReport(
        at=now,
        manifest=manifest.reading(within),
        cache=cache.reading(within),
        service=service.reading(within),
        history=history.reading(within),
        hits=hits.reading(within),
    )
