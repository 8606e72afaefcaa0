"""`/cache logs`."""

from dataclasses import replace
from datetime import timedelta

from core.inspection.logs import report_logs
from core.signals import LogLine, LogQuery, LogSource
from tests.core.whole_cache import NOW, whole_cache

_QUERY = LogQuery(LogSource.SYNC, NOW - timedelta(hours=1), limit=3)
_LINES = [LogLine(NOW - timedelta(minutes=age), "INFO", f"line {age}") for age in (2, 3, 1)]


def test_lines_come_newest_first() -> None:
    """The newest line is first, and as many lines as the limit may not be all."""
    report = report_logs(replace(whole_cache(), lines=_LINES), _QUERY)
    assert [line.text for line in report.lines] == ["line 1", "line 2", "line 3"]
    assert report.cut


def test_few_lines_are_all() -> None:
    """Fewer lines than the limit are all there are, and one request was enough."""
    reader = replace(whole_cache(), lines=_LINES[:2])
    assert not report_logs(reader, _QUERY).cut
    assert reader.questions() == ["log_lines"]
