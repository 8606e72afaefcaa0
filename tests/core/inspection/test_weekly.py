"""The weekly report: one snapshot, each part for itself, set against the week before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.desk import Desk
from core.errors import Unavailable
from core.executions import ExecutionState
from core.inspection.findings import Verdict
from core.inspection.weekly import EXECUTIONS, WEEK, report_weekly
from core.parallel import Known, Unknown
from core.plans import SwitchNightly
from core.series.samples import DAY, BytesHeld, HitCounts, Sample, day_of
from core.series.sampling import take_samples
from core.signals import Startup, StoredBytes
from core.store.database import memory_database
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import Watch, desk_on
from tests.core.switching import switched
from tests.core.whole_cache import NEWER, NOW, OLDER, execution, whole_cache

WEEK_END = day_of(NOW - WEEK)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk at the moment of the whole cache."""
    database = memory_database()
    yield desk_on(database, refusing(whole_cache()), None, Watch(NOW))
    database.close()


def test_the_logs_are_read_once(desk: Desk) -> None:
    """Sixty requests a minute are all that a project has; the checks share the reading."""
    reader = whole_cache()
    report = report_weekly(reader, desk, NOW)
    assert reader.questions().count("startups") == 1
    assert report.verdict is Verdict.OK
    assert isinstance(report.hits, Known)
    assert report.hits.value.trend is not None
    assert isinstance(report.size, Known)
    assert report.size.value.trend is not None


def test_without_samples_the_week_before_is_unknown(desk: Desk) -> None:
    """It is neither zero nor the same as now; the job itself remembers its executions."""
    before = report_weekly(whole_cache(), desk, NOW).before
    assert (before.hits, before.held, before.version) == (None, None, "")
    assert before.syncs == ()


def test_the_week_before_adds_up_its_own_days(desk: Desk) -> None:
    """Seven days that end where this week's first begins, and no other."""
    for age in range(12):
        day = WEEK_END - age * DAY
        held = BytesHeld(age, 0, None)
        desk.records.samples.save(Sample(day, HitCounts(9, {"x": 1}), held, f"v{age}", ()))
    before = report_weekly(whole_cache(), desk, NOW).before
    assert before.hits == HitCounts(63, {"x": 7})
    assert before.hit_days == 7
    assert before.held == BytesHeld(1, 0, None)
    assert before.version == "v1"


@pytest.mark.parametrize(
    ("ages", "version"),
    [((0, 1, 2), "v1"), ((0, 2), "v0"), ((2, 3), "v2"), ((3, 4), ""), ((-1, -2), "")],
)
def test_a_week_ago_is_a_week_ago(desk: Desk, ages: tuple[int, ...], version: str) -> None:
    """Give or take a day; what is older or younger is set against nothing."""
    for age in ages:
        held = BytesHeld(age, 0, None)
        desk.records.samples.save(Sample(WEEK_END - age * DAY, held=held, version=f"v{age}"))
    before = report_weekly(whole_cache(), desk, NOW).before
    assert before.version == version
    assert before.held == (BytesHeld(int(version[1:]), 0, None) if version else None)


def test_bytes_of_a_week_ago_come_from_monitoring_where_no_sample_has_them(desk: Desk) -> None:
    """The picture shows that day, so the sentence above it knows it as well."""
    types = {"live-object": 5, "noncurrent-object": 2, "soft-deleted-object": 1}
    measured = [StoredBytes(NOW - WEEK - age * DAY, types) for age in (1, 3)]
    before = report_weekly(replace(whole_cache(), samples=measured), desk, NOW).before
    assert before.held == BytesHeld(5, 2, 1)


def test_a_bot_that_has_just_begun_knows_the_week_before(desk: Desk) -> None:
    """Its first samples reach as far back as the report looks; the logs still hold these days."""
    starts = [
        Startup(NOW - WEEK - age * DAY, f"i{age}", "r", hit=age > 1, miss_reason="x" * (age == 1))
        for age in range(1, 8)
    ]
    take_samples(replace(desk, cloud=refusing(replace(whole_cache(), starts=starts))))
    before = report_weekly(whole_cache(), desk, NOW).before
    assert before.hits == HitCounts(6, {"x": 1})
    assert before.hit_days == 7


def test_fifty_syncs_of_which_none_has_finished_are_unknown(desk: Desk) -> None:
    """Older ones may have; the rest of the report does not suffer from it."""
    runs = [execution(f"r{number}", NOW, ExecutionState.RUNNING) for number in range(EXECUTIONS)]
    report = report_weekly(replace(whole_cache(), runs=runs), desk, NOW)
    assert report.syncs is None
    assert isinstance(report.history, Known)


def test_every_operation_of_the_week_is_counted(desk: Desk) -> None:
    """However many there were, oldest first; an older one is not of the week."""
    begun = [NOW - WEEK - HOUR, *(NOW - number * HOUR / 2 for number in range(250, 0, -1))]
    for at in begun:
        switched(desk, SwitchNightly(resume=True), at, verb="resume")
    operations = report_weekly(whole_cache(), desk, NOW).operations
    assert [one.created_at for one in operations] == begun[1:]


def test_versions_and_syncs_are_those_of_the_week(desk: Desk) -> None:
    """A version that a sample has seen, then the one that is live."""
    desk.records.samples.save(Sample(day_of(NOW) - DAY, version=OLDER))
    report = report_weekly(whole_cache(), desk, NOW)
    assert report.versions == (OLDER, NEWER)
    assert report.syncs is not None
    assert len(report.syncs) == 2


def test_what_cannot_be_read_leaves_the_rest(desk: Desk) -> None:
    """Logs that do not answer cost the report its hit rate and nothing else."""
    reader = replace(whole_cache(), errors={"startups": Unavailable("The logs do not answer.")})
    report = report_weekly(reader, desk, NOW)
    assert isinstance(report.hits, Unknown)
    assert isinstance(report.size, Known)
    assert report.verdict is Verdict.UNKNOWN
