"""Properties of the saved daily samples."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from core.executions import ExecutionState
from core.series.samples import BytesHeld, HitCounts, Sample, SyncRun
from core.store.database import Database
from core.store.samples import SampleStore
from tests.core.small_desk import NOW

DAY = date(2026, 11, 22)
RUN = SyncRun("tabular-model-sync-x", NOW, timedelta(minutes=7), ExecutionState.FAILED)
SAMPLE = Sample(DAY, HitCounts(9, {"model_not_found": 1}), BytesHeld(5, 3, None), "v1", (RUN,))


def test_a_sample_is_read_back_as_it_was(database: Database) -> None:
    """Every part of it, and what was unknown stays unknown; oldest day first."""
    store = SampleStore(database, "bucket")
    unknown = Sample(DAY - timedelta(days=1))
    store.save(SAMPLE)
    store.save(unknown)
    assert store.since(DAY - timedelta(days=9)) == [unknown, SAMPLE]
    assert store.since(DAY) == [SAMPLE]


def test_a_day_has_one_sample_that_parts_are_added_to(database: Database) -> None:
    """Whoever took which part, and in whatever order; another bucket's is not seen."""
    store = SampleStore(database, "bucket")
    store.save(Sample(DAY, hits=SAMPLE.hits, held=SAMPLE.held))
    store.save(Sample(DAY, version="v1", syncs=(RUN,)))
    SampleStore(database, "other").save(Sample(DAY))
    assert store.since(DAY) == [SAMPLE]
    store.save(Sample(DAY))
    assert store.since(DAY) == [SAMPLE]


def test_what_was_taken_first_stays(database: Database) -> None:
    """It was taken nearer to the end of the day."""
    store = SampleStore(database, "bucket")
    store.save(SAMPLE)
    store.save(Sample(DAY, held=BytesHeld(1, 1, 1), version="v2"))
    assert store.since(DAY) == [SAMPLE]


def test_replicas_that_take_it_at_the_same_moment_lose_no_part(database: Database) -> None:
    """Each adds what it could read."""
    store = SampleStore(database, "bucket")
    parts = (
        Sample(DAY, hits=SAMPLE.hits),
        Sample(DAY, held=SAMPLE.held),
        Sample(DAY, version=SAMPLE.version),
        Sample(DAY, syncs=SAMPLE.syncs),
    )
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.save, parts))
    assert store.since(DAY) == [SAMPLE]
