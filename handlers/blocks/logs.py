"""Log lines, newest last as in a terminal; where not all fit, the newest stay."""

from collections.abc import Sequence
from datetime import UTC, timedelta

from core.inspection.logs import LogsReport
from core.signals import LogLine, LogSource
from handlers.blocks.card import Card, Mark, Moment, Note, Part, Preformatted
from handlers.blocks.escape import fenced, one_line, plain
from handlers.blocks.kit import cost
from handlers.blocks.quantities import count

_LINE = 400
_ALL = 6_500
"""Units as JSON that the lines may take, so that no message limit cuts the newest off."""

_SOURCES = {LogSource.SYNC: "the sync job", LogSource.SERVICE: "the service"}


def card_of_logs(report: LogsReport) -> Card:
    """Render the lines that answer a query."""
    query = report.query
    kind = "error line" if query.errors_only else "line"
    source = _SOURCES[query.source]
    if not report.lines:
        return Card(
            "Cache logs",
            Mark.INFO,
            (f"No {kind}s of {source} since ", Moment(query.since), "."),
        )
    written = _newest_that_fit([_written(line, report) for line in report.lines])
    number = count(len(written), kind)
    headline = (f"The newest {number} of {source} since ", Moment(query.since), ", newest last.")
    return Card(
        "Cache logs",
        Mark.INFO,
        headline,
        (Preformatted("\n".join(reversed(written))), *_footnotes(report, len(written))),
    )


def _written(line: LogLine, report: LogsReport) -> str:
    oldest = report.lines[-1].at
    pattern = "%H:%M:%S" if report.lines[0].at - oldest < timedelta(hours=12) else "%m-%d %H:%M:%S"
    severity = "" if line.severity in ("", "DEFAULT") else f" {one_line(line.severity)}"
    attempt = f" [attempt {line.attempt}]" if line.attempt and line.attempt > 1 else ""
    text = plain(line.text).rstrip()
    text = text if len(text) <= _LINE else f"{text[:_LINE]}\u2026 ({len(text) - _LINE:,} more)"
    return f"{line.at.astimezone(UTC):{pattern}}{severity}{attempt} {text}"


def _newest_that_fit(written: Sequence[str]) -> list[str]:
    room = _ALL
    kept: list[str] = []
    for line in written:
        room -= cost(fenced(line))
        if room < 0:
            break
        kept.append(line)
    return kept


def _footnotes(report: LogsReport, shown: int) -> list[Part]:
    notes = ["Times are UTC."]
    if shown < len(report.lines):
        notes.append(f"{len(report.lines) - shown} older lines do not fit into one message.")
    if report.cut:
        notes.append("There may be more lines: ask for a shorter time to see all of it.")
    return [Note((" ".join(notes),))]
