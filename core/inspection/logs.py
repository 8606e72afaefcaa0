"""`/cache logs`: the newest log lines of the sync job or of the service."""

from dataclasses import dataclass

from core.cloud import Reader
from core.signals import LogLine, LogQuery


@dataclass(frozen=True, slots=True)
class LogsReport:
    """The lines that answer `query`, newest first; their text is untrusted."""

    query: LogQuery
    lines: tuple[LogLine, ...]

    @property
    def cut(self) -> bool:
        """Whether there may be more lines than these."""
        return len(self.lines) >= self.query.limit


def report_logs(reader: Reader, query: LogQuery) -> LogsReport:
    """Read the lines, in one request."""
    lines = sorted(reader.log_lines(query), key=lambda line: line.at, reverse=True)
    return LogsReport(query, tuple(lines[: query.limit]))
