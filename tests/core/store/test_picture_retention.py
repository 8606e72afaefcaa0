"""What is deleted with age: pictures with the answers that showed them, samples with records."""

from datetime import timedelta

from core.series.samples import Sample, day_of
from core.store.database import Database
from core.store.pictures import PictureStore, WantedPicture
from core.store.retention import RetentionStore
from core.store.samples import SampleStore
from core.store.tellings import Telling, tell
from tests.core.small_desk import INCIDENTS, NOW

YEAR, QUARTER = timedelta(days=400), timedelta(days=90)


def test_pictures_go_with_the_answers_and_samples_with_the_records(database: Database) -> None:
    """A trend looks back further than anybody edits a message; Slack keeps the files."""
    pictures, samples = PictureStore(database, "me"), SampleStore(database, "bucket")
    for days in (0, 100, 500):
        at = NOW - timedelta(days=days)
        picture = WantedPicture("digest", "{}", "A chart")
        tell(database, Telling(f"call:{days}", INCIDENTS, "{}", [picture]), at)
        samples.save(Sample(day_of(at)))
    deleted = RetentionStore(database).forget(NOW - YEAR, NOW - QUARTER)
    assert (deleted["picture"], deleted["daily sample"]) == (2, 1)
    assert set(pictures.of("call:0")) == {"digest"}
    assert pictures.of("call:100") == {}
    assert len(samples.since(day_of(NOW - 2 * YEAR))) == 2
