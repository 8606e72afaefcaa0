"""Tests of the logs' adapter against the pretend Cloud Logging."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import QuotaExceeded
from core.google.connections import Connections
from core.google.google_cloud import GoogleCloud
from core.google.logs import Logs
from core.google.quota import TokenBucket
from core.signals import LogQuery, LogSource
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB
from sandbox.cloud.startup_log import MissReason, Outcome, Startup
from sandbox.faults import Fault, Refuse
from tests.core.google.conftest import deployment_of, endpoints_of

_LIST = "google.logging.v2.LoggingServiceV2/ListLogEntries"
_NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


def _log(pretend: PretendCloud, *startups: Startup) -> None:
    pretend.project.service.log(list(startups))


def _startup(number: int, outcome: Outcome, reason: MissReason | None = None) -> Startup:
    at = _NOON - timedelta(minutes=10 * number)
    return Startup(at, f"instance-{number}", outcome, reason, "20260131-020000")


def test_hits_and_misses_are_told_from_the_same_lines(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Nine hits, one miss of three lines, one startup without the volume: 90 % of ten."""
    _log(pretend, *(_startup(number, Outcome.HIT) for number in range(9)))
    _log(pretend, _startup(9, Outcome.MISS, MissReason.MODEL_NOT_FOUND))
    _log(pretend, _startup(10, Outcome.DISABLED), _startup(11, Outcome.FAILED))
    startups = cloud.startups(_NOON - _DAY, _NOON + timedelta(minutes=10))
    assert len(startups.rows) == 10
    assert sum(row.hit for row in startups.rows) == 9
    (miss,) = [row for row in startups.rows if not row.hit]
    assert (miss.instance_id, miss.miss_reason) == ("instance-9", "model_not_found")
    assert startups.complete
    assert len(pretend.faults.seen(_LIST)) == 1


def test_a_week_of_startups_is_read_in_one_request(
    lived_in_cloud: GoogleCloud, lived_in: PretendCloud
) -> None:
    """48 hits and 2 misses, each miss with its own reason."""
    now = datetime.now(UTC)
    startups = lived_in_cloud.startups(now - timedelta(days=7), now)
    assert sum(row.hit for row in startups.rows) == 48
    assert {row.miss_reason for row in startups.rows} == {"", "manifest_missing", "model_not_found"}
    assert [row.at for row in startups.rows] == sorted(
        (row.at for row in startups.rows), reverse=True
    )
    assert len(lived_in.faults.seen(_LIST)) == 1


def test_the_window_takes_its_start_and_leaves_its_end(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Two windows side by side count each startup once."""
    _log(pretend, _startup(0, Outcome.HIT))
    ((row,),) = [cloud.startups(_NOON - _DAY, _NOON + _DAY).rows]
    assert len(cloud.startups(row.at, _NOON + _DAY).rows) == 1
    assert len(cloud.startups(_NOON - _DAY, row.at).rows) == 0


def test_a_miss_on_the_border_of_the_window_keeps_its_reason(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The miss is logged a minute and a half before the startup is complete."""
    _log(pretend, _startup(0, Outcome.MISS, MissReason.MANIFEST_MISSING))
    (row,) = cloud.startups(_NOON + timedelta(seconds=60), _NOON + _DAY).rows
    assert row.miss_reason == "manifest_missing"


def test_other_services_do_not_count(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """The filter names the service and its region."""
    for service, region in (("other-service", "europe-west1"), ("tabular-service", "us-east1")):
        pretend.project.logs.write(
            log_id="run.googleapis.com/stdout",
            resource_type="cloud_run_revision",
            resource_labels={"service_name": service, "location": region},
            payload={
                "message": "Startup complete",
                "cache_hit": False,
                "shared_volume_enabled": True,
            },
            at=_NOON,
        )
    assert cloud.startups(_NOON - _DAY, _NOON + _DAY).rows == ()


def test_a_second_page_completes_the_sample(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """1,200 startups are two requests."""
    seconds = timedelta(seconds=1)
    _log(
        pretend,
        *(Startup(_NOON - n * seconds, f"instance-{n}", Outcome.HIT) for n in range(1200)),
    )
    startups = cloud.startups(_NOON - _DAY, _NOON + _DAY)
    assert (len(startups.rows), startups.complete) == (1200, True)
    assert len(pretend.faults.seen(_LIST)) == 2


def test_a_sample_that_is_cut_is_the_newest_part_and_says_so(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Never more than two requests a report."""
    seconds = timedelta(seconds=1)
    _log(
        pretend,
        *(Startup(_NOON - n * seconds, f"instance-{n}", Outcome.HIT) for n in range(2100)),
    )
    startups = cloud.startups(_NOON - _DAY, _NOON + _DAY)
    assert (len(startups.rows), startups.complete) == (2000, False)
    assert startups.rows[0].instance_id == "instance-0"
    assert startups.rows[-1].instance_id == "instance-1999"
    assert len(pretend.faults.seen(_LIST)) == 2


def test_an_empty_page_is_not_the_end(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Large scans answer pages that hold nothing but the way to the next."""
    _log(pretend, _startup(0, Outcome.HIT))
    pretend.project.reading.empty_pages = 1
    assert len(cloud.startups(_NOON - _DAY, _NOON + _DAY).rows) == 1
    query = LogQuery(LogSource.SERVICE, _NOON - _DAY, limit=2)
    assert len(cloud.log_lines(query)) == 2


def test_too_many_readers_are_told_apart_and_not_joined(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The project's quota is used up by somebody else: no retry makes it worse."""
    pretend.project.reading.quota.per_minute = 0
    with pytest.raises(QuotaExceeded):
        cloud.startups(_NOON - _DAY, _NOON)
    assert len(pretend.faults.seen(_LIST)) == 1


@pytest.fixture
def connections(pretend: PretendCloud) -> Iterator[Connections]:
    """Open the clients alone."""
    opened = Connections.open(deployment_of(pretend).project, endpoints_of(pretend))
    yield opened
    opened.close()


def _frugal(connections: Connections, pretend: PretendCloud, requests: int) -> Logs:
    """Return an adapter that may send so many requests and then has to wait for very long."""
    budget = TokenBucket(burst=requests, patience=timedelta(), clock=lambda: 0.0)
    return Logs(connections.logs, deployment_of(pretend), budget)


def test_the_bots_own_budget_refuses_without_asking(
    connections: Connections, pretend: PretendCloud
) -> None:
    """What would not be waited for is not sent."""
    logs = _frugal(connections, pretend, requests=1)
    logs.startups(_NOON - _DAY, _NOON)
    with pytest.raises(QuotaExceeded, match="too often"):
        logs.startups(_NOON - _DAY, _NOON)
    assert len(pretend.faults.seen(_LIST)) == 1


def test_a_budget_for_one_page_still_gives_its_rows(
    connections: Connections, pretend: PretendCloud
) -> None:
    """A smaller sample that says so is better than none."""
    seconds = timedelta(seconds=1)
    _log(
        pretend,
        *(Startup(_NOON - n * seconds, f"instance-{n}", Outcome.HIT) for n in range(1100)),
    )
    startups = _frugal(connections, pretend, requests=1).startups(_NOON - _DAY, _NOON + _DAY)
    assert (len(startups.rows), startups.complete) == (1000, False)


def test_a_retry_costs_the_budget_like_a_request(
    connections: Connections, pretend: PretendCloud
) -> None:
    """Attempts count against the quota of the project, so they count here."""
    pretend.faults.add(Fault(_LIST, Refuse("UNAVAILABLE")))
    with pytest.raises(QuotaExceeded):
        _frugal(connections, pretend, requests=3).startups(_NOON - _DAY, _NOON)
    assert len(pretend.faults.seen(_LIST)) == 3


def test_a_slow_first_page_leaves_no_time_for_a_second(
    connections: Connections, pretend: PretendCloud
) -> None:
    """Two pages share the time of one call."""
    seconds = timedelta(seconds=1)
    _log(
        pretend,
        *(Startup(_NOON - n * seconds, f"instance-{n}", Outcome.HIT) for n in range(1100)),
    )
    clock = iter((0.0, 0.5, 7.5))
    logs = Logs(connections.logs, deployment_of(pretend), TokenBucket(), lambda: next(clock))
    startups = logs.startups(_NOON - _DAY, _NOON + _DAY)
    assert (len(startups.rows), startups.complete) == (1000, False)
    assert len(pretend.faults.seen(_LIST)) == 1


def test_a_busy_service_is_asked_again(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """A bad answer costs a moment, not the report."""
    pretend.faults.add(Fault(_LIST, Refuse("UNAVAILABLE"), times=2))
    assert cloud.startups(_NOON - _DAY, _NOON).rows == ()
    assert len(pretend.faults.seen(_LIST)) == 3


def _sync(pretend: PretendCloud) -> str:
    project = pretend.project
    return str(project.executions.live_through(project.state.job(JOB), "ci").name).rsplit("/", 1)[
        -1
    ]


def test_log_lines_come_newest_first_and_limited(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Text and JSON lines alike, with their execution and attempt."""
    since = datetime.now(UTC) - _DAY
    name = _sync(pretend)
    lines = cloud.log_lines(LogQuery(LogSource.SYNC, since))
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert "Sync job completed" in [line.text for line in lines]
    assert {(line.execution, line.attempt) for line in lines} == {(name, 1)}
    assert all(line.text for line in lines)
    assert cloud.log_lines(LogQuery(LogSource.SYNC, since, limit=3)) == lines[:3]
    assert cloud.log_lines(LogQuery(LogSource.SYNC, since, limit=0)) == []
    assert len(pretend.faults.seen(_LIST)) == 2


def test_lines_of_the_same_moment_keep_their_order(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Turned around for reading, they stand as they were written."""
    for number in range(5):
        pretend.project.logs.write(
            log_id="run.googleapis.com/stdout",
            resource_type="cloud_run_job",
            resource_labels={"job_name": JOB, "location": "europe-west1"},
            text=f"line {number}",
            at=_NOON,
        )
    lines = cloud.log_lines(LogQuery(LogSource.SYNC, _NOON - _DAY))
    assert [line.text for line in reversed(lines)] == [f"line {number}" for number in range(5)]


def test_lines_of_one_execution_are_not_mixed_with_anothers(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Syncs may run at the same time."""
    since = datetime.now(UTC) - _DAY
    first, second = _sync(pretend), _sync(pretend)
    everything = cloud.log_lines(LogQuery(LogSource.SYNC, since, limit=500))
    assert {line.execution for line in everything} == {first, second}
    query = LogQuery(LogSource.SYNC, since, execution=first, limit=500)
    assert {line.execution for line in cloud.log_lines(query)} == {first}


def test_errors_alone_can_be_asked_for(lived_in_cloud: GoogleCloud) -> None:
    """Each tells the reason that the sync job gave."""
    since = datetime.now(UTC) - timedelta(days=10)
    lines = lived_in_cloud.log_lines(LogQuery(LogSource.SYNC, since, errors_only=True))
    assert lines
    assert {line.severity for line in lines} == {"ERROR"}
    assert any("No space left on device" in line.text for line in lines)


def test_lines_of_the_service_are_not_those_of_the_job(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Each source is narrowed to its own resource."""
    _sync(pretend)
    _log(pretend, _startup(0, Outcome.HIT))
    lines = cloud.log_lines(LogQuery(LogSource.SERVICE, _NOON - _DAY))
    assert "Startup complete" in [line.text for line in lines]
    assert {line.execution for line in lines} == {""}


def test_a_name_that_is_no_name_finds_nothing(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """What a person types reaches the filter as a quoted value."""
    _sync(pretend)
    query = LogQuery(LogSource.SYNC, _NOON - _DAY, execution='x" OR resource.type:"')
    assert cloud.log_lines(query) == []


def test_lines_are_searched_for_a_text(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """In every field and any case; quotes in it end no search."""
    _sync(pretend)
    found = cloud.log_lines(LogQuery(LogSource.SYNC, _NOON - _DAY, containing="JOB COMPLETED"))
    assert [one.text for one in found] == ["Sync job completed"]
    assert cloud.log_lines(LogQuery(LogSource.SYNC, _NOON - _DAY, containing='x" OR "e')) == []
