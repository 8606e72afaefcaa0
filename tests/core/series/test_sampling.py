"""Properties of the daily samples: once a day, caught up with, and never a guess."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.desk import Desk
from core.errors import Unavailable
from core.executions import ExecutionState
from core.series.samples import DAY, HitCounts, Sample, begin_of, day_of
from core.series.sampling import LOOK_BACK, take_samples
from core.signals import Startup
from core.store.database import open_database
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import Watch, desk_on
from tests.core.whole_cache import NEWER, NOW, blob_writes, cache_after, execution, sync_writes

YESTERDAY = day_of(NOW) - DAY
EARLY = begin_of(day_of(NOW)) + timedelta(minutes=30)
"""When samples are taken where the bot is there: soon after midnight."""

SYNCED = NOW - timedelta(days=1, hours=7)


def startup(days_ago: int, *, hit: bool = True, reason: str = "") -> Startup:
    """Return a startup in the middle of a day."""
    at = begin_of(day_of(NOW) - days_ago * DAY) + timedelta(hours=12)
    return Startup(at, f"i{days_ago}", "r", hit, reason)


def seen() -> MemoryReader:
    """Return a whole cache with some days behind it."""
    starts = [startup(1, hit=False, reason="model_not_found"), startup(1), startup(3)]
    runs = (
        execution("aaaaa", NOW - timedelta(hours=7)),
        execution("bbbbb", SYNCED, ExecutionState.FAILED),
    )
    synced = [*blob_writes(SYNCED - timedelta(minutes=10)), *sync_writes(NEWER, SYNCED)]
    return replace(cache_after(synced), starts=starts, runs=runs)


def desk_at(folder: Path, reader: MemoryReader, watch: Watch) -> Desk:
    """Make a desk that looks at this cache."""
    database = open_database(f"sqlite:///{folder / 'bot.sqlite'}")
    return desk_on(database, refusing(reader), None, watch)


def samples_of(desk: Desk) -> dict[int, Sample]:
    """Return the samples by how many days ago they were."""
    return {
        (day_of(NOW) - one.day).days: one
        for one in desk.records.samples.since(YESTERDAY - 30 * DAY)
    }


def test_yesterday_is_kept_with_every_part(tmp_path: Path) -> None:
    """Hits by reason, bytes by kind, the version, and the syncs that ended on that day."""
    desk = desk_at(tmp_path, seen(), Watch(EARLY))
    take_samples(desk)
    kept = samples_of(desk)[1]
    assert kept.day == YESTERDAY
    assert kept.hits == HitCounts(1, {"model_not_found": 1})
    assert kept.held is not None
    assert kept.held.counted > 3 * 10**9
    assert kept.version == NEWER
    assert kept.syncs is not None
    assert [run.state for run in kept.syncs] == [ExecutionState.FAILED]
    assert kept.whole


def test_missed_days_are_caught_up_with_in_one_reading(tmp_path: Path) -> None:
    """What was in the bucket then nobody can tell any more, so that stays unknown."""
    reader = seen()
    desk = desk_at(tmp_path, reader, Watch(EARLY))
    take_samples(desk)
    assert reader.questions().count("startups") == 1
    kept = samples_of(desk)
    assert set(kept) == set(range(1, LOOK_BACK + 1))
    assert kept[3].hits == HitCounts(1)
    assert kept[2].hits == HitCounts(0), "a day on which nothing started is known, too"
    assert kept[3].held is None


def test_a_day_is_read_once(tmp_path: Path) -> None:
    """However often the chore looks, and one reading more on the next day."""
    reader, watch = seen(), Watch(EARLY)
    desk = desk_at(tmp_path, reader, watch)
    for _ in range(3):
        take_samples(desk)
    assert reader.questions().count("startups") == 1
    take_samples(desk)
    assert reader.questions() == []
    watch.pass_by(DAY)
    take_samples(desk)
    assert reader.questions().count("startups") == 1


@pytest.mark.parametrize("part", ["startups", "objects", "executions", "read manifest.json"])
def test_what_could_not_be_read_is_asked_for_again(tmp_path: Path, part: str) -> None:
    """The other parts are kept, and only what is missing is read the next time."""
    reader = seen()
    troubled = replace(reader, errors={part: Unavailable("Not now.")})
    desk = desk_at(tmp_path, troubled, Watch(EARLY))
    take_samples(desk)
    assert not samples_of(desk)[1].whole
    troubled.questions()
    again = replace(desk, cloud=refusing(reader))
    take_samples(again)
    assert samples_of(desk)[1].whole
    asked = set(reader.questions())
    assert part in asked
    assert asked <= {part, "soft_deleted"}


def test_a_reading_cut_short_counts_only_the_days_that_it_covers(tmp_path: Path) -> None:
    """The newest part of the logs is not the whole of an older day."""
    reader = replace(seen(), starts_complete=False)
    desk = desk_at(tmp_path, reader, Watch(EARLY))
    take_samples(desk)
    kept = samples_of(desk)
    assert kept[1].hits is not None
    assert kept[2].hits is not None
    assert kept[3].hits is None, "its oldest row is in the middle of that day"


@pytest.mark.parametrize("hour", [2, 3, 18])
def test_what_is_there_later_in_the_day_is_not_what_was_there_at_midnight(
    tmp_path: Path, hour: int
) -> None:
    """A bot that was not there then leaves it unknown, and does not ask for it all day long."""
    reader = seen()
    desk = desk_at(tmp_path, reader, Watch(begin_of(day_of(NOW)) + timedelta(hours=hour)))
    take_samples(desk)
    kept = samples_of(desk)[1]
    assert (kept.held, kept.version) == (None, "")
    assert kept.hits is not None
    assert kept.syncs is not None
    reader.questions()
    take_samples(desk)
    assert reader.questions() == []


def test_a_version_that_was_written_since_midnight_is_not_that_of_yesterday(
    tmp_path: Path,
) -> None:
    """Its manifest says when it was written; which one it has replaced is not known."""
    at = begin_of(day_of(NOW)) + timedelta(minutes=20)
    reader = replace(cache_after([*blob_writes(SYNCED), *sync_writes(NEWER, at)]), starts=())
    desk = desk_at(tmp_path, reader, Watch(EARLY))
    take_samples(desk)
    assert samples_of(desk)[1].version == ""


def test_log_lines_that_come_late_are_waited_for(tmp_path: Path) -> None:
    """Nothing is read in the first minutes of a day: a sample is taken once and for good."""
    reader = seen()
    watch = Watch(begin_of(day_of(NOW)) + timedelta(minutes=9))
    desk = desk_at(tmp_path, reader, watch)
    take_samples(desk)
    assert reader.questions() == []
    watch.pass_by(timedelta(minutes=2))
    take_samples(desk)
    assert samples_of(desk)[1].whole
