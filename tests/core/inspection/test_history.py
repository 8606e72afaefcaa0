"""`/cache history`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import NotFound
from core.executions import ExecutionState
from core.inspection.history import report_history
from tests.core.whole_cache import NOW, execution, whole_cache

_HOUR = timedelta(hours=1)


def test_the_newest_are_shown_in_order() -> None:
    """Whatever order the cloud answers in, the newest come first, at most as many as asked."""
    runs = [execution(str(age), NOW - age * _HOUR) for age in (3, 1, 2)]
    report = report_history(replace(whole_cache(), runs=runs), 2, NOW)
    assert [run.name[-1] for run in report.executions] == ["1", "2"]
    assert report.seen == 3


def test_counts_look_further_back_than_what_is_shown() -> None:
    """Failures in a row and the last good run are found beyond the rows that are shown."""
    failed = [execution(str(age), NOW - age * _HOUR, ExecutionState.FAILED) for age in (1, 2)]
    good = execution("3", NOW - 3 * _HOUR)
    report = report_history(replace(whole_cache(), runs=[*failed, good]), 1, NOW)
    assert report.failures_in_a_row == 2
    assert report.last_good == good
    assert report.last_good_age == 3 * _HOUR


def test_a_cancelled_run_is_no_good_one() -> None:
    """Cancelled runs neither count as failures nor as good runs."""
    runs = [execution("1", NOW - _HOUR, ExecutionState.CANCELLED)]
    report = report_history(replace(whole_cache(), runs=runs), 10, NOW)
    assert (report.failures_in_a_row, report.last_good, report.last_good_age) == (0, None, None)


def test_running_ones_are_named() -> None:
    """Executions that have not finished are listed apart."""
    running = execution("9", NOW, ExecutionState.RUNNING)
    report = report_history(replace(whole_cache(), runs=[running]), 10, NOW)
    assert report.running == (running,)


def test_without_a_job_there_is_no_history() -> None:
    """A missing job is told as such, not as an empty history."""
    with pytest.raises(NotFound):
        report_history(replace(whole_cache(), sync_job=None), 10, NOW)
