"""Causes that only the startups tell, concluded from what a reader in memory says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.causes import Diagnosis
from core.executions import ExecutionState, TaskCounts
from core.services import Traffic
from core.signals import Startup
from core.store.database import Database
from tests.core.alerts.causes_of.from_memory import diagnosed, started
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NOW, WEIGHTS, execution, whole_cache, without

_OLD, _NEW = "tabular-service-00042-abc", "tabular-service-00043-def"


def _diagnosed(records: Database, starts: Sequence[Startup], reader: MemoryReader) -> Diagnosis:
    return diagnosed(records, replace(reader, starts=starts))


def test_a_revision_whose_instances_alone_miss_is_suspected(records: Database) -> None:
    """Others hit before and since, so what changed with the revision is the likeliest cause."""
    starts = started((5, False, _NEW), (9, False, _NEW), (12, True, _OLD), (70, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith(f"Only instances of {_NEW} miss, the first of them 9 min ago")
    assert not found.certain


def test_a_version_since_which_all_miss_is_suspected(records: Database) -> None:
    """Every startup before the sync hit and none since: the version before is offered."""
    starts = started((5, False, _OLD), (9, False, _OLD), (40, True, _OLD), (70, True, _OLD))
    sync = execution("ccccc", NOW - timedelta(minutes=20))
    healthy = whole_cache()
    found = _diagnosed(records, starts, replace(healthy, runs=(sync, *healthy.runs)))
    assert found.cause.startswith("All 2 startups since tabular-model-sync-ccccc replaced")
    assert found.offers == ("rollback 20251120-020000",)
    assert not found.certain


def test_misses_while_a_sync_was_at_work_need_nothing(records: Database) -> None:
    """A promotion leaves the cache in pieces for minutes; it has ended since."""
    starts = started((5, True, _OLD), (22, False, _OLD), (24, False, _OLD), (70, True, _OLD))
    sync = execution("ccccc", NOW - timedelta(minutes=20))
    healthy = whole_cache()
    found = _diagnosed(records, starts, replace(healthy, runs=(sync, *healthy.runs)))
    assert "only while tabular-model-sync-ccccc was at work" in found.cause
    assert found.offers == ()


def test_misses_that_are_over_need_nothing(records: Database) -> None:
    """Startups hit again, so many that the rate is back, and the cache is whole."""
    hits = [(ago, True, _OLD) for ago in range(1, 20)]
    starts = started(*hits, (40, False, _OLD), (41, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause == (
        "The misses are over: the last one was 40 min ago, 19 startups since then hit, and the "
        "cache is whole."
    )
    assert found.offers == ()
    assert found.certain


def test_hits_of_a_few_startups_do_not_end_misses_for_certain(records: Database) -> None:
    """As long as the rate of the last hour is low, the misses may come back."""
    starts = started(*[(ago, True, _OLD) for ago in (1, 2, 3)], (40, False, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith("The misses are over: the last one was 40 min ago, 3 startups")
    assert not found.certain


@pytest.mark.parametrize("hits", [1, 2])
def test_a_hit_or_two_end_no_misses(records: Database, hits: int) -> None:
    """Where some miss and some hit, the newest may be either."""
    starts = started(*[(ago + 1, True, _OLD) for ago in range(hits)], (9, False, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith("No cause was found. 1 of ")


def test_misses_of_one_revision_between_hits_of_another_are_not_over(records: Database) -> None:
    """The newest startup is one that hit, of the revision that always hits."""
    starts = started(
        *[(ago, True, _OLD) for ago in (1, 2, 3)],
        *[(ago, False, _NEW) for ago in (4, 5, 8, 10)],
        *[(ago, True, _OLD) for ago in (6, 70)],
    )
    found = _diagnosed(records, starts, whole_cache())
    assert found.cause.startswith(f"Only instances of {_NEW} miss, the first of them 10 min ago")
    assert not found.certain


def test_no_startup_is_no_data(records: Database) -> None:
    """An idle service has no hit rate, and none is made up."""
    found = _diagnosed(records, [], whole_cache())
    assert found.evidence[0].startswith("Hit rate: nothing has started with the shared volume")
    assert "%" not in found.evidence[0]


def test_misses_are_counted_by_reason(records: Database) -> None:
    """What the alert counted is told from the same rows."""
    starts = started((5, False, _OLD), (9, True, _OLD), (12, False, _OLD), (90, True, _OLD))
    found = _diagnosed(records, starts, whole_cache())
    assert found.evidence[0] == (
        "Hit rate: 33.3 %, 1 of 3 startups since 08:30 UTC hit. Misses: 2 manifest_missing."
    )


def test_an_attempt_that_died_half_way_is_not_making_anything_live(records: Database) -> None:
    """What is in pieces, the first attempt left; the second one downloads anew."""
    broken = without(whole_cache(), WEIGHTS)
    begun = execution("fffff", NOW, ExecutionState.RUNNING)
    running = replace(begun, counts=TaskCounts(running=1, retried=1))
    found = diagnosed(records, replace(broken, runs=(running, *broken.runs)))
    assert found.cause == (
        "An attempt of tabular-model-sync-fffff failed and left the cache in pieces. It is trying "
        "again, for 10 min by now: once it is through, the cache is whole."
    )
    assert (found.offers, found.certain) == (("sync",), False)
    assert not any(one.startswith(("Models: ", "Also: ")) for one in found.evidence)


def test_a_revision_that_the_traffic_is_pinned_to_is_left_for_the_latest(records: Database) -> None:
    """The pin is why its instances still start: it stands in the conclusion."""
    starts = started((5, False, _OLD), (9, False, _OLD), (12, True, _NEW), (70, True, _NEW))
    healthy = whole_cache()
    assert healthy.tabular is not None
    pinned = replace(healthy.tabular, pinned=True, traffic=(Traffic(_OLD, 100, latest=False),))
    found = _diagnosed(records, starts, replace(healthy, tabular=pinned))
    assert "and the traffic is pinned to it; those of other revisions hit." in found.cause
    assert not any(one.startswith("Service: ") for one in found.evidence)
