"""Causes that only the startups tell, concluded from what a reader in memory says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from core.causes import Diagnosis
from core.cloud import Cloud
from core.diagnose import diagnose
from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.signals import Startup
from core.store.database import Database
from tests.core.reader import MemoryReader
from tests.core.small_desk import Watch, desk_on
from tests.core.whole_cache import NOW, execution, whole_cache

_OLD, _NEW = "tabular-service-00042-abc", "tabular-service-00043-def"


def _startups(*shapes: tuple[int, bool, str]) -> list[Startup]:
    """Return startups by how many minutes ago, whether they hit, and of which revision."""
    return [
        Startup(
            NOW - timedelta(minutes=ago),
            f"i{ago}",
            revision,
            hit,
            "" if hit else "manifest_missing",
        )
        for ago, hit, revision in shapes
    ]


def _diagnosed(records: Database, starts: Sequence[Startup], reader: MemoryReader) -> Diagnosis:
    known = replace(reader, starts=starts)
    desk = desk_on(records, cast("Cloud", known), None, Watch(NOW))
    notice = Notice(IncidentId("0.a"), IncidentState.OPEN, "Hits", Source.WEBHOOK, opened_at=NOW)
    incident = KnownIncident(notice, Subject.HIT_RATE, IncidentState.OPEN, NOW, NOW)
    return diagnose(incident, known, desk)


def test_a_revision_whose_instances_alone_miss_is_suspected(records: Database) -> None:
    """Others hit before and since, so what changed with the revision is the likeliest cause."""
    starts = _startups((5, False, _NEW), (9, False, _NEW), (12, True, _OLD), (70, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith(f"Only instances of {_NEW} miss, which first started 9 min ago")
    assert not found.certain


def test_a_version_since_which_all_miss_is_suspected(records: Database) -> None:
    """Every startup before the sync hit and none since: the version before is offered."""
    starts = _startups((5, False, _OLD), (9, False, _OLD), (40, True, _OLD), (70, True, _OLD))
    sync = execution("ccccc", NOW - timedelta(minutes=20))
    healthy = whole_cache()
    found = _diagnosed(records, starts, replace(healthy, runs=(sync, *healthy.runs)))
    assert found.cause.startswith("All 2 startups since tabular-model-sync-ccccc replaced")
    assert found.offers == ("rollback 20251120-020000",)
    assert not found.certain


def test_misses_while_a_sync_was_at_work_need_nothing(records: Database) -> None:
    """A promotion leaves the cache in pieces for minutes; it has ended since."""
    starts = _startups((5, True, _OLD), (22, False, _OLD), (24, False, _OLD), (70, True, _OLD))
    sync = execution("ccccc", NOW - timedelta(minutes=20))
    healthy = whole_cache()
    found = _diagnosed(records, starts, replace(healthy, runs=(sync, *healthy.runs)))
    assert "only while tabular-model-sync-ccccc was at work" in found.cause
    assert found.offers == ()


def test_misses_that_are_over_need_nothing(records: Database) -> None:
    """Startups hit again and the cache is whole."""
    starts = _startups((5, True, _OLD), (6, True, _OLD), (40, False, _OLD), (41, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith("The misses are over: the last one was 40 min ago, 2 startups")
    assert found.offers == ()


def test_no_startup_is_no_data(records: Database) -> None:
    """An idle service has no hit rate, and none is made up."""
    found = _diagnosed(records, [], whole_cache())
    assert found.evidence[0].startswith("Hit rate: nothing has started with the shared volume")
    assert "%" not in found.evidence[0]


def test_misses_are_counted_by_reason(records: Database) -> None:
    """What the alert counted is told from the same rows."""
    starts = _startups((5, False, _OLD), (9, True, _OLD), (12, False, _OLD), (90, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.evidence[0] == (
        "Hit rate: 33.3 %, 1 of 3 startups since 08:30 UTC hit. Misses: 2 manifest_missing."
    )
