"""Properties of the saved daily samples."""

from datetime import date, timedelta

from core.executions import ExecutionState
from core.samples import BytesHeld, HitCounts, Sample, SyncRun
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


def test_a_day_has_one_sample(database: Database) -> None:
    """Taken again it replaces what was kept; another bucket's is not seen."""
    store = SampleStore(database, "bucket")
    store.save(Sample(DAY))
    store.save(SAMPLE)
    SampleStore(database, "other").save(Sample(DAY))
    assert store.since(DAY) == [SAMPLE]
